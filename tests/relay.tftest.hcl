# The relay: what brings notices to chat channels and to the mailboxes of single owners.

provider "aws" {
  region                      = "eu-central-1"
  access_key                  = "test"
  secret_key                  = "test"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true
}

override_data {
  target = data.aws_caller_identity.current
  values = { account_id = "111122223333" }
}

override_data {
  target = module.tagging_permissions.data.aws_caller_identity.current
  values = { account_id = "111122223333" }
}

override_resource {
  target          = aws_kms_key.this
  override_during = plan
  values          = { arn = "arn:aws:kms:eu-central-1:111122223333:key/11111111-2222-3333-4444-555555555555" }
}

override_resource {
  target          = aws_sqs_queue.events
  override_during = plan
  values          = { arn = "arn:aws:sqs:eu-central-1:111122223333:tg-events", url = "https://sqs/tg-events" }
}

override_resource {
  target          = aws_sqs_queue.dead_letter
  override_during = plan
  values = {
    arn = "arn:aws:sqs:eu-central-1:111122223333:tg-events-dead-letter"
    url = "https://sqs/tg-events-dead-letter"
  }
}

override_resource {
  target          = aws_sns_topic.this["alarms"]
  override_during = plan
  values          = { arn = "arn:aws:sns:eu-central-1:111122223333:tg-alarms" }
}

override_resource {
  target          = aws_sns_topic.this["notifications"]
  override_during = plan
  values          = { arn = "arn:aws:sns:eu-central-1:111122223333:tg-notifications" }
}

override_resource {
  target          = aws_dynamodb_table.ledger
  override_during = plan
  values          = { arn = "arn:aws:dynamodb:eu-central-1:111122223333:table/tg-ledger" }
}

override_resource {
  target          = aws_s3_bucket.policy
  override_during = plan
  values = {
    id  = "tg-policy-111122223333-eu-central-1"
    arn = "arn:aws:s3:::tg-policy-111122223333-eu-central-1"
  }
}

override_resource {
  target          = aws_sns_topic.this["chat"]
  override_during = plan
  values          = { arn = "arn:aws:sns:eu-central-1:111122223333:tg-chat" }
}

override_resource {
  target          = aws_sqs_queue.undelivered_notices
  override_during = plan
  values          = { arn = "arn:aws:sqs:eu-central-1:111122223333:tg-undelivered-notices" }
}

override_resource {
  target          = aws_cloudwatch_log_group.relay
  override_during = plan
  values          = { arn = "arn:aws:logs:eu-central-1:111122223333:log-group:/aws/lambda/tg-relay" }
}

variables {
  name            = "tg"
  policy_document = jsonencode({ version = 1 })
  event_bus_arn   = "arn:aws:events:eu-central-1:111122223333:event-bus/tg"
  event_rule_arns = ["arn:aws:events:eu-central-1:111122223333:rule/tg/tg-creations"]
  alarms_rule_arn = "arn:aws:events:eu-central-1:111122223333:rule/tg/tg-alarms"
  organization_id = "o-abcdefghij"
  tag_keys        = ["Environment"]
  catalogue_entries = {
    "ec2:instance" = {
      arn_pattern      = "arn:aws:ec2:*:*:instance/*"
      read_actions     = ["ec2:DescribeTags"]
      tag_actions      = ["ec2:CreateTags"]
      untag_actions    = ["ec2:DeleteTags"]
      unscoped_actions = ["ec2:DescribeTags"]
      any_key_actions  = []
    }
  }
}

run "without_channels_and_mails_there_is_no_relay" {
  command = plan

  module {
    source = "./modules/remediation"
  }

  assert {
    condition = (
      length(aws_lambda_function.relay) == 0 && keys(aws_sns_topic.this) == ["alarms", "notifications"]
      && length(aws_sns_topic_subscription.relay) == 0 && !contains(keys(aws_cloudwatch_metric_alarm.this), "undelivered-notices")
    )
    error_message = "Nothing is made that nobody asked for."
  }
}

run "owners_get_mails_from_one_address" {
  command = plan

  module {
    source = "./modules/remediation"
  }

  variables {
    mail = { sender = "tags@example.com", account_contact = true }
  }

  assert {
    condition = jsonencode({
      for statement in jsondecode(data.aws_iam_policy_document.relay[0].json).Statement :
      statement.Sid => [statement.Action, statement.Resource, try(statement.Condition, null)]
      if contains(["MailOwners", "FindContactsOfAccounts", "PublishToChannels"], statement.Sid)
      }) == jsonencode({
      FindContactsOfAccounts = ["organizations:DescribeAccount", "arn:aws:organizations::*:account/o-abcdefghij/*", null]
      MailOwners = [
        "ses:SendEmail",
        [
          "arn:aws:ses:eu-central-1:111122223333:identity/*",
          "arn:aws:ses:eu-central-1:111122223333:configuration-set/*",
        ],
        { StringEquals = { "ses:FromAddress" = "tags@example.com" } },
      ]
    })
    error_message = "It mails as this address alone, and publishes to no channel."
  }

  assert {
    condition     = length(aws_iam_role.chat) == 0 && keys(aws_sns_topic.this) == ["alarms", "notifications"]
    error_message = "Mails need no chat."
  }

  assert {
    condition = (
      aws_sns_topic_subscription.relay[0].protocol == "lambda"
      && aws_sns_topic_subscription.relay[0].topic_arn == "arn:aws:sns:eu-central-1:111122223333:tg-notifications"
      && aws_lambda_permission.relay[0].source_arn == "arn:aws:sns:eu-central-1:111122223333:tg-notifications"
    )
    error_message = "The topic of notices starts the relay, and nothing else may."
  }

  assert {
    condition = (
      aws_lambda_function_event_invoke_config.relay[0].destination_config[0].on_failure[0].destination
      == "arn:aws:sqs:eu-central-1:111122223333:tg-undelivered-notices"
      && aws_sqs_queue.undelivered_notices[0].kms_master_key_id != null
    )
    error_message = "What is not delivered is kept, encrypted."
  }

  assert {
    condition = (
      aws_cloudwatch_metric_alarm.this["undelivered-notices"].dimensions.QueueName == "tg-undelivered-notices"
      && aws_cloudwatch_metric_alarm.this["undelivered-notices"].threshold == 0
    )
    error_message = "An alarm rings for the first."
  }
}

run "channels_have_a_topic_of_their_own_and_can_do_nothing" {
  command = plan

  module {
    source = "./modules/remediation"
  }

  variables {
    chat = {
      slack = { platform = { workspace_id = "T0123ABCD", channel_id = "C0123ABCD" } }
      teams = {
        shop = {
          tenant_id  = "11111111-2222-3333-4444-555555555555"
          team_id    = "66666666-2222-3333-4444-555555555555"
          channel_id = "19%3aab@thread.tacv2"
        }
      }
    }
  }

  assert {
    condition = (
      aws_chatbot_slack_channel_configuration.this["platform"].sns_topic_arns == toset(["arn:aws:sns:eu-central-1:111122223333:tg-chat"])
      && aws_chatbot_teams_channel_configuration.this["shop"].sns_topic_arns == toset(["arn:aws:sns:eu-central-1:111122223333:tg-chat"])
    )
    error_message = "Channels show nothing of another form than their own."
  }

  assert {
    condition = alltrue([
      for guardrails in [
        aws_chatbot_slack_channel_configuration.this["platform"].guardrail_policy_arns,
        aws_chatbot_teams_channel_configuration.this["shop"].guardrail_policy_arns,
      ] : join(" ", guardrails) == "arn:aws:iam::aws:policy/AWSDenyAll"
    ])
    error_message = "Nobody can run commands from a channel."
  }

  assert {
    condition = jsondecode(aws_iam_role.chat[0].assume_role_policy).Statement == [{
      Sid       = "ChatChannels"
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "chatbot.amazonaws.com" }
      Condition = { StringEquals = { "aws:SourceAccount" = "111122223333" } }
    }]
    error_message = "The role is for this account's channels."
  }

  assert {
    condition = [
      for statement in jsondecode(data.aws_iam_policy_document.relay[0].json).Statement : statement.Resource
      if statement.Sid == "PublishToChannels"
    ] == ["arn:aws:sns:eu-central-1:111122223333:tg-chat"]
    error_message = "The relay publishes to the topic of the channels."
  }

  assert {
    condition = (
      aws_lambda_function.relay[0].environment[0].variables.CHAT_TOPIC_ARN == "arn:aws:sns:eu-central-1:111122223333:tg-chat"
    )
    error_message = "The relay knows the topic."
  }
}

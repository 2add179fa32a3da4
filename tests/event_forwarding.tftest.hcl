# The default bus of one account and region is forwarded to the governance bus.

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
  values = { account_id = "444455556666" }
}

override_resource {
  target          = aws_cloudwatch_event_rule.forward
  override_during = plan
  values          = { arn = "arn:aws:events:eu-central-1:444455556666:rule/tg-creation-01" }
}

override_resource {
  target          = aws_sqs_queue.undelivered
  override_during = plan
  values          = { arn = "arn:aws:sqs:eu-central-1:444455556666:tg-undelivered" }
}

variables {
  name           = "tg"
  event_bus_arn  = "arn:aws:events:eu-central-1:111122223333:event-bus/tg"
  event_patterns = { creation-01 = jsonencode({ source = ["aws.sqs"] }) }
}

run "events_go_to_the_governance_bus_by_a_role_for_that_alone" {
  command = plan

  module {
    source = "./modules/event-forwarding"
  }

  assert {
    condition = (
      aws_cloudwatch_event_rule.forward["creation-01"].event_pattern == var.event_patterns["creation-01"]
      && aws_cloudwatch_event_target.governance_bus["creation-01"].arn == var.event_bus_arn
      && aws_cloudwatch_event_target.governance_bus["creation-01"].dead_letter_config[0].arn
      == "arn:aws:sqs:eu-central-1:444455556666:tg-undelivered"
      && aws_cloudwatch_event_target.governance_bus["creation-01"].retry_policy[0].maximum_retry_attempts > 0
    )
    error_message = "Each pattern is a rule whose target is the governance bus; what cannot be delivered waits."
  }

  assert {
    condition = jsondecode(aws_iam_role_policy.forwarding.policy).Statement == [{
      Sid      = "PutEventsOnGovernanceBus"
      Effect   = "Allow"
      Action   = "events:PutEvents"
      Resource = "arn:aws:events:eu-central-1:111122223333:event-bus/tg"
    }]
    error_message = "The role puts events on the governance bus and does nothing else."
  }

  assert {
    condition = jsondecode(aws_iam_role.forwarding.assume_role_policy).Statement == [{
      Sid       = "ForwardingRules"
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "events.amazonaws.com" }
      Condition = {
        StringEquals = { "aws:SourceAccount" = "444455556666" }
        ArnLike      = { "aws:SourceArn" = "arn:aws:events:eu-central-1:444455556666:rule/tg-*" }
      }
    }]
    error_message = "EventBridge takes on the role for these rules only."
  }

  assert {
    condition     = aws_iam_role.forwarding.name == "tg-forwarding-eu-central-1"
    error_message = "Roles are global, so the region is part of the name."
  }
}

run "undelivered_events_are_kept_safe_and_reported" {
  command = plan

  module {
    source = "./modules/event-forwarding"
  }

  variables {
    alarm_actions = ["arn:aws:sns:eu-central-1:111122223333:tg-alarms"]
  }

  assert {
    condition     = aws_sqs_queue.undelivered.sqs_managed_sse_enabled
    error_message = "The queue is encrypted without a key, too."
  }

  assert {
    condition = [
      for statement in jsondecode(aws_sqs_queue_policy.undelivered.policy).Statement : {
        effect    = statement.Effect
        principal = statement.Principal
        account   = try(statement.Condition.StringEquals["aws:SourceAccount"], null)
        sources   = try(statement.Condition.ArnLike["aws:SourceArn"], null)
        tls       = try(statement.Condition.Bool["aws:SecureTransport"], null)
      }
      ] == [
      {
        effect    = "Allow"
        principal = { Service = "events.amazonaws.com" }
        account   = "444455556666"
        sources   = "arn:aws:events:eu-central-1:444455556666:rule/tg-*"
        tls       = null
      },
      {
        effect    = "Deny"
        principal = "*"
        account   = null
        sources   = null
        tls       = "false"
      },
    ]
    error_message = "The rules may send, and nobody without TLS."
  }

  assert {
    condition     = aws_sqs_queue.undelivered.message_retention_seconds == 1209600
    error_message = "The queue keeps events for fourteen days."
  }

  assert {
    condition = (
      aws_cloudwatch_metric_alarm.undelivered.alarm_actions == toset(var.alarm_actions)
      && aws_cloudwatch_metric_alarm.undelivered.metric_name == "ApproximateNumberOfMessagesVisible"
      && aws_cloudwatch_metric_alarm.undelivered.dimensions == tomap({ QueueName = "tg-undelivered" })
      && aws_cloudwatch_metric_alarm.undelivered.comparison_operator == "GreaterThanThreshold"
      && aws_cloudwatch_metric_alarm.undelivered.threshold == 0
    )
    error_message = "The alarm tells the governance account of the first event."
  }
}

run "a_key_encrypts_the_queue" {
  command = plan

  module {
    source = "./modules/event-forwarding"
  }

  variables {
    kms_key_arn = "arn:aws:kms:eu-central-1:444455556666:key/11111111-2222-3333-4444-555555555555"
  }

  assert {
    condition     = aws_sqs_queue.undelivered.kms_master_key_id == var.kms_key_arn
    error_message = "The given key is not used."
  }
}

run "no_pattern" {
  command = plan

  module {
    source = "./modules/event-forwarding"
  }

  variables {
    event_patterns = {}
  }

  expect_failures = [var.event_patterns]
}

run "more_rules_than_the_bus_takes" {
  command = plan

  module {
    source = "./modules/event-forwarding"
  }

  variables {
    rules_per_bus = 0
  }

  expect_failures = [var.event_patterns]
}

run "an_alarm_tells_a_topic_of_its_region" {
  command = plan

  module {
    source = "./modules/event-forwarding"
  }

  variables {
    alarm_actions = ["arn:aws:sns:eu-central-1:111122223333:tg-alarms", "arn:aws:ssm-incidents::444455556666:response-plan/tags"]
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.undelivered.alarm_actions == toset(var.alarm_actions)
    error_message = "The alarm tells nobody."
  }
}

run "an_alarm_cannot_tell_a_topic_of_another_region" {
  command = plan

  module {
    source = "./modules/event-forwarding"
  }

  variables {
    alarm_actions = ["arn:aws:sns:eu-west-1:111122223333:tg-alarms"]
  }

  expect_failures = [aws_cloudwatch_metric_alarm.undelivered]
}

run "an_alarm_action_by_its_name_is_refused" {
  command = plan

  module {
    source = "./modules/event-forwarding"
  }

  variables {
    alarm_actions = ["tg-alarms"]
  }

  expect_failures = [var.alarm_actions]
}

run "without_somebody_to_tell_the_alarm_goes_over_the_bus" {
  command = plan

  module {
    source = "./modules/event-forwarding"
  }

  # An alarm that is new comes from an unknown state: nobody is told that all is well.
  assert {
    condition = jsondecode(aws_cloudwatch_event_rule.forward["alarms"].event_pattern) == {
      source      = ["aws.cloudwatch"]
      detail-type = ["CloudWatch Alarm State Change"]
      detail = {
        alarmName = [aws_cloudwatch_metric_alarm.undelivered.alarm_name]
        "$or" = [
          { state = { value = ["ALARM"] } },
          { state = { value = ["OK"] }, previousState = { value = ["ALARM"] } },
        ]
      }
    }
    error_message = "The alarm of this stack is forwarded when it rings and when it ends."
  }

  assert {
    condition     = aws_cloudwatch_event_target.governance_bus["alarms"].arn == var.event_bus_arn
    error_message = "It goes to the governance bus."
  }
}

run "an_alarm_is_told_once" {
  command = plan

  module {
    source = "./modules/event-forwarding"
  }

  variables {
    alarm_actions = ["arn:aws:sns:eu-central-1:111122223333:tg-alarms"]
  }

  assert {
    condition     = keys(aws_cloudwatch_event_rule.forward) == ["creation-01"]
    error_message = "Who is told by a topic of the region is not told over the bus, too."
  }
}

# The bus takes events of the organization, and its rules put them on the events queue.

provider "aws" {
  region                      = "eu-central-1"
  access_key                  = "test"
  secret_key                  = "test"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true
}

override_resource {
  target          = aws_cloudwatch_event_bus.governance
  override_during = plan
  values          = { arn = "arn:aws:events:eu-central-1:111122223333:event-bus/tg" }
}

variables {
  name                  = "tg"
  organization          = { id = "o-abcdefghij" }
  events_queue_arn      = "arn:aws:sqs:eu-central-1:111122223333:tg-events"
  dead_letter_queue_arn = "arn:aws:sqs:eu-central-1:111122223333:tg-events-dead-letter"
  alarms_topic_arn      = "arn:aws:sns:eu-central-1:111122223333:tg-alarms"
  kms_key_arn           = "arn:aws:kms:eu-central-1:111122223333:key/11111111-2222-3333-4444-555555555555"
}

run "the_bus_takes_events_of_the_organization_only" {
  command = plan

  module {
    source = "./modules/event-routing"
  }

  assert {
    condition = jsondecode(aws_cloudwatch_event_bus_policy.organization[0].policy).Statement == [{
      Sid       = "AccountsOfTheOrganization"
      Effect    = "Allow"
      Principal = "*"
      Action    = "events:PutEvents"
      Resource  = "arn:aws:events:eu-central-1:111122223333:event-bus/tg"
      Condition = { StringEquals = { "aws:PrincipalOrgID" = "o-abcdefghij" } }
    }]
    error_message = "Anyone may be a principal only under the condition of the organization."
  }

  assert {
    condition     = aws_cloudwatch_event_bus.governance.dead_letter_config[0].arn == var.dead_letter_queue_arn
    error_message = "What the bus cannot deliver is set aside."
  }

  assert {
    condition     = aws_cloudwatch_event_bus.governance.kms_key_identifier == var.kms_key_arn
    error_message = "The bus is encrypted with the key."
  }
}

run "without_organization_the_bus_has_no_policy" {
  command = plan

  module {
    source = "./modules/event-routing"
  }

  variables {
    organization = null
  }

  assert {
    condition     = length(aws_cloudwatch_event_bus_policy.organization) == 0
    error_message = "No other account may put events."
  }
}

run "only_aws_itself_is_heard_and_failed_calls_are_not" {
  command = plan

  module {
    source = "./modules/event-routing"
  }

  assert {
    condition = { for name, rule in aws_cloudwatch_event_rule.queue : name => jsondecode(rule.event_pattern) } == {
      creations = {
        source      = [{ prefix = "aws." }]
        detail-type = ["AWS API Call via CloudTrail"]
        detail      = { errorCode = [{ exists = false }] }
      }
      tag-changes = {
        source      = [{ prefix = "aws." }]
        detail-type = ["Tag Change on Resource"]
      }
    }
    error_message = "The rules let through more, or less, than they should."
  }

  assert {
    condition = alltrue([
      for target in aws_cloudwatch_event_target.queue :
      target.arn == var.events_queue_arn
      && target.dead_letter_config[0].arn == var.dead_letter_queue_arn
      && target.retry_policy[0].maximum_retry_attempts > 0
    ])
    error_message = "What cannot be delivered is tried again, then set aside."
  }
}

run "what_is_not_detected_has_no_rule" {
  command = plan

  module {
    source = "./modules/event-routing"
  }

  variables {
    cloudtrail = false
  }

  assert {
    condition     = keys(aws_cloudwatch_event_rule.queue) == ["tag-changes"] && keys(aws_cloudwatch_event_target.queue) == ["tag-changes"]
    error_message = "A rule for creations is left."
  }
}

run "instances_that_start_are_heard_only_where_that_is_asked_for" {
  command = plan

  module {
    source = "./modules/event-routing"
  }

  variables {
    cloudtrail     = false
    tag_changes    = false
    instance_state = true
  }

  assert {
    condition = { for name, rule in aws_cloudwatch_event_rule.queue : name => jsondecode(rule.event_pattern) } == {
      instance-state = {
        source      = [{ prefix = "aws." }]
        detail-type = ["EC2 Instance State-change Notification"]
      }
    }
    error_message = "The rule lets through more, or less, than EC2's own events."
  }
}

run "alarms_of_other_accounts_and_regions_reach_the_topic_and_not_the_queue" {
  command = plan

  module {
    source = "./modules/event-routing"
  }

  assert {
    condition = jsondecode(aws_cloudwatch_event_rule.alarms.event_pattern) == {
      source      = ["aws.cloudwatch"]
      detail-type = ["CloudWatch Alarm State Change"]
      detail      = { alarmName = ["tg-undelivered"] }
    }
    error_message = "Alarms of the stack are told, and no others."
  }

  assert {
    condition = (
      aws_cloudwatch_event_target.alarms.arn == var.alarms_topic_arn
      && aws_cloudwatch_event_target.alarms.rule == "tg-alarms"
      && aws_cloudwatch_event_target.alarms.dead_letter_config[0].arn == var.dead_letter_queue_arn
    )
    error_message = "The alarms topic tells them; what it does not take waits."
  }

  assert {
    condition = alltrue([
      for name in ["account", "region", "alarm", "state", "reason"] :
      contains(keys(aws_cloudwatch_event_target.alarms.input_transformer[0].input_paths), name)
      && strcontains(aws_cloudwatch_event_target.alarms.input_transformer[0].input_template, "<${name}>")
    ]) && can(jsondecode(aws_cloudwatch_event_target.alarms.input_transformer[0].input_template))
    error_message = "The text says which alarm, where, its state and why; SNS takes a JSON text."
  }

  assert {
    condition = !anytrue([
      for rule in aws_cloudwatch_event_rule.queue : contains(jsondecode(rule.event_pattern).detail-type, "CloudWatch Alarm State Change")
    ])
    error_message = "The function is not asked about alarms."
  }
}

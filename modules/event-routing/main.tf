# The governance bus collects events of every account and region; its rules put them on the events queue.

resource "aws_cloudwatch_event_bus" "governance" {
  name               = var.name
  description        = "Creations of resources and changes of tags, from every governed account."
  kms_key_identifier = var.kms_key_arn
  tags               = var.resource_tags

  dead_letter_config {
    arn = var.dead_letter_queue_arn
  }
}

locals {
  # The policy document names this in place of the bus: Terraform leaves a document for the apply as soon as anything
  # changes in a resource that it names directly, and the plan would not show the policy.
  event_bus_arn = aws_cloudwatch_event_bus.governance.arn
}

data "aws_iam_policy_document" "bus" {
  count = var.organization == null ? 0 : 1

  statement {
    sid       = "AccountsOfTheOrganization"
    actions   = ["events:PutEvents"]
    resources = [local.event_bus_arn]

    # Any account, as the forwarding roles are in accounts that are not known here; the condition is the gate.
    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:PrincipalOrgID"
      values   = [var.organization.id]
    }
  }
}

resource "aws_cloudwatch_event_bus_policy" "organization" {
  count = var.organization == null ? 0 : 1

  event_bus_name = aws_cloudwatch_event_bus.governance.name
  policy         = data.aws_iam_policy_document.bus[0].json
}

locals {
  # Only AWS itself can send events whose source begins with "aws.", so nobody in the organization can make one up.
  aws_source = [{ prefix = "aws." }]

  event_patterns = merge(
    var.cloudtrail ? {
      creations = {
        source      = local.aws_source
        detail-type = ["AWS API Call via CloudTrail"]
        detail      = { errorCode = [{ exists = false }] }
      }
    } : {},
    var.tag_changes ? {
      tag-changes = {
        source      = local.aws_source
        detail-type = ["Tag Change on Resource"]
      }
    } : {},
    var.instance_state ? {
      instance-state = {
        source      = local.aws_source
        detail-type = ["EC2 Instance State-change Notification"]
      }
    } : {},
  )
}

resource "aws_cloudwatch_event_rule" "queue" {
  for_each = local.event_patterns

  name           = "${var.name}-${each.key}"
  description    = "Puts ${each.key} events on the events queue of tag governance."
  event_bus_name = aws_cloudwatch_event_bus.governance.name
  event_pattern  = jsonencode(each.value)
  tags           = var.resource_tags
}

resource "aws_cloudwatch_event_target" "queue" {
  for_each = local.event_patterns

  event_bus_name = aws_cloudwatch_event_bus.governance.name
  rule           = aws_cloudwatch_event_rule.queue[each.key].name
  target_id      = "events-queue"
  arn            = var.events_queue_arn

  dead_letter_config {
    arn = var.dead_letter_queue_arn
  }

  retry_policy {
    maximum_event_age_in_seconds = 86400
    maximum_retry_attempts       = 185
  }
}

# Alarms of other accounts and regions, which can tell nobody outside their region, come with the events.
resource "aws_cloudwatch_event_rule" "alarms" {
  name           = "${var.name}-alarms"
  description    = "Sends alarms of accounts and regions that forward events to the alarms topic."
  event_bus_name = aws_cloudwatch_event_bus.governance.name
  event_pattern = jsonencode({
    source      = ["aws.cloudwatch"]
    detail-type = ["CloudWatch Alarm State Change"]
    detail      = { alarmName = ["${var.name}-undelivered"] }
  })
  tags = var.resource_tags
}

resource "aws_cloudwatch_event_target" "alarms" {
  event_bus_name = aws_cloudwatch_event_bus.governance.name
  rule           = aws_cloudwatch_event_rule.alarms.name
  target_id      = "alarms-topic"
  arn            = var.alarms_topic_arn

  input_transformer {
    input_paths = {
      account = "$.account"
      alarm   = "$.detail.alarmName"
      reason  = "$.detail.state.reason"
      region  = "$.region"
      state   = "$.detail.state.value"
    }
    input_template = "\"<alarm> is in state <state> in account <account>, region <region>: <reason>\""
  }

  dead_letter_config {
    arn = var.dead_letter_queue_arn
  }
}

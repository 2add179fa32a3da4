# What forwards the events of one account and region: the Terraform module and the template of StackSets make the same.

locals {
  # Of any of the rules: a trust policy has 2,048 characters, which the ARNs of thirty rules would not fit.
  rule_arns = "arn:${var.place.partition}:events:${var.place.region}:${var.place.account_id}:rule/${var.name}-*"

  queue_name = "${var.name}-undelivered"

  # The alarm is told of when it rings, and when it ends. A new alarm, whose state was unknown before, tells nobody that all
  # is well.
  alarm_pattern = jsonencode({
    source      = ["aws.cloudwatch"]
    detail-type = ["CloudWatch Alarm State Change"]
    detail = {
      alarmName = [local.queue_name]
      "$or" = [
        { state = { value = ["ALARM"] } },
        { state = { value = ["OK"] }, previousState = { value = ["ALARM"] } },
      ]
    }
  })
}

data "aws_iam_policy_document" "trust" {
  statement {
    sid     = "ForwardingRules"
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["events.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [var.place.account_id]
    }

    condition {
      test     = "ArnLike"
      variable = "aws:SourceArn"
      values   = [local.rule_arns]
    }
  }
}

data "aws_iam_policy_document" "put_events" {
  statement {
    sid       = "PutEventsOnGovernanceBus"
    actions   = ["events:PutEvents"]
    resources = [var.event_bus_arn]
  }
}

data "aws_iam_policy_document" "undelivered" {
  statement {
    sid       = "ForwardingRules"
    actions   = ["sqs:SendMessage"]
    resources = [var.undelivered_queue_arn]

    principals {
      type        = "Service"
      identifiers = ["events.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [var.place.account_id]
    }

    condition {
      test     = "ArnLike"
      variable = "aws:SourceArn"
      values   = [local.rule_arns]
    }
  }

  statement {
    sid       = "DenyInsecureTransport"
    effect    = "Deny"
    actions   = ["sqs:*"]
    resources = [var.undelivered_queue_arn]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }
}

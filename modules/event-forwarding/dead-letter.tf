# EventBridge wants the dead-letter queue of a rule in the rule's own account and region.
resource "aws_sqs_queue" "undelivered" {
  name                      = "${var.name}-undelivered"
  message_retention_seconds = 1209600
  kms_master_key_id         = var.kms_key_arn
  sqs_managed_sse_enabled   = var.kms_key_arn == null ? true : null
  tags                      = var.resource_tags
}

data "aws_iam_policy_document" "undelivered" {
  statement {
    sid       = "ForwardingRules"
    actions   = ["sqs:SendMessage"]
    resources = [local.undelivered_queue_arn]

    principals {
      type        = "Service"
      identifiers = ["events.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [data.aws_caller_identity.current.account_id]
    }

    condition {
      test     = "ArnEquals"
      variable = "aws:SourceArn"
      values   = values(local.rule_arns)
    }
  }

  statement {
    sid       = "DenyInsecureTransport"
    effect    = "Deny"
    actions   = ["sqs:*"]
    resources = [local.undelivered_queue_arn]

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

resource "aws_sqs_queue_policy" "undelivered" {
  queue_url = aws_sqs_queue.undelivered.url
  policy    = data.aws_iam_policy_document.undelivered.json
}

resource "aws_cloudwatch_metric_alarm" "undelivered" {
  alarm_name = "${var.name}-undelivered"
  alarm_description = join(" ", [
    "Events that could not be forwarded to the tag governance bus are in the queue ${aws_sqs_queue.undelivered.name};",
    "their attributes name the cause. Remove it. The resources of these events are governed with their next change of tags.",
  ])
  namespace           = "AWS/SQS"
  metric_name         = "ApproximateNumberOfMessagesVisible"
  dimensions          = { QueueName = aws_sqs_queue.undelivered.name }
  statistic           = "Maximum"
  period              = 300
  evaluation_periods  = 1
  threshold           = 0
  comparison_operator = "GreaterThanThreshold"
  treat_missing_data  = "notBreaching"
  alarm_actions       = var.alarm_actions
  ok_actions          = var.alarm_actions
  tags                = var.resource_tags

  lifecycle {
    # https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
    precondition {
      condition = length(local.actions_elsewhere) == 0
      error_message = join("\n", [
        for arn in local.actions_elsewhere : join(" ", [
          "alarm_actions: \"${arn}\" is in ${split(":", arn)[3]}, but the alarm is in ${data.aws_region.current.id}, and AWS takes",
          "actions of the alarm's own region alone; name a topic of ${data.aws_region.current.id}, or leave alarm_actions out.",
        ])
      ])
    }
  }
}

locals {
  # Some actions, such as response plans, are of no region.
  actions_elsewhere = [
    for arn in var.alarm_actions : arn if !contains(["", data.aws_region.current.id], split(":", arn)[3])
  ]
}

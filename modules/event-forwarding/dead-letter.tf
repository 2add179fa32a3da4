# EventBridge wants the dead-letter queue of a rule in the rule's own account and region.
resource "aws_sqs_queue" "undelivered" {
  name                      = module.forwarding.queue.name
  message_retention_seconds = module.forwarding.queue.retention_seconds
  kms_master_key_id         = var.kms_key_arn
  sqs_managed_sse_enabled   = var.kms_key_arn == null ? true : null
  tags                      = var.resource_tags
}

resource "aws_sqs_queue_policy" "undelivered" {
  queue_url = aws_sqs_queue.undelivered.url
  policy    = module.forwarding.queue_policy
}

resource "aws_cloudwatch_metric_alarm" "undelivered" {
  alarm_name          = module.forwarding.alarm.name
  alarm_description   = module.forwarding.alarm.description
  namespace           = module.forwarding.alarm.namespace
  metric_name         = module.forwarding.alarm.metric_name
  dimensions          = module.forwarding.alarm.dimensions
  statistic           = module.forwarding.alarm.statistic
  period              = module.forwarding.alarm.period
  evaluation_periods  = module.forwarding.alarm.evaluation_periods
  threshold           = module.forwarding.alarm.threshold
  comparison_operator = module.forwarding.alarm.comparison_operator
  treat_missing_data  = module.forwarding.alarm.treat_missing_data
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

locals {
  # Whatever can go wrong with a message ends in one of these. Each is an alarm when above its threshold in one period.
  alarms = {
    dead-letters = {
      description = "Events that could not be handled, with their cause in the message attributes. Correct it, then redrive the queue."
      namespace   = "AWS/SQS", metric = "ApproximateNumberOfMessagesVisible", statistic = "Maximum", threshold = 0
      dimensions  = { QueueName = aws_sqs_queue.dead_letter.name }
    }
    events-wait = {
      description = "The oldest event has waited a quarter of an hour longer than it is meant to: the function fails or cannot keep up."
      namespace   = "AWS/SQS", metric = "ApproximateAgeOfOldestMessage", statistic = "Maximum", threshold = 900 + var.settle_seconds
      dimensions  = { QueueName = aws_sqs_queue.events.name }
    }
    function-errors = {
      description = "The function ended with an error; its log group says which."
      namespace   = "AWS/Lambda", metric = "Errors", statistic = "Sum", threshold = 0
      dimensions  = { FunctionName = aws_lambda_function.remediation.function_name }
    }
    function-throttles = {
      description = "Lambda refused to run the function: the account's concurrency is used up."
      namespace   = "AWS/Lambda", metric = "Throttles", statistic = "Sum", threshold = 0
      dimensions  = { FunctionName = aws_lambda_function.remediation.function_name }
    }
    not-evaluated = {
      description = "Resources that could not be evaluated: a gap in coverage, not counted as compliant."
      namespace   = var.name, metric = "NotEvaluated", statistic = "Sum", threshold = 0
      dimensions  = {}
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each = local.alarms

  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = each.value.description
  namespace           = each.value.namespace
  metric_name         = each.value.metric
  dimensions          = each.value.dimensions
  statistic           = each.value.statistic
  period              = 300
  evaluation_periods  = 1
  threshold           = each.value.threshold
  comparison_operator = "GreaterThanThreshold"
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.this["alarms"].arn]
  ok_actions          = [aws_sns_topic.this["alarms"].arn]
  tags                = var.resource_tags
}

resource "aws_cloudwatch_metric_alarm" "compliance" {
  alarm_name          = "${var.name}-compliance-under-target"
  alarm_description   = "Of the resources evaluated in an hour, fewer than ${var.compliance_target_percent} % were compliant or made so."
  evaluation_periods  = 1
  threshold           = var.compliance_target_percent
  comparison_operator = "LessThanThreshold"
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.this["alarms"].arn]
  ok_actions          = [aws_sns_topic.this["alarms"].arn]
  tags                = var.resource_tags

  metric_query {
    id = "compliance"
    # An hour in which nothing was evaluated is not an hour of failure.
    expression  = "IF(FILL(evaluated, 0) > 0, 100 * FILL(compliant, 0) / evaluated, 100)"
    label       = "Compliance (%)"
    return_data = true
  }

  dynamic "metric_query" {
    for_each = { evaluated = "Evaluated", compliant = "Compliant" }

    content {
      id = metric_query.key

      metric {
        namespace   = var.name
        metric_name = metric_query.value
        period      = 3600
        stat        = "Sum"
      }
    }
  }
}

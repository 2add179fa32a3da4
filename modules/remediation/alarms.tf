locals {
  # Whatever can go wrong ends in one of these. Unless it says otherwise, an alarm rings when its metric is above the
  # threshold in five minutes, and silence is no failure.
  alarms = {
    dead-letters = {
      description = <<-EOT
        Messages that could not be handled are in the dead-letter queue, each with its cause as a message attribute.
        Remove the cause, then redrive the queue with the events queue as custom destination.
      EOT
      namespace   = "AWS/SQS", metric = "ApproximateNumberOfMessagesVisible", statistic = "Maximum", threshold = 0
      dimensions  = { QueueName = aws_sqs_queue.dead_letter.name }
    }
    events-wait = {
      description = <<-EOT
        The oldest event has waited a quarter of an hour longer than it is meant to: the function fails or cannot keep up.
        Look for errors and throttles of the function; where there are none, raise function.maximum_concurrency.
      EOT
      namespace   = "AWS/SQS", metric = "ApproximateAgeOfOldestMessage", statistic = "Maximum", threshold = 900 + var.settle_seconds
      dimensions  = { QueueName = aws_sqs_queue.events.name }
    }
    function-errors = {
      description = <<-EOT
        The remediation function ended with an error, such as a setting that it cannot work with or a timeout. Its log
        group says which. Its messages come back to the queue by themselves.
      EOT
      namespace   = "AWS/Lambda", metric = "Errors", statistic = "Sum", threshold = 0
      dimensions  = { FunctionName = aws_lambda_function.remediation.function_name }
    }
    function-throttles = {
      description = <<-EOT
        Lambda refused to run the remediation function: the account's concurrency is used up. Raise the account's quota
        of concurrent executions. The messages wait in the queue.
      EOT
      namespace   = "AWS/Lambda", metric = "Throttles", statistic = "Sum", threshold = 0
      dimensions  = { FunctionName = aws_lambda_function.remediation.function_name }
    }
    settlement-errors = {
      description = <<-EOT
        The settlement function ended with an error, such as a setting that it cannot work with or a timeout. Its log
        group says which. The next run, five minutes later, takes up what is left.
      EOT
      namespace   = "AWS/Lambda", metric = "Errors", statistic = "Sum", threshold = 0
      dimensions  = { FunctionName = aws_lambda_function.settlement.function_name }
    }
    settlement-throttles = {
      description = <<-EOT
        Lambda refused to run the settlement function: the account's concurrency is used up. Raise the account's quota
        of concurrent executions. The next run, five minutes later, takes up what is left.
      EOT
      namespace   = "AWS/Lambda", metric = "Throttles", statistic = "Sum", threshold = 0
      dimensions  = { FunctionName = aws_lambda_function.settlement.function_name }
    }
    settlement-missing = {
      description = <<-EOT
        The settlement function has not run for 15 minutes, so notices wait and what was interrupted stays open. Check
        that its schedule is enabled and that the schedule's role may invoke the function.
      EOT
      namespace   = "AWS/Lambda", metric = "Invocations", statistic = "Sum", threshold = 1
      dimensions  = { FunctionName = aws_lambda_function.settlement.function_name }
      period      = 900
      comparison  = "LessThanThreshold"
      missing     = "breaching"
    }
    not-evaluated = {
      description = <<-EOT
        Resources could not be evaluated: a gap in coverage, not counted as compliant. The function's log names each with
        its cause (filter audit = "not_evaluated"). Remove the cause. What was given up on is in the dead-letter queue.
      EOT
      namespace   = var.name, metric = "NotEvaluated", statistic = "Sum", threshold = 0
      dimensions  = {}
    }
    undeliverable = {
      description = <<-EOT
        SNS or SES refuses a notice for good, so an owner is not told of a finding or a change. The attribute undeliverable of
        the ledger's entry says why, of a mail the log of the relay. Remove the cause; the resource is told of again once its
        findings change.
      EOT
      namespace   = var.name, metric = "Undeliverable", statistic = "Sum", threshold = 0
      dimensions  = {}
    }
    accounts-denied = {
      description = <<-EOT
        Accounts deny what the function needs, so their resources are not governed. The ledger's entries gap#ACCOUNT name
        what is denied. Apply modules/member-account there, or change the policy that denies; what waits is then looked
        at again by itself.
      EOT
      namespace   = var.name, metric = "AccountsDenied", statistic = "Maximum", threshold = 0
      dimensions  = {}
      period      = 900
    }
    overdue = {
      description = <<-EOT
        For more than an hour there has been news that nobody was told, or a change that was not settled. Look for errors
        of the settlement function and for warnings in its log.
      EOT
      namespace   = var.name, metric = "Overdue", statistic = "Maximum", threshold = 0
      dimensions  = {}
      period      = 900
    }
    contested = {
      description = <<-EOT
        A tag was changed back each time that it was corrected, so the function no longer corrects it. The notice and the
        ledger name the tag and, where CloudTrail knows, who changes it. Agree on its value with them, or exempt the resource.
      EOT
      namespace   = var.name, metric = "Contested", statistic = "Sum", threshold = 0
      dimensions  = {}
    }
  }

  relay_alarms = {
    for queue in aws_sqs_queue.undelivered_notices : "undelivered-notices" => {
      description = <<-EOT
        Notices did not reach a chat channel or a mailbox; they are in the queue ${var.name}-undelivered-notices, each with its
        cause (responsePayload). Mails: verify the address or its domain with SES, and leave the SES sandbox. The notices of
        the topic, the ledger and the log are not affected.
      EOT
      namespace   = "AWS/SQS", metric = "ApproximateNumberOfMessagesVisible", statistic = "Maximum", threshold = 0
      dimensions  = { QueueName = queue.name }
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each = merge(local.alarms, local.relay_alarms)

  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = trimspace(replace(each.value.description, "\n", " "))
  namespace           = each.value.namespace
  metric_name         = each.value.metric
  dimensions          = each.value.dimensions
  statistic           = each.value.statistic
  period              = try(each.value.period, 300)
  evaluation_periods  = 1
  threshold           = each.value.threshold
  comparison_operator = try(each.value.comparison, "GreaterThanThreshold")
  treat_missing_data  = try(each.value.missing, "notBreaching")
  alarm_actions       = [aws_sns_topic.this["alarms"].arn]
  ok_actions          = [aws_sns_topic.this["alarms"].arn]
  tags                = var.resource_tags

  # The schedule runs the function at once. Older than the first run, settlement-missing would ring for it.
  depends_on = [aws_scheduler_schedule.settlement]
}

resource "aws_cloudwatch_metric_alarm" "compliance" {
  alarm_name = "${var.name}-compliance-under-target"
  alarm_description = join(" ", [
    "Of the resources evaluated in an hour, fewer than ${var.compliance_target_percent} % were compliant or made so.",
    "The dashboard says in which scope; the notices and the function's log say which resources.",
  ])
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

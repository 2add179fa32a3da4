locals {
  # One line per scope: metric math over two invisible metrics of the scope. A period in which nothing was evaluated
  # has no value, rather than 0 or 100.
  compliance_of_scopes = concat([
    for index, scope in var.scopes : [
      [var.name, "Evaluated", "Scope", scope, { id = "evaluated${index}", visible = false }],
      [var.name, "Compliant", "Scope", scope, { id = "compliant${index}", visible = false }],
      [{ id = "compliance${index}", label = scope, expression = "100 * FILL(compliant${index}, 0) / evaluated${index}" }],
    ]
  ]...)

  compliance = {
    type = "metric"
    properties = {
      title       = "Compliance per scope (%)"
      view        = "timeSeries"
      stat        = "Sum"
      period      = 3600
      metrics     = local.compliance_of_scopes
      yAxis       = { left = { min = 0, max = 100 } }
      annotations = { horizontal = [{ label = "Target", value = var.compliance_target_percent }] }
    }
  }

  outcomes = {
    type = "metric"
    properties = {
      title  = "Resources"
      view   = "timeSeries"
      stat   = "Sum"
      period = 300
      metrics = [
        for metric in [
          "Evaluated", "Compliant", "NonCompliant", "Remediated", "Exempt", "NotEvaluated", "Unconfirmed", "TriedAgain",
          "Refused", "Contested",
        ] : [var.name, metric]
      ]
    }
  }

  queue = {
    type = "metric"
    properties = {
      title  = "Events waiting"
      view   = "timeSeries"
      period = 60
      metrics = [
        ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", var.events_queue_name, { stat = "Maximum", label = "Ready" }],
        ["AWS/SQS", "ApproximateNumberOfMessagesDelayed", "QueueName", var.events_queue_name, { stat = "Maximum", label = "Settling" }],
        [
          "AWS/SQS", "ApproximateAgeOfOldestMessage", "QueueName", var.events_queue_name,
          { stat = "Maximum", label = "Age of the oldest (s)", yAxis = "right" },
        ],
      ]
    }
  }

  dead_letters = {
    type = "metric"
    properties = {
      title  = "Events that could not be handled"
      view   = "timeSeries"
      period = 300
      metrics = [
        [
          "AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", var.dead_letter_queue_name,
          { stat = "Maximum", label = "In the dead-letter queue" },
        ],
      ]
    }
  }

  settlement = {
    type = "metric"
    properties = {
      title  = "Settlement"
      view   = "timeSeries"
      period = 300
      metrics = [
        [var.name, "Overdue", { stat = "Maximum", label = "Entries overdue" }],
        [var.name, "AccountsDenied", { stat = "Maximum", label = "Accounts that deny" }],
        [var.name, "Undeliverable", { stat = "Sum", label = "Notices refused" }],
        ["AWS/Lambda", "Errors", "FunctionName", var.settlement_function_name, { stat = "Sum" }],
      ]
    }
  }

  function = {
    type = "metric"
    properties = {
      title  = "Function"
      view   = "timeSeries"
      period = 60
      metrics = [
        ["AWS/Lambda", "Errors", "FunctionName", var.function_name, { stat = "Sum" }],
        ["AWS/Lambda", "Throttles", "FunctionName", var.function_name, { stat = "Sum" }],
        ["AWS/Lambda", "Duration", "FunctionName", var.function_name, { stat = "p99", label = "Duration p99 (ms)", yAxis = "right" }],
      ]
    }
  }

  last_changes = {
    type = "log"
    properties = {
      title = "Last changes"
      view  = "table"
      query = join(" | ", [
        "SOURCE '${var.log_group_name}'",
        "fields @timestamp, scope, resource, actor, changes.0.key, changes.0.before, changes.0.after, changes.0.why",
        "filter audit = 'changed'",
        "sort @timestamp desc",
        "limit 50",
      ])
    }
  }
}

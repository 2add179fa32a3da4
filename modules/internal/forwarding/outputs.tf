output "rules" {
  description = "Name, description and event pattern (JSON) of each rule, by the name of its pattern."
  value = {
    for name, pattern in merge(var.event_patterns, var.alarm_by_bus ? { alarms = local.alarm_pattern } : {}) : name => {
      name        = "${var.name}-${name}"
      description = "Forwards ${name} events to the tag governance bus."
      pattern     = pattern
    }
  }
}

output "target" {
  description = "Target of each rule: its id, and how often and how long in seconds it is tried."
  value       = { id = "governance-bus", maximum_retry_attempts = 185, maximum_event_age_in_seconds = 86400 }
}

output "role" {
  description = "The role of the rules: name, description, trust policy (JSON), and its one policy (JSON) with its name."
  value = {
    # Rules are regional and roles are not: the region keeps two of these apart.
    name        = "${var.name}-forwarding-${var.place.region}"
    description = "Lets EventBridge put events on the tag governance bus."
    trust       = data.aws_iam_policy_document.trust.json
    policy_name = "put-events"
    policy      = data.aws_iam_policy_document.put_events.json
  }
}

output "queue" {
  description = "The queue of undelivered events: name, and retention in seconds."
  value       = { name = local.queue_name, retention_seconds = 1209600 }
}

# By itself, because it names the queue that is made of the output above.
output "queue_policy" {
  description = "Policy (JSON) of that queue."
  value       = data.aws_iam_policy_document.undelivered.json
}

output "alarm" {
  description = "The alarm about that queue."
  value = {
    name = local.queue_name
    description = join(" ", [
      "Events that could not be forwarded to the tag governance bus are in the queue ${local.queue_name};",
      "their attributes name the cause. Remove it. The resources of these events are governed with their next change of tags.",
    ])
    namespace           = "AWS/SQS"
    metric_name         = "ApproximateNumberOfMessagesVisible"
    dimensions          = { QueueName = local.queue_name }
    statistic           = "Maximum"
    period              = 300
    evaluation_periods  = 1
    threshold           = 0
    comparison_operator = "GreaterThanThreshold"
    treat_missing_data  = "notBreaching"
  }
}

output "event_bus_arn" {
  description = "ARN of the governance bus."
  value       = aws_cloudwatch_event_bus.governance.arn
}

output "event_bus_name" {
  description = "Name of the governance bus."
  value       = aws_cloudwatch_event_bus.governance.name
}

output "rule_arns" {
  description = "ARNs of the rules on the bus that put events on the queue."
  value       = [for rule in aws_cloudwatch_event_rule.queue : rule.arn]
}

output "alarms_rule_arn" {
  description = "ARN of the rule on the bus that sends alarms to the topic."
  value       = aws_cloudwatch_event_rule.alarms.arn
}

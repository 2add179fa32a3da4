output "event_bus_arn" {
  description = "ARN of the governance bus."
  value       = aws_cloudwatch_event_bus.governance.arn
}

output "event_bus_name" {
  description = "Name of the governance bus."
  value       = aws_cloudwatch_event_bus.governance.name
}

output "rule_arns" {
  description = "ARNs of the rules on the bus."
  value       = [for rule in aws_cloudwatch_event_rule.queue : rule.arn]
}

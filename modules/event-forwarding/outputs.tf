output "rule_arns" {
  description = "ARNs of the rules, by the name of their pattern."
  value       = { for name, rule in aws_cloudwatch_event_rule.forward : name => rule.arn }
}

output "role_arn" {
  description = "ARN of the role with which EventBridge puts events on the governance bus."
  value       = aws_iam_role.forwarding.arn
}

output "undelivered_queue_arn" {
  description = "ARN of the queue of events that could not be forwarded."
  value       = aws_sqs_queue.undelivered.arn
}

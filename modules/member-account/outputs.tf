output "role_arn" {
  description = "ARN of the role that the function assumes; null when it was made elsewhere."
  value       = one(aws_iam_role.member[*].arn)
}

output "rule_arns" {
  description = "ARNs of the forwarding rules, by the name of their pattern."
  value       = try(module.event_forwarding[0].rule_arns, {})
}

output "undelivered_queue_arn" {
  description = "ARN of the queue of events that could not be forwarded; null when nothing is forwarded."
  value       = one(module.event_forwarding[*].undelivered_queue_arn)
}

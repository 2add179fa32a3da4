output "function_name" {
  description = "Name of the function."
  value       = aws_lambda_function.remediation.function_name
}

output "function_arn" {
  description = "ARN of the function."
  value       = aws_lambda_function.remediation.arn
}

output "settlement_function_name" {
  description = "Name of the function that runs on a schedule: it tells what is due and settles what was interrupted."
  value       = aws_lambda_function.settlement.function_name
}

# Written from their names, so that a plan that makes the roles knows what else to make of them (policies that protect them, in
# the same configuration). Whoever trusts a role has to wait until it is there.
output "function_role_arn" {
  description = "ARN of the function's role, which the roles in member accounts trust."
  value       = local.role_arns.function
  depends_on  = [aws_iam_role.function]
}

output "settlement_function_role_arn" {
  description = "ARN of the settlement function's role."
  value       = local.role_arns.settlement
  depends_on  = [aws_iam_role.settlement]
}

output "log_group_name" {
  description = "Name of the function's log group."
  value       = aws_cloudwatch_log_group.function.name
}

output "events_queue_arn" {
  description = "ARN of the queue that the function reads."
  value       = aws_sqs_queue.events.arn
}

output "events_queue_name" {
  description = "Name of the queue that the function reads."
  value       = aws_sqs_queue.events.name
}

output "events_queue_url" {
  description = "URL of the queue that the function reads."
  value       = aws_sqs_queue.events.url
}

output "dead_letter_queue_arn" {
  description = "ARN of the queue of events that could not be handled."
  value       = aws_sqs_queue.dead_letter.arn
}

output "dead_letter_queue_name" {
  description = "Name of the queue of events that could not be handled."
  value       = aws_sqs_queue.dead_letter.name
}

output "dead_letter_queue_url" {
  description = "URL of the queue of events that could not be handled."
  value       = aws_sqs_queue.dead_letter.url
}

output "ledger_table_name" {
  description = "Name of the ledger table."
  value       = aws_dynamodb_table.ledger.name
}

output "ledger_table_arn" {
  description = "ARN of the ledger table."
  value       = aws_dynamodb_table.ledger.arn
}

output "notifications_topic_arn" {
  description = "ARN of the topic of findings and changes."
  value       = aws_sns_topic.this["notifications"].arn
}

output "alarms_topic_arn" {
  description = "ARN of the topic of alarms."
  value       = aws_sns_topic.this["alarms"].arn
}

output "policy_bucket_name" {
  description = "Name of the bucket with the policy that the function applies."
  value       = aws_s3_bucket.policy.id
}

output "kms_key_arn" {
  description = "ARN of the key that encrypts everything."
  value       = local.kms_key_arn
}

output "kms_key_policy_document" {
  description = "What a key of your own must allow (JSON)."
  value       = data.aws_iam_policy_document.key.minified_json
}

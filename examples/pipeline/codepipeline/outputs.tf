output "pipeline_arn" {
  description = "ARN of the pipeline."
  value       = aws_codepipeline.this.arn
}

output "role_arns" {
  description = "ARNs of the roles `plan` and `apply`. Where service control policies protect the stack, `apply` is a deployment role."
  value       = { for name, role in aws_iam_role.step : name => role.arn }
}

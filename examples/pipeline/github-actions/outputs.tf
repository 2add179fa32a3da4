output "role_arns" {
  description = "ARNs of the roles `plan` and `apply`: the repository variables PLAN_ROLE and APPLY_ROLE of the workflow."
  value       = { for name, role in aws_iam_role.this : name => role.arn }
}

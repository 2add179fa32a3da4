output "stack_set_names" {
  description = "Names of the StackSets: `role` and `forwarding`."
  value       = { for kind, set in aws_cloudformation_stack_set.this : kind => set.name }
}

output "templates" {
  description = "The templates (JSON): `role` and `forwarding`, for other ways of delivery than StackSets."
  value       = { for kind, set in local.stack_sets : kind => set.template }
}

output "regions" {
  description = "The regions with forwarding rules, those of global services among them."
  value       = try(local.stack_sets["forwarding"].regions, [])
}

output "role_arn_pattern" {
  description = "ARN of the role that the function assumes, with `*` for the account."
  value       = "arn:${local.partition}:iam::*:role/${var.role_name}"
}

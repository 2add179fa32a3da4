output "stack_id" {
  description = "Id of the stack."
  value       = aws_cloudformation_stack.this.id
}

output "hook_arn" {
  description = "ARN of the activated hook in this account and region."
  value       = aws_cloudformation_stack.this.outputs["HookArn"]
}

output "template" {
  description = "The template (YAML), which is the same for every account and region: a StackSet can deliver it."
  value       = local.template
}

output "parameters" {
  description = "Parameters of the template, for the same StackSet."
  value       = local.parameters
}

output "delegation_policy_document" {
  description = "The statements (JSON) of the resource policy."
  value       = aws_organizations_resource_policy.delegation.content
}

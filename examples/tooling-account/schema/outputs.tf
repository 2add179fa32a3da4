output "resource_types" {
  description = "Input `resource_types` of the root module."
  value       = local.resource_types
}

output "tags" {
  description = "Input `tags` of the root module."
  value       = local.tags
}

output "scopes" {
  description = "Input `scopes` of the root module."
  value       = local.scopes
}

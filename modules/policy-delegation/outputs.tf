output "document" {
  description = "The delegation policy (JSON), content of an `aws_organizations_resource_policy`; null when none is needed."
  value       = one(data.aws_iam_policy_document.delegation[*].minified_json)
}

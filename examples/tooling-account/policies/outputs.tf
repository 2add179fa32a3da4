output "service_control_policy_documents" {
  description = "The service control policies (JSON) of each scope."
  value       = module.tag_governance.service_control_policy_documents
}

output "tag_policy_documents" {
  description = "The tag policies (JSON) of each scope."
  value       = module.tag_governance.tag_policy_documents
}

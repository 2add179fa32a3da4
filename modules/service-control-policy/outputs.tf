output "documents" {
  description = "The policies (JSON) of each scope; none for a scope that denies nothing beyond what it inherits."
  value       = local.documents

  precondition {
    condition     = length(local.exemptions_with_both) == 0
    error_message = join("\n", local.exemptions_with_both)
  }

  precondition {
    condition     = length(local.long_policies) == 0
    error_message = join("\n", local.long_policies)
  }

  # Known at plan, whatever is not known of the documents.
  precondition {
    condition     = length(local.too_many_policies) == 0
    error_message = join("\n", local.too_many_policies)
  }
}

output "policy_ids" {
  description = "Ids of the policies by scope and number, such as `sandbox-01`."
  value       = local.policy_ids
}

output "moves" {
  description = <<-EOT
    Policies and attachments of scopes that were renamed: addresses within this module, from the former name to the new one.
  EOT
  value = flatten([
    for type in ["aws_organizations_policy", "aws_organizations_policy_attachment"] : [
      for policy in module.slots.renamed : {
        scope = policy.scope
        from  = "${type}.service_control[\"${policy.from}\"]"
        to    = "${type}.service_control[\"${policy.to}\"]"
      }
    ]
  ])
}

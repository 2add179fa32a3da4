output "documents" {
  description = "The policies (JSON) of each scope; none for a scope that changes nothing of what it inherits."
  value       = local.documents

  precondition {
    condition     = length(local.problems) == 0
    error_message = join("\n", local.problems)
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
        from  = "${type}.tag[\"${policy.from}\"]"
        to    = "${type}.tag[\"${policy.to}\"]"
      }
    ]
  ])
}

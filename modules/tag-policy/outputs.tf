output "documents" {
  description = "The policies (JSON) of each scope; none for a scope that changes nothing of what it inherits."
  value       = local.documents

  precondition {
    condition = alltrue([for policy in local.policies : length(policy.document) <= var.quotas.tag_policy_size])
    error_message = join("\n", [
      for number, policy in local.policies :
      join(" ", [
        "scope \"${policy.scope}\": tag policy ${var.name}-tag-${number} has ${length(policy.document)} characters,",
        "quotas.tag_policy_size is ${var.quotas.tag_policy_size};",
        "name fewer resource types in enforced_for and report_required_for, or fewer allowed_values,",
        "of ${join(", ", [for key in keys(jsondecode(policy.document).tags) : "\"${key}\""])}.",
      ])
      if length(policy.document) > var.quotas.tag_policy_size
    ])
  }

  precondition {
    condition = alltrue([for documents in local.documents : length(documents) <= var.quotas.tag_policies_per_target])
    error_message = join("\n", [
      for name, documents in local.documents :
      join(" ", [
        "scope \"${name}\": its tags need ${length(documents)} tag policies,",
        "${var.name}-tag-${name}-01 to -${format("%02d", length(documents))}, of ${var.quotas.tag_policy_size} characters,",
        "but quotas.tag_policies_per_target is ${var.quotas.tag_policies_per_target};",
        "characters by tag: ${join(", ", [for key, size in local.tag_sizes[name] : "\"${key}\" ${size}"])}.",
      ])
      if length(documents) > var.quotas.tag_policies_per_target
    ])
  }
}

output "policy_ids" {
  description = "Ids of the policies by scope and number, such as `sandbox-01`."
  value       = { for number, policy in aws_organizations_policy.tag : number => policy.id }
}

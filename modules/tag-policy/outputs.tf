output "documents" {
  description = "The policies (JSON) of each scope; none for a scope that changes nothing of what it inherits."
  value       = local.documents

  precondition {
    condition = alltrue([for policy in local.policies : length(policy.document) <= var.quotas.tag_policy_size])
    error_message = join("\n", [
      for number, policy in local.policies :
      join(" ", [
        "scope \"${policy.scope}\": tag policy ${local.policy_name}-${number} has ${length(policy.document)} characters,",
        "quotas.tag_policy_size is ${var.quotas.tag_policy_size};",
        "name fewer resource types in enforced_for and report_required_for, or fewer allowed_values,",
        "of ${join(", ", [for key in keys(jsondecode(policy.document).tags) : "\"${key}\""])}.",
      ])
      if length(policy.document) > var.quotas.tag_policy_size
    ])
  }

  precondition {
    condition = alltrue([for name, documents in local.documents : length(documents) <= module.slots.free[name]])
    error_message = join("\n", [
      for name, documents in local.documents :
      join(" ", [
        "scope \"${name}\": its tags need ${length(documents)} tag policies,",
        "${local.policy_name}-${name}-01 to -${format("%02d", length(documents))}, of ${var.quotas.tag_policy_size} characters,",
        "but ${module.slots.words[name]} Detach or merge some of these, or name fewer types and values;",
        "characters by tag: ${join(", ", [for key, size in local.tag_sizes[name] : "\"${key}\" ${size}"])}.",
      ])
      if length(documents) > module.slots.free[name]
    ])
  }
}

output "policy_ids" {
  description = "Ids of the policies by scope and number, such as `sandbox-01`."
  value       = { for number, policy in aws_organizations_policy.tag : number => policy.id }
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

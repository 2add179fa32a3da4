# What keeps the policies from being made, in words.

locals {
  exemptions_with_both = [
    for name, exemption in var.exemptions : join(" ", [
      "exemptions[\"${name}\"] has accounts and principals, and would spare everyone in these accounts as well;",
      "write the accounts into the ARNs of the principals, or make two exemptions of it.",
    ]) if length(exemption.accounts) > 0 && length(exemption.principals) > 0
  ]

  long_policies = [
    for number, policy in local.policies : join(" ", [
      "scope \"${policy.scope}\": service control policy ${local.policy_name}-${number} has ${length(policy.content)} characters,",
      "quotas.service_control_policy_size is ${var.quotas.service_control_policy_size}; one statement alone does not fit.",
    ]) if length(policy.content) > var.quotas.service_control_policy_size
  ]

  # The characters that each tag takes, and the stack, for whoever has to choose what to drop.
  sizes_by_purpose = {
    for part in local.part_list :
    "${part.scope} ${local.statements[part.statement].purpose}" => {
      scope = part.scope, purpose = local.statements[part.statement].purpose, size = part.size
    }...
  }
  purposes_of_first = { for parts in local.sizes_by_purpose : parts[0].scope => "${parts[0].purpose} ${sum(parts[*].size)}"... }
  too_many_policies = [
    for name, documents in local.policies_of_scope : join(" ", [
      "scope \"${name}\": its denials need ${length(documents)} service control policies,",
      "${local.policy_name}-${name}-01 to -${format("%02d", length(documents))},",
      "of ${var.quotas.service_control_policy_size} characters each, but ${module.slots.words[name]}",
      "Detach or merge some of these, drop types from deny_create_without or protection from tags, or deny them in a scope above;",
      "characters: ${join(", ", local.purposes_of_first[local.first_alike[name]])}.",
    ]) if length(documents) > module.slots.free[name]
  ]
}

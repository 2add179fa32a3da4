# What keeps the policies from being made, in words.

locals {
  long_policies = [
    for number, policy in local.policies : join(" ", [
      "scope \"${policy.scope}\": tag policy ${local.policy_name}-${number} has ${length(policy.document)} characters,",
      "quotas.tag_policy_size is ${var.quotas.tag_policy_size};",
      "name fewer resource types in enforced_for and report_required_for, or fewer allowed_values,",
      "of ${join(", ", formatlist("\"%s\"", keys(jsondecode(policy.document).tags)))}.",
    ]) if length(policy.document) > var.quotas.tag_policy_size
  ]

  sizes_of_scope = { for path, tag in local.changed_tags : tag.scope => "\"${tag.key}\" ${local.tag_sizes[path]}"... }
  too_many_policies = [
    for name, documents in local.documents : join(" ", [
      "scope \"${name}\": its tags need ${length(documents)} tag policies,",
      "${local.policy_name}-${name}-01 to -${format("%02d", length(documents))}, of ${var.quotas.tag_policy_size} characters,",
      "but ${module.slots.words[name]} Detach or merge some of these, or name fewer types and values;",
      "characters by tag: ${join(", ", local.sizes_of_scope[name])}.",
    ]) if length(documents) > module.slots.free[name]
  ]

  problems = concat(local.long_policies, local.too_many_policies)
}

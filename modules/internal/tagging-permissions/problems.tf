locals {
  policies = length(local.parts_of_policy)

  problems = concat(
    [
      for service in var.services_without_tag_keys : join(" ", [
        "services_without_tag_keys: \"${service}\" is left out for nothing: it is no service of the governed resource types",
        "with a tagging action that lists aws:TagKeys. Write its IAM prefix, or remove it.",
      ])
      if !contains(local.limited_services, service)
    ],
    local.policies <= var.policies_per_role ? [] : [join(" ", [
      "The tagging permissions take ${local.policies} IAM policies, and a role has ${var.policies_per_role} at most",
      "(quotas.policies_per_role): ${length(var.tag_keys)} tag keys and aliases stand in each of them.",
      "Name fewer of them, or fewer resource_types.",
    ])],
  )
}

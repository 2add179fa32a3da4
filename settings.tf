# Settings that can have no effect, in words. What the files alone tell is a validation of its variable, and what concerns a
# field of a tag is said by modules/internal/tag-schema.

locals {
  # Why nothing is made of a kind of field; null where something is. Without either kind of policies another configuration
  # makes them from the same schema: the usual case of a function in a tooling account.
  makes_no_policies = try(!var.organization.tag_policies && !var.organization.service_control_policies, false)
  without_effect = {
    tag_policies             = local.makes_no_policies ? null : local.no_policies["tag_policies"]
    service_control_policies = local.makes_no_policies ? null : local.no_policies["service_control_policies"]
    account_tags             = var.organization != null ? null : "organization is null; set it"
  }
  no_policies = {
    for kind in ["tag_policies", "service_control_policies"] : kind => (
      var.organization == null ? "organization is null; set it" :
      !var.organization[kind] ? "organization.${kind} is false; set it to true" :
      length(var.scopes) == 0 ? "scopes is empty, and policies are attached to scopes; name a root, an OU or an account there" : null
    )
  }

  # By the inputs that another resource may have to give first: a problem of these is known at apply only, and must not keep the
  # other kinds from being said at plan. Within one kind it does: a list without what is unknown is unknown as a whole.
  setting_problems = {
    known_at_plan = concat(
      local.targets_elsewhere, local.targets_that_nothing_reaches, local.denials_in_the_management_account,
      local.arns_of_other_partitions.principals, local.exempt_principals_that_nothing_denies, local.protection_without_administrators,
    )
    exempt_arns             = concat(local.arns_of_other_partitions.resources, local.exempt_arns_of_other_services)
    exempt_accounts         = local.exempt_accounts_that_nothing_reaches
    exempt_arns_of_accounts = local.exempt_arns_of_other_accounts
    kms_key                 = local.keys_of_other_regions
    permissions_boundary    = local.boundaries_of_other_accounts
  }

  #
  # Targets
  #

  # An OU carries the id of its root: `ou-ab12-cdefgh34` is below `r-ab12`.
  scope_roots = {
    for name, scope in var.scopes : name => replace(scope.target_id, "/^(?:r|ou)-([0-9a-z]+).*$/", "r-$1")
    if !can(regex("^[0-9]+$", scope.target_id))
  }
  unknown_targets = [
    for name, scope in var.scopes : name
    if contains(keys(local.scope_roots), name)
    ? length(local.organization_roots) > 0 && !contains(local.organization_roots, local.scope_roots[name])
    : length(local.organization_accounts) > 0 && !contains(local.organization_accounts, scope.target_id)
  ]

  targets_elsewhere = [
    for name in local.unknown_targets : join(" ", [
      "scopes[\"${name}\"].target_id is \"${var.scopes[name].target_id}\", which is not in the organization ${local.organization_id};",
      contains(keys(local.scope_roots), name)
      ? "its root is ${join(", ", local.organization_roots)}, with which the ids of its OUs begin (ou-...)."
      : "it is one of the ${length(local.organization_accounts)} accounts that `aws organizations list-accounts` names.",
    ])
  ]

  # Without an organization no other account may send events.
  targets_that_nothing_reaches = var.organization != null || !var.create ? [] : [
    for name, scope in var.scopes : join(" ", [
      "scopes[\"${name}\"].target_id is \"${scope.target_id}\", but organization is null, so that only account",
      "${local.account_id} is governed; set organization, or remove the scope.",
    ]) if scope.target_id != local.account_id
  ]

  denials_in_the_management_account = !local.service_control_policies ? [] : [
    for row in local.denials : join(" ", [
      "${row.path}.${row.field} is ${jsonencode(row.tag[row.field])}, but ${var.scopes[row.scope].target_id} is the",
      "management account, which no service control policy binds; leave ${row.field} out.",
    ]) if var.scopes[row.scope].target_id == local.management_account_id
  ]
  denials = flatten([
    for override in local.overrides : [
      for field in ["deny_create_without", "protected"] : merge(override, { field = field })
      if try(length(override.tag[field]) > 0, override.tag[field] == true, false)
    ]
  ])

  #
  # Who and what is meant
  #

  exempt_arns = flatten([
    for name, exemption in var.exemptions : [
      for arn in exemption.arns : { name = name, field = "exemptions[\"${name}\"].arns", arn = arn }
    ]
  ])
  principal_arns = flatten([
    [
      for name, exemption in var.exemptions : [
        for arn in exemption.principals : { field = "exemptions[\"${name}\"].principals", arn = arn }
      ]
    ],
    [
      for field in local.principal_fields : [
        for arn in try(var.organization[field], []) : { field = "organization.${field}", arn = arn }
      ]
    ],
  ])

  # By what they name: those of resources may be known at apply only.
  arns_of_other_partitions = {
    for kind, rows in { resources = local.exempt_arns, principals = local.principal_arns } : kind => [
      for row in rows :
      "${row.field}: \"${row.arn}\" is of another partition than the stack; write arn:${local.partition}:, or arn:*:."
      if var.create && !strcontains(split(":", row.arn)[1], "*") && split(":", row.arn)[1] != local.partition
    ]
  }

  exempt_arns_of_other_accounts = [
    for row in local.exempt_arns : join(" ", [
      "${row.field}: \"${row.arn}\" is in none of its accounts (${join(", ", var.exemptions[row.name].accounts)}), so it exempts nothing;",
      "correct one of the two.",
    ])
    if length(var.exemptions[row.name].accounts) > 0
    && can(regex("^[0-9]+$", split(":", row.arn)[4])) && !contains(var.exemptions[row.name].accounts, split(":", row.arn)[4])
  ]

  # An ARN names its service.
  services_of_exemption = {
    for name, exemption in var.exemptions : name => distinct([
      for type in coalescelist(module.catalogue.selected_types["exemptions[\"${name}\"].resource_types"], module.catalogue.types) :
      split(":", module.catalogue.entries[type].arn_pattern)[2]
    ]) if length(exemption.arns) > 0
  }
  exempt_arns_of_other_services = [
    for row in local.exempt_arns : join(" ", [
      "${row.field}: \"${row.arn}\" is of no resource type that is meant",
      "(${join(", ", coalescelist(var.exemptions[row.name].resource_types, var.resource_types))}),",
      "so it exempts nothing; correct it, or remove it.",
    ])
    if !strcontains(split(":", row.arn)[2], "*") && !contains(local.services_of_exemption[row.name], split(":", row.arn)[2])
  ]

  # Types whose creation something denies. A list of a thousand types makes `distinct` slow.
  denied_types = keys({
    for type in flatten([
      for path in keys(local.tag_declarations) : try(module.catalogue.selected_types["${path}.deny_create_without"], [])
    ]) : type => true...
  })
  is_anything_protected = anytrue([for tag in values(local.tag_declarations) : coalesce(tag.protected, false)])
  exempt_principals_that_nothing_denies = local.makes_no_policies ? [] : [
    for name, exemption in var.exemptions : join(" ", [
      "exemptions[\"${name}\"].principals is [${join(", ", exemption.principals)}], but no tag denies the creation of",
      length(exemption.resource_types) > 0 ? "${join(", ", exemption.resource_types)}," : "anything (deny_create_without) or is protected,",
      "so it exempts nobody; remove it, or deny the types first.",
    ])
    if length(exemption.principals) > 0 && !(
      length(exemption.resource_types) > 0
      ? length(setintersection(module.catalogue.selected_types["exemptions[\"${name}\"].resource_types"], local.denied_types)) > 0
      : length(local.denied_types) > 0 || local.is_anything_protected
    )
  ]

  # The roles of a stack may change what is protected; without one somebody else has to. How many there are is known at plan,
  # their ARNs need not be.
  is_protected_from_everybody = alltrue([
    local.service_control_policies, local.is_anything_protected,
    length(local.stacks) + length(try(var.organization.administrator_role_arns, [])) == 0,
  ])
  protection_without_administrators = !local.is_protected_from_everybody ? [] : [join(" ", [
    "organization.administrator_role_arns is [], and there is no stack (remediation is false, organization.stacks is {}), so that",
    "no one could change a protected tag any more; name the role that may: arn:${local.partition}:iam::111122223333:role/NAME.",
  ])]

  exempt_accounts_that_nothing_reaches = var.organization != null || !var.create ? [] : flatten([
    for name, exemption in var.exemptions : [
      for account in exemption.accounts : join(" ", [
        "exemptions[\"${name}\"].accounts: \"${account}\" is not governed: organization is null, so that only account",
        "${local.account_id} is; set organization, or remove the account.",
      ]) if account != local.account_id
    ]
  ])

  #
  # Where the stack is
  #

  keys_of_other_regions = !local.remediation || var.kms_key_arn == null ? [] : [
    for region in [split(":", var.kms_key_arn)[3]] : join(" ", [
      "kms_key_arn is \"${var.kms_key_arn}\", a key in ${region}, but the stack is in ${local.region}; AWS encrypts with keys of the",
      "same region only. Take a key of ${local.region}, or its replica there.",
    ]) if region != local.region
  ]

  boundaries_of_other_accounts = !local.remediation || var.permissions_boundary_arn == null ? [] : [
    for account in [split(":", var.permissions_boundary_arn)[4]] : join(" ", [
      "permissions_boundary_arn is \"${var.permissions_boundary_arn}\", a policy of account ${account}, but the roles are made in",
      "${local.account_id}; IAM takes a policy of the same account, or one of AWS.",
    ]) if !contains(["aws", local.account_id], account)
  ]
}

# What has no effect today, and may have one tomorrow: accounts come and go, and detection is switched off for a while.
check "settings" {
  assert {
    condition     = length(local.setting_warnings) == 0
    error_message = join("\n", local.setting_warnings)
  }
}

locals {
  setting_warnings = concat(local.exempt_accounts_elsewhere, local.sources_without_creations, local.prefix_without_creations)

  exempt_accounts_elsewhere = length(local.organization_accounts) == 0 ? [] : flatten([
    for name, exemption in var.exemptions : [
      for account in exemption.accounts : join(" ", [
        "exemptions[\"${name}\"].accounts: \"${account}\" is not in the organization ${local.organization_id}, so it exempts nothing;",
        "correct it, or remove it.",
      ]) if !contains(local.organization_accounts, account)
    ]
  ])

  # Only the event of a creation names who made a resource, when, with which tags and from what.
  sources_without_creations = !local.remediation || var.detection.cloudtrail ? [] : flatten([
    for path, tag in local.tag_declarations : [
      for source in coalesce(tag.derive_from, []) : join(" ", [
        "${path}.derive_from: \"${source}\" gives nothing for new resources, because detection.cloudtrail is false;",
        "set it to true, or remove the source.",
      ]) if contains(["actor", "date", "related_tag", "request_tag"], split(":", source)[0])
    ]
  ])
  prefix_without_creations = var.detection.cloudtrail || var.detection.event_matching != "prefix" ? [] : [
    "detection.event_matching is \"prefix\", but detection.cloudtrail is false, so that no creation is matched; set cloudtrail to true.",
  ]
}

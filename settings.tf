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

  denials_in_the_management_account = !local.service_control_policies ? [] : flatten([
    for name, scope in var.scopes : [
      for key, tag in scope.tags : [
        for field in ["deny_create_without", "protected"] : join(" ", [
          "scopes[\"${name}\"].tags[\"${key}\"].${field} is ${jsonencode(tag[field])}, but ${scope.target_id} is the",
          "management account, which no service control policy binds; leave ${field} out.",
        ]) if try(length(tag[field]) > 0, tag[field] == true, false)
      ]
    ] if scope.target_id == local.management_account_id
  ])

  #
  # Who and what is meant
  #

  # By what they name: those of resources may be known at apply only.
  arns_given = {
    resources = { for name, exemption in var.exemptions : "exemptions[\"${name}\"].arns" => exemption.arns }
    principals = merge(
      { for name, exemption in var.exemptions : "exemptions[\"${name}\"].principals" => exemption.principals },
      {
        for field in ["administrator_role_arns", "deployment_role_arns"] :
        "organization.${field}" => try(var.organization[field], [])
      },
    )
  }
  arns_of_other_partitions = {
    for kind, given in local.arns_given : kind => flatten([
      for field, arns in given : [
        for arn in arns : "${field}: \"${arn}\" is of another partition than the stack; write arn:${local.partition}:, or arn:*:."
        if !strcontains(split(":", arn)[1], "*") && split(":", arn)[1] != local.partition
      ] if var.create
    ])
  }

  exempt_arns_of_other_accounts = flatten([
    for name, exemption in var.exemptions : [
      for arn in exemption.arns : join(" ", [
        "exemptions[\"${name}\"].arns: \"${arn}\" is in none of its accounts (${join(", ", exemption.accounts)}), so it exempts nothing;",
        "correct one of the two.",
      ])
      if length(exemption.accounts) > 0 && can(regex("^[0-9]+$", split(":", arn)[4])) && !contains(exemption.accounts, split(":", arn)[4])
    ]
  ])

  # An ARN names its service.
  services_of_exemption = {
    for name, exemption in var.exemptions : name => distinct([
      for type in coalescelist(module.catalogue.selected_types["exemptions[\"${name}\"].resource_types"], module.catalogue.types) :
      split(":", module.catalogue.entries[type].arn)[2]
    ]) if length(exemption.arns) > 0
  }
  exempt_arns_of_other_services = flatten([
    for name, services in local.services_of_exemption : [
      for arn in var.exemptions[name].arns : join(" ", [
        "exemptions[\"${name}\"].arns: \"${arn}\" is of no resource type that is meant",
        "(${join(", ", coalescelist(var.exemptions[name].resource_types, var.resource_types))}),",
        "so it exempts nothing; correct it, or remove it.",
      ])
      if !strcontains(split(":", arn)[2], "*") && !contains(services, split(":", arn)[2])
    ]
  ])

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
  protection_without_administrators = (
    !local.service_control_policies || !local.is_anything_protected
    || length(local.stacks) + length(try(var.organization.administrator_role_arns, [])) > 0
    ) ? [] : [join(" ", [
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

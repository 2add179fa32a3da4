# Which scope lies in which, and which policies hang on it. Asked of AWS Organizations, and only when there is one. Which account
# belongs to which scope the function finds out while it runs.

data "aws_organizations_organization" "current" {
  count = var.create && var.organization != null ? 1 : 0
}

data "aws_organizations_organizational_unit_descendant_organizational_units" "scope" {
  for_each = local.containers

  parent_id = each.value
}

data "aws_organizations_organizational_unit_descendant_accounts" "scope" {
  for_each = local.containers

  parent_id = each.value
}

# What hangs on the targets already takes the slots that AWS has for policies there. Policies are listed by their ids.
data "aws_organizations_policies_for_target" "attached" {
  for_each = local.policy_places

  target_id = each.value.target_id
  filter    = each.value.type
}

data "aws_organizations_policy" "attached" {
  for_each = toset(flatten([for place in data.aws_organizations_policies_for_target.attached : place.ids]))

  policy_id = each.value
}

locals {
  policy_places = merge([
    for type, is_made in { SERVICE_CONTROL_POLICY = local.service_control_policies, TAG_POLICY = local.tag_policies } : {
      for name, scope in var.scopes : "${type} of ${name}" => { type = type, scope = name, target_id = scope.target_id }
      if is_made && !contains(local.unknown_targets, name)
    }
  ]...)

  # By the same names.
  policies_of_place = {
    for place, listed in data.aws_organizations_policies_for_target.attached : place => [
      for id in listed.ids : {
        name        = data.aws_organizations_policy.attached[id].name
        description = data.aws_organizations_policy.attached[id].description
      }
    ]
  }

  # Policy type -> scope -> policies.
  attached_policies = {
    for type in ["SERVICE_CONTROL_POLICY", "TAG_POLICY"] : type => {
      for name, place in local.policy_places : place.scope => local.policies_of_place[name] if place.type == type
    }
  }
}

locals {
  # As AWS says it: the one that is given may be computed.
  organization_id       = one(data.aws_organizations_organization.current[*].id)
  management_account_id = one(data.aws_organizations_organization.current[*].master_account_id)

  # Empty where this account may not list them: then nobody knows what is missing.
  organization_accounts = flatten([for organization in data.aws_organizations_organization.current : try(organization.accounts[*].id, [])])
  organization_roots    = flatten([for organization in data.aws_organizations_organization.current : try(organization.roots[*].id, [])])

  # The scopes that have something below them: roots and OUs.
  containers = {
    for name, scope in var.scopes : name => scope.target_id
    if var.create && var.organization != null && contains(keys(local.scope_roots), name)
    && !contains(local.unknown_targets, name)
  }

  accounts_below = {
    for name in keys(local.containers) : name => [
      for account in data.aws_organizations_organizational_unit_descendant_accounts.scope[name].accounts : account.id
    ]
  }
  targets_below = {
    for name in keys(local.containers) : name => toset(concat(
      [
        for unit in data.aws_organizations_organizational_unit_descendant_organizational_units.scope[name].children : unit.id
      ],
      local.accounts_below[name],
    ))
  }

  # The scopes above each scope, in any order.
  scopes_above = {
    for name, scope in var.scopes : name => [
      for other, targets in local.targets_below : other if contains(targets, scope.target_id)
    ]
  }
  # Outermost first. They form a chain: the one that has n of them above itself is the n-th.
  ancestors = {
    for name, above in local.scopes_above : name => values({
      for other in above : format("%02d", length(local.scopes_above[other])) => other
    })
  }
}

locals {
  # The addresses of what the policies of renamed scopes are in the state, from the call of this module on.
  moves = flatten([
    for module, moves in {
      tag_policy             = try(module.tag_policy[0].moves, [])
      service_control_policy = try(module.service_control_policy[0].moves, [])
      } : [
      for move in moves : {
        scope = move.scope
        block = join("\n", [
          "moved {",
          "  from = module.tag_governance.module.${module}[0].${move.from}",
          "  to   = module.tag_governance.module.${module}[0].${move.to}",
          "}",
        ])
      }
    ]
  ])
  moved_blocks = {
    for scope, blocks in { for move in local.moves : move.scope => move.block... } : scope => join("\n", blocks)
  }
}

check "renamed_scopes" {
  assert {
    condition = length(local.moved_blocks) == 0
    error_message = join("\n", [
      for scope, blocks in local.moved_blocks : join("\n", [
        "scopes[\"${scope}\"] had another name when it was applied. To keep its policies, add what follows",
        "(if it is there already, this apply renames the policies, and this warning ends):",
        blocks,
      ])
    ])
  }
}

# Which scope lies in which, and which accounts belong to it. Asked of AWS Organizations, and only when there is one.

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

locals {
  management_account_id = one(data.aws_organizations_organization.current[*].master_account_id)

  # The scopes that have something below them: roots and OUs.
  containers = {
    for name, scope in var.scopes : name => scope.target_id
    if var.create && var.organization != null && !can(regex("^[0-9]+$", scope.target_id))
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

  # The scopes above each scope form a chain, and the one that has n of them above itself is the n-th of the chain.
  scopes_above = {
    for name, scope in var.scopes : name => [
      for other, targets in local.targets_below : other if contains(targets, scope.target_id)
    ]
  }
  ancestors = {
    for name, above in local.scopes_above : name => [
      for depth in range(length(above)) : one([for other in above : other if length(local.scopes_above[other]) == depth])
    ]
  }

  # An account belongs to the nearest scope above it: to the one that no other scope with the account lies below.
  scope_accounts = {
    for name, scope in var.scopes : name => contains(keys(local.containers), name) ? sort(setsubtract(
      local.accounts_below[name],
      flatten([
        for other, above in local.scopes_above :
        contains(keys(local.containers), other) ? local.accounts_below[other] : [var.scopes[other].target_id]
        if contains(above, name)
      ]),
    )) : [scope.target_id]
  }
}

# The room that AWS leaves on each root, OU and account for policies of one type, and who holds the other slots. The
# stack's own policies do not count, by their names, so that a second plan finds the same room. No resources.
#
# It also recognizes a scope that was renamed: the policies on its target still carry the former name. Where two policies
# would become one, it says nothing: both are made anew.

locals {
  # The scope for which this module named a policy, and the number of the policy: `tags-tag-sandbox-01`. Both null for the
  # policies of others.
  attached = flatten([
    for scope, policies in var.attached_policies : [
      for policy in policies : {
        scope       = scope
        name        = policy.name
        description = policy.description
        named_for   = try(regex("^${var.name}-([A-Za-z0-9_-]+)-[0-9]{2,}$", policy.name)[0], null)
        number      = try(regex("^${var.name}-[A-Za-z0-9_-]+-([0-9]{2,})$", policy.name)[0], null)
      }
    ]
  ])

  # AWS takes a name once, so a policy that is called like one of a scope is the scope's. After a scope was renamed or
  # removed, the description has to say the same: somebody may have called a policy like this by hand.
  own = [
    for policy in local.attached : policy if policy.named_for == null ? false : (
      contains(keys(var.targets), policy.named_for)
      || policy.description == format(var.description, policy.named_for)
    )
  ]

  moves = [
    for policy in local.own : {
      scope = policy.scope
      from  = "${policy.named_for}-${policy.number}"
      to    = "${policy.scope}-${policy.number}"
    }
    if !contains(keys(var.targets), policy.named_for) && !contains(
      local.own[*].name, "${var.name}-${policy.scope}-${policy.number}",
    )
  ]

  holders = {
    for scope in keys(var.targets) : scope => sort([
      for policy in local.attached : policy.name
      if policy.scope == scope && !contains(local.own[*].name, policy.name)
    ])
  }
}

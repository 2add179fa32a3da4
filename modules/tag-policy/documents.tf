# The pieces of each policy as JSON. Pieces of one list that came into the same policy become one list again, step by step:
#
#   joined_lists  "sandbox-02/Owner/enforced_for/@@append" => pieces
#   joined_fields "sandbox-02/Owner/enforced_for"          => [{ "@@append" = […] }, { "@@remove" = […] }]
#   joined_tags   "sandbox-02/Owner"                       => [{ tag_key = … }, { enforced_for = { … } }]
#   joined        "sandbox-02"                             => [{ Owner = { … } }, { Team = { … } }]

locals {
  placed = flatten([
    for name, pieces in local.pieces : [
      for index, piece in pieces :
      merge(piece, { policy = "${name}-${format("%02d", module.policy_of_piece[name].bins[index] + 1)}" })
    ]
  ])

  joined_lists = {
    for piece in local.placed : "${piece.policy}/${piece.key}/${piece.field}/${piece.operator}" => piece... if can(piece.field)
  }
  joined_fields = {
    for pieces in local.joined_lists : "${pieces[0].policy}/${pieces[0].key}/${pieces[0].field}" => {
      policy    = pieces[0].policy
      key       = pieces[0].key
      field     = pieces[0].field
      operators = { (pieces[0].operator) = flatten(pieces[*].types) }
    }...
  }
  joined_tags = {
    for part in concat(
      [for piece in local.placed : { policy = piece.policy, key = piece.key, content = piece.content } if !can(piece.field)],
      [
        for parts in local.joined_fields : {
          policy  = parts[0].policy
          key     = parts[0].key
          content = { tag_key = { "@@assign" = parts[0].key }, (parts[0].field) = merge(parts[*].operators...) }
        }
      ],
    ) : "${part.policy}/${part.key}" => part...
  }
  joined = { for parts in local.joined_tags : parts[0].policy => { (parts[0].key) = merge(parts[*].content...) }... }

  policies = {
    for policy, pieces in { for piece in local.placed : piece.policy => piece... } : policy => {
      scope    = pieces[0].scope
      document = jsonencode({ tags = merge(local.joined[policy]...) })
    }
  }

  # Numbers of three digits are not in the order of their letters.
  policies_of_scope = { for piece in local.placed : piece.scope => piece.policy... }
  documents = {
    for name in keys(var.scopes) : name => [
      for policy in distinct(try(local.policies_of_scope[name], [])) : local.policies[policy].document
    ]
  }
}

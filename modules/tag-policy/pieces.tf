# What goes into a policy as a whole: a tag. One with long lists of types goes in pieces, which may end up in different policies.
# These are merged by AWS in the order in which they were attached, so a long list is not assigned but changed by what it adds to
# and takes from that of the scopes above: then the order does not count.
#
#   sandbox/Owner is { tag_key = …, tag_value = …, enforced_for = { "@@assign" = [20 of 30 types of above, and 10 others] } }
#   1st piece        { tag_key = …, tag_value = … }
#   2nd piece        { tag_key = …, enforced_for = { "@@append" = [the 10 others] } }
#   3rd piece        { tag_key = …, enforced_for = { "@@remove" = [the 10 of above that are not meant] } }

locals {
  capacity = var.quotas.tag_policy_size - length(jsonencode({ tags = {} }))

  whole_tags = { for path, head in local.heads : path => merge(concat([head], try(local.lists_of_tag[path], []))...) }
  tag_sizes  = { for path, tag in local.changed_tags : path => length(jsonencode({ (tag.key) = local.whole_tags[path] })) }
  is_long    = { for path, size in local.tag_sizes : path => size > local.capacity / 3 }

  # Same change => types to append and to remove, in chunks.
  changes = { for list in local.changed_lists : list.change => list... if local.is_long[list.path] }
  chunks = {
    for change, lists in local.changes : change => concat(
      [
        for types in chunklist(sort(setsubtract(lists[0].own, lists[0].above)), 20) : { operator = "@@append", types = types }
      ],
      [
        for types in chunklist(sort(setsubtract(lists[0].above, lists[0].own)), 20) : { operator = "@@remove", types = types }
      ],
    )
  }

  tag_pieces = [
    for path, tag in local.changed_tags : {
      scope   = tag.scope
      key     = tag.key
      content = merge(concat([local.heads[path]], local.is_long[path] ? [] : try(local.lists_of_tag[path], []))...)
    }
  ]
  list_pieces = flatten([
    for list in local.changed_lists : [
      for chunk in local.chunks[list.change] : {
        scope    = list.scope
        key      = list.key
        field    = list.field
        operator = chunk.operator
        types    = chunk.types
        content  = { tag_key = { "@@assign" = list.key }, (list.field) = { (chunk.operator) = chunk.types } }
      }
    ] if local.is_long[list.path]
  ])
  pieces = { for piece in concat(local.tag_pieces, local.list_pieces) : piece.scope => piece... }
}

module "policy_of_piece" {
  source   = "../internal/packing"
  for_each = local.pieces

  # The braces around each tag make room for the comma after it.
  sizes    = [for piece in each.value : length(jsonencode({ (piece.key) = piece.content }))]
  capacity = local.capacity
}

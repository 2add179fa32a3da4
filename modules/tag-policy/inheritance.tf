# What each scope changes of the scopes above. A tag that is the same there is left out.

locals {
  contents = {
    for path, tag in local.tags : path => jsonencode([tag.allowed_values, [for field, list in tag.lists : local.lists[list]]])
  }
  changed_tags = { for path, tag in local.tags : path => tag if local.contents[path] != try(local.contents[tag.above], "") }

  # Each list of a changed tag beside that of the scope above, and the id that all with the same two have.
  changed_lists = flatten([
    for path, tag in local.changed_tags : [
      for field, list in tag.lists : {
        path   = path
        scope  = tag.scope
        key    = tag.key
        field  = field
        own    = local.lists[list]
        above  = try(local.lists[local.tags[tag.above].lists[field]], [])
        change = "${list} above ${try(local.tags[tag.above].lists[field], "nothing")}"
      }
    ]
  ])

  # An empty list cannot be assigned, so a scope that empties one removes each type by name, and one that empties its values
  # allows every value.
  #
  #   sandbox/Owner = { enforced_for = { "@@assign" = ["sqs:queue"] }, report_required_tag_for = { "@@remove" = ["ec2:volume"] } }
  lists_of_tag = {
    for list in local.changed_lists : list.path => {
      (list.field) = length(list.own) > 0 ? { "@@assign" = list.own } : { "@@remove" = list.above }
    }... if length(list.own) + length(list.above) > 0
  }
  heads = {
    for path, tag in local.changed_tags : path => merge(
      { tag_key = { "@@assign" = tag.key } },
      length(tag.allowed_values) > 0 ? { tag_value = { "@@assign" = tag.allowed_values } } :
      length(try(local.tags[tag.above].allowed_values, [])) > 0 ? { tag_value = { "@@assign" = ["*"] } } : {},
    )
  }
}

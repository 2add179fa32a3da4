# Required tags. Keys in one condition are ANDed, so each missing tag takes a statement of its own. It names the resource on
# which the tags are known: a call is evaluated for every resource that it touches. Types of one request_tag_group can share a
# statement, because no action of one touches a resource of another without the tags of the request; actions that know the tags
# whatever they touch share the one on `*`.

locals {
  # What each scope denies without each tag, beyond what the nearest scope above denies. A scope cannot take that back, so
  # the nearest one says it all. Most tags deny the same types, so each different list is worked out once, and tags name it by
  # its id:
  #
  #   denied_list_of_tag["sandbox/Owner"]       = "5f0c…-97d1…"
  #   parts_of_denied_group["5f0c…-97d1… 0 []"] = [ec2:RunInstances on instances, ec2:RunInstances on volumes]
  #
  # where 0 is the request_tag_group of these types, and [] the exemptions that they have.
  tags = merge([
    for name, scope in var.scopes : {
      for key, tag in scope.tags : "${name}/${key}" => {
        scope     = name
        key       = key
        types     = tag.deny_create_without
        protected = tag.protected
        # The same tag in the nearest scope above.
        above = try(var.scopes[reverse(scope.ancestors)[0]].tags[key], { deny_create_without = [], protected = false })
      }
    }
  ]...)
  denied_list_of_tag = {
    for path, tag in local.tags : path => join("-", [sha1(jsonencode(tag.types)), sha1(jsonencode(tag.above.deny_create_without))])
  }
  tags_of_denied_list = { for path, tag in local.tags : local.denied_list_of_tag[path] => tag... }
  denied_types_of_list = {
    for list, tags in local.tags_of_denied_list : list => setsubtract(tags[0].types, tags[0].above.deny_create_without)
  }
  denied_types = toset(flatten([for types in values(local.denied_types_of_list) : tolist(types)]))

  # A part of a statement for each action that creates the type.
  parts_of_type = {
    for type in local.denied_types : type => [
      for action, resources in var.catalogue_entries[type].request_tag_actions : {
        group      = contains(resources, "*") ? "*" : tostring(var.catalogue_entries[type].request_tag_group)
        exemptions = local.exemptions_of_type[type]
        actions    = [action]
        resources  = resources
      }
    ]
  }
  denied_types_by_list = flatten([
    for list, types in local.denied_types_of_list : [for type in types : { list = list, type = type }]
  ])
  denied_parts = flatten([
    for row in local.denied_types_by_list : [for part in local.parts_of_type[row.type] : merge(part, { list = row.list })]
  ])
  parts_of_denied_group = { for part in local.denied_parts : "${part.list} ${part.group} ${part.exemptions}" => part... }

  # One group with two periods becomes two statements.
  denied_group_periods = flatten([
    for name, parts in local.parts_of_denied_group : [
      for period in try(local.periods_of_set[parts[0].exemptions], []) :
      { list = parts[0].list, parts = name, suffix = "on ${parts[0].group} ${period}" }
    ]
  ])
  statements_of_denied_list = { for row in local.denied_group_periods : row.list => row... }
  required_tag_parts = flatten([
    for path, tag in local.tags : [
      for row in try(local.statements_of_denied_list[local.denied_list_of_tag[path]], []) :
      { scope = tag.scope, statement = "required ${tag.key} ${row.suffix}", parts = row.parts }
    ]
  ])

  tag_keys   = toset([for tag in values(local.tags) : tag.key])
  sid_of_key = { for key in local.tag_keys : key => replace(title(key), "/[^A-Za-z0-9]/", "") }

  required_tag_statements = {
    for names in setproduct(local.tag_keys, distinct(values(local.parts_of_denied_group)[*][0].group), keys(local.periods)) :
    "required ${names[0]} on ${names[1]} ${names[2]}" => {
      sid     = "Require${local.sid_of_key[names[0]]}"
      purpose = "required ${names[0]}"
      conditions = concat(
        [{ test = "Null", variable = "aws:RequestTag/${names[0]}", values = ["true"] }],
        local.periods[names[2]].conditions,
        length(local.periods[names[2]].principals) == 0 ? [] : [
          { test = "ArnNotLike", variable = "aws:PrincipalArn", values = local.periods[names[2]].principals },
        ],
      )
    }
  }
}

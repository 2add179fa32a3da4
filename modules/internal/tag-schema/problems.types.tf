# What is wrong with the resource types of tags, and with what scopes take back of denials that they inherit.

locals {
  # The catalogue refuses patterns that no type matches; here it is about those that a tag can make use of.
  type_lists = [
    for pair in setproduct(values(local.checked)[*].path, ["enforced_for", "report_required_for", "deny_create_without"]) : {
      path  = pair[0]
      field = pair[1]
      given = try(local.fields[local.checked[pair[0]].id][pair[1]], [])
      left  = local.checked[pair[0]][pair[1]]
    }
  ]

  types_out_of_reach = [
    for row in local.type_lists : join(" ", [
      "${row.path}.${row.field}: the tag does not apply to ${join(", ", formatlist("\"%s\"", row.given))};",
      "add it to resource_types of the tag.",
    ])
    if length(row.given) > 0 && length(row.left) == 0 && length(local.checked[row.path].resource_types) > 0
  ]

  denied_but_not_required = [
    for path, tag in local.checked : join(" ", [
      "${path}.deny_create_without denies creation without the tag (${join(", ", tag.deny_create_without)}),",
      "but required is false; require the tag or empty the list.",
    ])
    if length(tag.deny_create_without) > 0 && !tag.required
  ]

  # A statement that denies is inherited: a scope below can add to it, but not take it back. What is above the nearest
  # scope was compared with that one.
  inheritances = [
    for name in local.tag_names : {
      path     = "scopes[\"${name.scope}\"].tags[\"${name.key}\"]"
      ancestor = reverse(var.ancestors[name.scope])[0]
      above    = local.tags["${reverse(var.ancestors[name.scope])[0]}/${name.key}"]
      here     = local.tags[name.id]
    } if try(contains(local.keys_of_scope[reverse(var.ancestors[name.scope])[0]], name.key), false)
  ]

  lost_denials = [
    for row in local.inheritances :
    merge(row, { types = setsubtract(row.above.deny_create_without, row.here.deny_create_without) })
    if row.above.deny_create_without != row.here.deny_create_without
  ]

  relaxed_denials = [
    for row in local.lost_denials : join(" ", [
      "${row.path}.deny_create_without leaves out ${join(", ", row.types)}, which scope \"${row.ancestor}\" above denies;",
      "service control policies are inherited, so move the denial from there to the scopes that want it.",
    ])
    if length(row.types) > 0
  ]

  relaxed_protection = [
    for row in local.inheritances : join(" ", [
      "${row.path}.protected is false, but scope \"${row.ancestor}\" above protects the tag;",
      "service control policies are inherited, so move the protection from there to the scopes that want it.",
    ])
    if row.above.protected && !row.here.protected
  ]
}

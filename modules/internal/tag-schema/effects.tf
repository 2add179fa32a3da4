# What is set and can have no effect, or two meanings. Every list is part of the problems in problems.tf.

locals {
  # The scopes in or below each scope.
  descendants = {
    for scope in keys(local.lineages) : scope => [for name, lineage in local.lineages : name if contains(lineage, scope)]
  }

  levels_between = merge([
    for scope, names in local.descendants : {
      for name in names : "${scope} ${name}" => slice(
        local.lineages[name], index(local.lineages[name], scope) + 1, length(local.lineages[name]),
      )
    }
  ]...)

  # Each field of which it matters who takes it, where it is set: `tags["Owner"]` -> `default` -> its value.
  settings = {
    for path, declaration in local.declarations : path => {
      for field in ["enforced_for", "report_required_for", "deny_create_without", "protected", "default", "derive_from"] :
      field => declaration.written[field]
      if try(length(declaration.fields[field]) > 0, tobool(declaration.fields[field]), false)
    }
  }

  # The scopes that end up with what is declared here: between them and here, no other scope sets the field.
  takers = {
    for path, fields in local.settings : path => {
      for field in keys(fields) : field => [
        for name in local.descendants[local.declarations[path].scope] : name if !anytrue([
          for level in local.levels_between["${local.declarations[path].scope} ${name}"] :
          can(local.declarations["scopes[\"${level}\"].tags[\"${local.declarations[path].key}\"]"].fields[field])
        ])
      ]
    }
  }

  #
  # Policies
  #

  readers = {
    enforced_for        = "tag_policies"
    report_required_for = "tag_policies"
    deny_create_without = "service_control_policies"
    protected           = "service_control_policies"
  }
  policy_fields = flatten([
    for path, fields in local.settings : [
      for field, value in fields : {
        path   = path
        field  = field
        value  = jsonencode(value)
        reason = var.without_effect[local.readers[field]]
        takers = setsubtract(local.takers[path][field], ["default"])
      } if contains(keys(local.readers), field)
    ]
  ])

  fields_that_nothing_reads = [
    for row in local.policy_fields : join(" ", [
      "${row.path}.${row.field} is ${row.value}, which only ${replace(local.readers[row.field], "_", " ")} read,",
      "and ${row.reason}, or leave ${row.field} out.",
    ]) if row.reason != null
  ]

  # Policies are attached to the targets of scopes.
  fields_that_no_scope_takes = [
    for row in local.policy_fields : join(" ", [
      "${row.path}.${row.field} is ${row.value}, but every scope sets its own, and policies are made for scopes alone;",
      "leave ${row.field} out here, or in a scope.",
    ]) if row.reason == null && length(row.takers) == 0 && length(var.scopes) > 0
  ]

  #
  # Values
  #

  sources_that_give_nothing = flatten([
    for path, declaration in local.declarations : [
      for source in try(declaration.fields.derive_from, []) :
      "${path}.derive_from: \"${source}\" gives nothing, because ${var.without_effect.account_tags}, or remove the source."
      if can(regex("^account_tag(?::.+)?$", source))
    ] if var.without_effect.account_tags != null
  ])

  values_of_optional_tags = flatten([
    for path, fields in local.settings : [
      for field, value in fields : join(" ", [
        "${path}.${field} is ${jsonencode(value)}, but required is false, and only a required tag is filled in;",
        "set required = true, or leave ${field} out.",
      ])
      if contains(["default", "derive_from"], field) && !anytrue([
        for name in local.takers[path][field] : local.tags_of_scope[name][local.declarations[path].key].required
      ])
    ]
  ])

  tags_of_no_type = [
    for path, declaration in local.declarations :
    "${path}.resource_types is empty, so that the tag is for nothing; list types, or remove the tag."
    if declaration.scope == "default" && try(length(declaration.written.resource_types) == 0, false) && alltrue([
      for tags in values(local.tags_of_scope) : length(tags[declaration.key].resource_types) == 0
      if contains(keys(tags), declaration.key)
    ])
  ]

  #
  # Spellings
  #

  literals = {
    for path, tag in local.checked : path => [for value in distinct(tag.allowed_values) : value if !strcontains(value, "*")]
  }

  values_but_for_case = flatten([
    for path, literals in local.literals : [
      for values in values({ for value in literals : lower(value) => value... }) : join(" ", [
        "${path}.allowed_values: ${join(" and ", formatlist("\"%s\"", values))} differ by letter case only, so that no other spelling",
        "could be corrected to either; keep one.",
      ]) if length(values) > 1
    ]
  ])

  values_not_matching = flatten([
    for path, literals in local.literals : [
      for value in literals : join(" ", [
        "${path}.allowed_values: \"${value}\" does not match its pattern \"${local.checked[path].pattern}\", and a value has to",
        "satisfy both; correct one of them.",
      ]) if local.checked[path].rules.pattern != null && !can(regex(local.checked[path].rules.pattern, value))
    ]
  ])

  value_aliases_but_for_case = flatten([
    for path, aliases in local.written_value_aliases : [
      for sources in values({ for source in keys(aliases) : lower(trimspace(source)) => source... }) : join(" ", [
        "${path}.value_aliases: ${join(" and ", formatlist("\"%s\"", sources))} differ by letter case only, and stand for",
        "${join(" and ", [for source in sources : "\"${aliases[source]}\""])}; keep one.",
      ]) if length(distinct([for source in sources : aliases[source]])) > 1
    ]
  ])
}

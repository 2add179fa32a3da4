# Fields that are set and can have no effect. Every list is part of the problems in problems.tf.

locals {
  # Fields of which it matters which scopes end up with them.
  effective_fields = ["enforced_for", "report_required_for", "deny_create_without", "protected", "default", "derive_from"]

  # Who sets a field of a tag of a scope, the most specific first:
  # { scope = "production", key = "Owner", field = "default", levels = ["workloads", "default"] }
  origins = [
    for pair in setproduct(local.tag_names, local.effective_fields) : {
      scope = pair[0].scope
      key   = pair[0].key
      field = pair[1]
      levels = [
        for level in reverse(local.lineages[pair[0].scope]) : level if can(local.fields["${level}/${pair[0].key}"][pair[1]])
      ]
    }
  ]

  # The scopes that end up with what is declared: `workloads/Owner.default` -> ["workloads", "production"].
  takers = {
    for origin in local.origins : "${origin.levels[0]}/${origin.key}.${origin.field}" => origin.scope... if length(origin.levels) > 0
  }

  # The declared fields that say something.
  settings = [
    for pair in setproduct(keys(var.declarations), local.effective_fields) : {
      key    = var.declarations[pair[0]].key
      path   = "${var.declarations[pair[0]].path}.${pair[1]}"
      field  = pair[1]
      value  = jsonencode(var.declarations[pair[0]].tag[pair[1]])
      takers = local.takers["${pair[0]}.${pair[1]}"]
    }
    if try(length(local.fields[pair[0]][pair[1]]) > 0, tobool(local.fields[pair[0]][pair[1]]), false)
  ]

  #
  # Policies
  #

  readers = {
    enforced_for        = "tag_policies"
    report_required_for = "tag_policies"
    deny_create_without = "service_control_policies"
    protected           = "service_control_policies"
  }
  policy_settings = [
    for setting in local.settings : merge(setting, {
      reader = replace(local.readers[setting.field], "_", " ")
      reason = var.without_effect[local.readers[setting.field]]
    }) if contains(keys(local.readers), setting.field)
  ]

  fields_that_nothing_reads = [
    for setting in local.policy_settings : join(" ", [
      "${setting.path} is ${setting.value}, which only ${setting.reader} read, and ${setting.reason},",
      "or leave ${setting.field} out.",
    ]) if setting.reason != null
  ]

  # Policies are attached to the targets of scopes.
  fields_that_no_scope_takes = [
    for setting in local.policy_settings : join(" ", [
      "${setting.path} is ${setting.value}, but every scope sets its own, and policies are made for scopes alone;",
      "leave ${setting.field} out here, or in a scope.",
    ]) if setting.reason == null && length(setsubtract(setting.takers, ["default"])) == 0 && length(var.scopes) > 0
  ]

  #
  # Values
  #

  sources_that_give_nothing = var.without_effect.account_tags == null ? [] : [
    for row in local.texts : "${row.name} gives nothing, because ${var.without_effect.account_tags}, or remove the source."
    if row.field == "derive_from" && can(regex("^(?:account_tag|ou_tag)(?::.+)?$", row.text))
  ]

  values_of_optional_tags = [
    for setting in local.settings : join(" ", [
      "${setting.path} is ${setting.value}, but required is false, and only a required tag is filled in;",
      "set required = true, or leave ${setting.field} out.",
    ])
    if contains(["default", "derive_from"], setting.field) && !anytrue([
      for scope in setting.takers : local.tags["${scope}/${setting.key}"].required
    ])
  ]

  # Their numbers in the scopes that have the key.
  type_counts = { for name in local.tag_names : name.key => length(local.tags[name.id].resource_types)... }
  tags_of_no_type = [
    for declaration in values(var.declarations) :
    "${declaration.path}.resource_types is empty, so that the tag is for nothing; list types, or remove the tag."
    if declaration.scope == "default" && try(length(declaration.tag.resource_types) == 0, false)
    && sum(local.type_counts[declaration.key]) == 0
  ]
}

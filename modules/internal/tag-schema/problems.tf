# What is wrong with the schema, in words: one line per rule that is broken, all of them in one plan. A scope is judged
# by what it ends up with, and only for the keys that it declares: the rest was judged where it was written.

locals {
  problems = concat(
    # problems.tf
    local.empty_schema, local.too_many_keys, local.empty_overrides,
    local.wrong_lengths, local.wrong_characters, local.reserved_keys, local.repeated_texts,
    local.keys_but_for_case, local.aliases_that_are_keys, local.shared_aliases,
    # problems.values.tf
    local.value_wildcards, local.values_but_for_case, local.values_not_matching,
    local.patterns_that_do_not_compile, local.patterns_that_python_reads_otherwise,
    local.blank_defaults, local.defaults_not_allowed, local.defaults_not_matching, local.unknown_sources,
    local.value_aliases_without_a_rule, local.value_alias_targets, local.value_alias_sources, local.value_aliases_but_for_case,
    # problems.types.tf
    local.types_out_of_reach, local.denied_but_not_required, local.relaxed_denials, local.relaxed_protection,
    # effects.tf
    local.fields_that_nothing_reads, local.fields_that_no_scope_takes, local.sources_that_give_nothing,
    local.values_of_optional_tags, local.tags_of_no_type,
  )

  # The tags to judge, by the name under which they were written.
  checked = {
    for id, declaration in var.declarations : declaration.path => merge(local.tags[id], {
      id    = id
      scope = declaration.scope
      key   = declaration.key
      path  = declaration.path
      rules = local.value_rules[id]
    })
  }

  #
  # The schema as a whole
  #

  empty_schema = contains(values(var.declarations)[*].scope, "default") ? [] : [
    "tags is empty; describe at least one tag key, or set create = false to govern nothing.",
  ]

  # https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html
  too_many_keys = [
    for name, keys in local.keys_of_scope :
    "${name == "default" ? "tags" : "scopes[\"${name}\"].tags"}: ${length(keys)} tag keys, but AWS allows 50 tags on a resource."
    if length(keys) > 50
  ]

  empty_overrides = [
    for id, declaration in var.declarations :
    "${declaration.path} sets no field and its key is in neither tags nor a scope above; set at least required, or correct the key."
    if length(local.fields[id]) == 0 && !anytrue([
      for level in local.lineages[declaration.scope] :
      can(var.declarations["${level}/${declaration.key}"]) if level != declaration.scope
    ])
  ]

  #
  # Texts: keys, values, and other spellings of both
  #

  # Every text that a tag is made of, with the field that it stands in. Aliases of values are those that are written there: those
  # from above that do not fit are left out of the schema of a scope.
  text_list = flatten([
    for tag in values(local.checked) : concat(
      [{ path = tag.path, field = "key", text = tag.key }],
      [for alias in tag.key_aliases : { path = tag.path, field = "key_aliases", text = alias }],
      [for value in tag.allowed_values : { path = tag.path, field = "allowed_values", text = value }],
      [for value in tag.default[*] : { path = tag.path, field = "default", text = value }],
      [for source in keys(local.written_value_aliases[tag.path]) : { path = tag.path, field = "value_aliases", text = source }],
      [for source in tag.derive_from : { path = tag.path, field = "derive_from", text = source }],
    )
  ])
  # { name = "tags[\"Owner\"].key_aliases: \"team\"", ... }
  texts = [
    for row in local.text_list : merge(row, {
      name = join("", [
        row.path, row.field == "key" ? ": the key" : ".${row.field}:",
        " \"${length(row.text) <= 128 ? row.text : "${substr(row.text, 0, 40)}..."}\"",
      ])
    })
  ]

  # What AWS takes in tag keys and in tag values, in the words of a message.
  key_limits   = { shortest = 1, longest = 128, also = " only", reserved = true }
  value_limits = { shortest = 0, longest = 256, also = " only", reserved = false }
  limits = {
    key            = local.key_limits
    key_aliases    = local.key_limits
    default        = local.value_limits
    allowed_values = merge(local.value_limits, { also = ", and * for any text" })
    value_aliases  = merge(local.value_limits, { also = " only; no resource can carry it" })
  }
  limited_texts = [for row in local.texts : merge(row, local.limits[row.field]) if contains(keys(local.limits), row.field)]

  # Letters, digits and blanks of any script, and a few signs: what every AWS service takes in tag keys and values.
  characters       = "^[\\p{L}\\p{Z}\\p{N}_.:/=+@-]*$"
  characters_words = "letters, digits, spaces and _ . : / = + - @"

  wrong_lengths = [
    for row in local.limited_texts :
    "${row.name} has ${length(row.text)} characters, AWS allows ${row.shortest} to ${row.longest}."
    if length(row.text) < row.shortest || length(row.text) > row.longest
  ]

  wrong_characters = [
    for row in local.limited_texts : "${row.name} may hold ${local.characters_words}${row.also}."
    if !can(regex(local.characters, row.field == "allowed_values" ? replace(row.text, "*", "") : row.text))
  ]

  reserved_keys = [
    for row in local.limited_texts : "${row.name} begins with \"aws:\", which AWS keeps for itself."
    if row.reserved && startswith(lower(row.text), "aws:")
  ]

  repeated_texts = [
    for rows in values({ for row in local.texts : "${row.path}.${row.field} ${row.text}" => row... }) :
    "${rows[0].path}.${rows[0].field} lists \"${rows[0].text}\" more than once."
    if length(rows) > 1 && contains(["allowed_values", "derive_from"], rows[0].field)
  ]

  #
  # Keys and their aliases, of which letter case makes no difference
  #

  keys_but_for_case = flatten([
    for path, tag in local.checked : [
      for other in local.keys_of_scope[tag.scope] :
      "${path}: the key \"${tag.key}\" differs from \"${other}\" only by letter case; keep one of them."
      if other != tag.key && lower(other) == lower(tag.key)
    ]
  ])

  key_alias_rows = [for row in local.texts : merge(row, local.checked[row.path]) if row.field == "key_aliases"]

  aliases_that_are_keys = flatten([
    for row in local.key_alias_rows : [
      for other in local.keys_of_scope[row.scope] :
      "${row.name} is itself a key of the schema (\"${other}\"); an alias is a spelling that is not wanted."
      if lower(other) == lower(row.text)
    ]
  ])

  # `production/team` -> ["Owner", "Group"]
  alias_list = flatten([
    for name in local.tag_names : [
      for alias in local.tags[name.id].key_aliases : { id = "${name.scope}/${lower(alias)}", key = name.key }
    ]
  ])
  keys_of_alias = { for row in local.alias_list : row.id => row.key... }
  shared_aliases = flatten([
    for row in local.key_alias_rows : [
      for other in distinct(local.keys_of_alias["${row.scope}/${lower(row.text)}"]) :
      "${row.name} is an alias of \"${other}\" too; a spelling can stand for one key only." if other != row.key
    ]
  ])
}

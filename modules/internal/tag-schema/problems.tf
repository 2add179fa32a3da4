# What is wrong with the schema, in words: one line per rule that is broken, all of them in one plan. A scope is judged
# by what it ends up with, and only for the keys that it declares: the rest was judged where it was written.

locals {
  checked = {
    for path, declaration in local.declarations : path => merge(
      local.tags_of_scope[declaration.scope][declaration.key],
      { scope = declaration.scope, key = declaration.key, rules = local.value_rules[declaration.scope][declaration.key] },
    )
  }

  problems = concat(
    local.empty_schema, local.too_many_keys, local.empty_overrides,
    local.long_keys, local.key_characters, local.reserved_keys, local.same_but_for_case,
    local.long_aliases, local.alias_characters, local.reserved_aliases, local.alias_is_a_key, local.shared_aliases,
    local.long_values, local.value_characters, local.value_wildcards, local.repeated_values,
    local.values_but_for_case, local.values_not_matching,
    local.long_defaults, local.default_characters, local.blank_defaults, local.default_not_allowed, local.default_not_matching,
    local.patterns_that_do_not_compile, local.patterns_that_python_reads_otherwise,
    local.value_aliases_without_a_rule, local.value_alias_targets, local.value_alias_sources, local.value_aliases_but_for_case,
    local.long_value_aliases, local.value_alias_characters,
    local.unknown_sources, local.repeated_sources,
    local.types_out_of_reach, local.denied_but_not_required,
    local.relaxed_denials, local.relaxed_protection,
    local.fields_that_nothing_reads, local.fields_that_no_scope_takes, local.sources_that_give_nothing,
    local.values_of_optional_tags, local.tags_of_no_type,
  )

  #
  # The schema as a whole
  #

  empty_schema = length(var.tags) > 0 ? [] : [
    "tags is empty; describe at least one tag key, or set create = false to govern nothing.",
  ]

  # https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html
  too_many_keys = [
    for name, tags in local.tags_of_scope :
    "${name == "default" ? "tags" : "scopes[\"${name}\"].tags"}: ${length(tags)} tag keys, but AWS allows 50 tags on a resource."
    if length(tags) > 50
  ]

  empty_overrides = [
    for path, declaration in local.declarations :
    "${path} sets no field and its key is in neither tags nor a scope above; set at least required, or correct the key."
    if length(declaration.fields) == 0 && length([
      for other in values(local.declarations) : other
      if other.key == declaration.key && other.scope != declaration.scope && contains(local.lineages[declaration.scope], other.scope)
    ]) == 0
  ]

  #
  # Keys
  #

  # Letters, digits and blanks of any script, and a few signs: what every AWS service takes in tag keys and values.
  characters       = "^[\\p{L}\\p{Z}\\p{N}_.:/=+@-]*$"
  characters_words = "letters, digits, spaces and _ . : / = + - @"

  long_keys = [
    for path, tag in local.checked : "${path}: the key has ${length(tag.key)} characters, AWS allows 1 to 128."
    if length(tag.key) < 1 || length(tag.key) > 128
  ]

  key_characters = [
    for path, tag in local.checked : "${path}: the key \"${tag.key}\" may hold ${local.characters_words} only."
    if !can(regex(local.characters, tag.key))
  ]

  reserved_keys = [
    for path, tag in local.checked : "${path}: the key \"${tag.key}\" begins with \"aws:\", which AWS keeps for itself."
    if startswith(lower(tag.key), "aws:")
  ]

  same_but_for_case = flatten([
    for path, tag in local.checked : [
      for other in keys(local.tags_of_scope[tag.scope]) :
      "${path}: the key \"${tag.key}\" differs from \"${other}\" only by letter case; keep one of them."
      if other != tag.key && lower(other) == lower(tag.key)
    ]
  ])

  #
  # Key aliases
  #

  key_alias_rows = flatten([
    for path, tag in local.checked : [
      for alias in tag.key_aliases : { path = "${path}.key_aliases", scope = tag.scope, key = tag.key, alias = alias }
    ]
  ])

  long_aliases = [
    for row in local.key_alias_rows :
    "${row.path}: \"${row.alias}\" has ${length(row.alias)} characters, AWS allows 1 to 128."
    if length(row.alias) < 1 || length(row.alias) > 128
  ]

  alias_characters = [
    for row in local.key_alias_rows : "${row.path}: \"${row.alias}\" may hold ${local.characters_words} only."
    if !can(regex(local.characters, row.alias))
  ]

  reserved_aliases = [
    for row in local.key_alias_rows : "${row.path}: \"${row.alias}\" begins with \"aws:\", which AWS keeps for itself."
    if startswith(lower(row.alias), "aws:")
  ]

  alias_is_a_key = flatten([
    for row in local.key_alias_rows : [
      for other in keys(local.tags_of_scope[row.scope]) :
      "${row.path}: \"${row.alias}\" is itself a key of the schema (\"${other}\"); an alias is a spelling that is not wanted."
      if lower(other) == lower(row.alias)
    ]
  ])

  shared_aliases = flatten([
    for row in local.key_alias_rows : [
      for other_key, other in local.tags_of_scope[row.scope] :
      "${row.path}: \"${row.alias}\" is an alias of \"${other_key}\" too; a spelling can stand for one key only."
      if other_key != row.key && contains([for other_alias in other.key_aliases : lower(other_alias)], lower(row.alias))
    ]
  ])

  #
  # Allowed values
  #

  long_values = flatten([
    for path, tag in local.checked : [
      for value in tag.allowed_values :
      "${path}.allowed_values: \"${substr(value, 0, 40)}...\" has ${length(value)} characters, AWS allows 256."
      if length(value) > 256
    ]
  ])

  value_characters = flatten([
    for path, tag in local.checked : [
      for value in tag.allowed_values :
      "${path}.allowed_values: \"${value}\" may hold ${local.characters_words}, and * for any text."
      if !can(regex(local.characters, replace(value, "*", "")))
    ]
  ])

  # https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_example-tag-policies.html
  value_wildcards = flatten([
    for path, tag in local.checked : [
      for value in tag.allowed_values : "${path}.allowed_values: \"${value}\" has more than one *; tag policies allow one in a value."
      if length(regexall("\\*", value)) > 1
    ]
  ])

  repeated_values = flatten([
    for path, tag in local.checked : [
      for value in distinct(tag.allowed_values) : "${path}.allowed_values lists \"${value}\" more than once."
      if length([for other in tag.allowed_values : other if other == value]) > 1
    ]
  ])

  allowed_words = { for path, tag in local.checked : path => join(", ", formatlist("\"%s\"", tag.allowed_values)) }

  #
  # Pattern
  #

  # What Python and PCRE have and RE2 has not. Source: https://github.com/google/re2/wiki/Syntax
  unknown_to_re2 = {
    "atomic group"            = "\\(\\?>"
    "backreference"           = "\\\\[1-9]|\\(\\?P="
    "lookahead (?= or (?!"    = "\\(\\?[=!]"
    "lookbehind (?<= or (?<!" = "\\(\\?<[=!]"
    "possessive quantifier"   = "[*+?}]\\+"
  }

  patterns_that_do_not_compile = [
    for path, tag in local.checked : join("", [
      "${path}.pattern: \"${tag.pattern}\" is not a regular expression of the RE2 syntax",
      join("", [
        for name, syntax in local.unknown_to_re2 : ", which has no ${name}; say what may stand there, or list allowed_values"
        if length(regexall(syntax, replace(tag.pattern, "\\\\", ""))) > 0
      ]),
      ".",
    ])
    if tag.pattern != null && !can(regexall(tag.pattern, ""))
  ]

  # The plan judges with RE2 and the function with Python's `re`. These mean something else in Python, or nothing:
  # \p{..} \z \C \Q..\E \x{..} [[:alpha:]] (?<name>..) {,n}, the flag U, and flags that are not at the very start.
  foreign_syntax = join("|", [
    "\\\\[pPzCQE]", "\\\\x\\{", "\\[:\\^?[a-z]+:\\]", "\\(\\?<[A-Za-z]", "\\{,",
    "\\(\\?[a-zA-Z-]*U", "\\(\\?-[a-z]*\\)", ".\\(\\?[a-zA-Z-]+\\)",
  ])
  patterns_that_python_reads_otherwise = flatten([
    for path, tag in local.checked : [
      for part in regexall(local.foreign_syntax, replace(coalesce(tag.pattern, " "), "\\\\", "")) : join(" ", [
        "${path}.pattern: \"${part}\" in \"${tag.pattern}\" is not understood by Python's re, which the function uses;",
        "write it in the syntax that RE2 and re share.",
      ])
    ] if tag.pattern != null
  ])

  #
  # Default
  #

  defaults_by_path = { for path, tag in local.checked : path => tag.default if tag.default != null }

  long_defaults = [
    for path, value in local.defaults_by_path : "${path}.default has ${length(value)} characters, AWS allows 256."
    if length(value) > 256
  ]

  default_characters = [
    for path, value in local.defaults_by_path : "${path}.default: \"${value}\" may hold ${local.characters_words} only."
    if !can(regex(local.characters, value))
  ]

  blank_defaults = [
    for path, value in local.defaults_by_path :
    "${path}.default: \"${value}\" is blank, but the tag is required; a blank says nothing."
    if trimspace(value) == "" && local.checked[path].required && !contains(local.checked[path].allowed_values, value)
  ]

  default_not_allowed = [
    for path, value in local.defaults_by_path :
    "${path}.default: \"${value}\" is not among its allowed_values (${local.allowed_words[path]})."
    if local.checked[path].rules.allowed_values != null && !can(regex(local.checked[path].rules.allowed_values, value))
  ]

  default_not_matching = [
    for path, value in local.defaults_by_path :
    "${path}.default: \"${value}\" does not match its pattern \"${local.checked[path].pattern}\"."
    if local.checked[path].rules.pattern != null && !can(regex(local.checked[path].rules.pattern, value))
  ]

  #
  # Value aliases
  #

  # Only what is written there: aliases from above that do not fit are left out of the schema of a scope.
  written_value_aliases = {
    for path, declaration in local.declarations : path => try(declaration.fields.value_aliases, tomap({}))
  }

  value_alias_rows = flatten([
    for path, tag in local.checked : [
      for source, target in local.written_value_aliases[path] : {
        path           = path
        source         = source
        target         = target
        target_allowed = alltrue([for rule in local.set_value_rules[tag.scope][tag.key] : can(regex(rule, target))])
        source_allowed = alltrue([for rule in local.set_value_rules[tag.scope][tag.key] : can(regex(rule, source))])
      } if length(tag.allowed_values) > 0 || tag.pattern != null
    ]
  ])

  value_aliases_without_a_rule = [
    for path, tag in local.checked : "${path}.value_aliases needs allowed_values or pattern: without them every value is right as it is."
    if length(local.written_value_aliases[path]) > 0 && length(tag.allowed_values) == 0 && tag.pattern == null
  ]

  value_alias_targets = [
    for row in local.value_alias_rows : join("", [
      "${row.path}.value_aliases: \"${row.source}\" stands for \"${row.target}\", which allowed_values and pattern refuse",
      local.checked[row.path].pattern == null ? " (allowed: ${local.allowed_words[row.path]})" : "",
      ".",
    ])
    if !row.target_allowed
  ]

  value_alias_sources = [
    for row in local.value_alias_rows :
    "${row.path}.value_aliases: \"${row.source}\" is allowed as it is; a value that the schema allows is never replaced."
    if row.source_allowed
  ]

  long_value_aliases = flatten([
    for path, aliases in local.written_value_aliases : [
      for source in keys(aliases) :
      "${path}.value_aliases: \"${substr(source, 0, 40)}...\" has ${length(source)} characters, AWS allows 256."
      if length(source) > 256
    ]
  ])

  value_alias_characters = flatten([
    for path, aliases in local.written_value_aliases : [
      for source in keys(aliases) :
      "${path}.value_aliases: \"${source}\" may hold ${local.characters_words} only; no resource can carry it."
      if !can(regex(local.characters, source))
    ]
  ])

  #
  # Derivation
  #

  unknown_sources = flatten([
    for path, tag in local.checked : [
      for source in tag.derive_from : join(" ", [
        "${path}.derive_from: \"${source}\" is no source;",
        "there are actor, request_tag[:KEY], related_tag[:KEY], account_tag[:KEY], account_id, region and date.",
      ])
      if !can(regex("^(?:actor|account_id|region|date|(?:request_tag|related_tag|account_tag)(?::.{1,128})?)$", source))
    ]
  ])

  repeated_sources = flatten([
    for path, tag in local.checked : [
      for source in distinct(tag.derive_from) : "${path}.derive_from lists \"${source}\" more than once."
      if length([for other in tag.derive_from : other if other == source]) > 1
    ]
  ])

  #
  # Resource types
  #

  # The catalogue refuses patterns that no type matches; here it is about those that a tag can make use of.
  type_lists = flatten([
    for path, declaration in local.declarations : [
      for field in ["enforced_for", "report_required_for", "deny_create_without"] : {
        path  = path
        field = field
        given = declaration.fields[field]
        left  = local.checked[path][field]
      } if try(length(declaration.fields[field]), 0) > 0
    ]
  ])

  types_out_of_reach = [
    for row in local.type_lists : join(" ", [
      "${row.path}.${row.field}: the tag does not apply to ${join(", ", formatlist("\"%s\"", row.given))};",
      "add it to resource_types of the tag.",
    ])
    if length(row.left) == 0 && length(local.checked[row.path].resource_types) > 0
  ]

  denied_but_not_required = [
    for path, tag in local.checked : join(" ", [
      "${path}.deny_create_without denies creation without the tag (${join(", ", tag.deny_create_without)}),",
      "but required is false; require the tag or empty the list.",
    ])
    if length(tag.deny_create_without) > 0 && !tag.required
  ]

  #
  # Inheritance of service control policies
  #

  # A statement that denies is inherited: a scope below can add to it, but not take it back. What is above the nearest
  # scope was compared with that one.
  inheritances = flatten([
    for name, ancestors in var.ancestors : [
      for key, tag in local.tags_of_scope[reverse(ancestors)[0]] : {
        path     = "scopes[\"${name}\"].tags[\"${key}\"]"
        ancestor = reverse(ancestors)[0]
        above    = tag
        here     = local.tags_of_scope[name][key]
      }
    ] if length(ancestors) > 0
  ])

  lost_denials = {
    for row in local.inheritances : row.path => merge(row, {
      types = setsubtract(row.above.deny_create_without, row.here.deny_create_without)
    }) if row.above.deny_create_without != row.here.deny_create_without
  }

  relaxed_denials = [
    for path, row in local.lost_denials : join(" ", [
      "${path}.deny_create_without leaves out ${join(", ", row.types)}, which scope \"${row.ancestor}\" above denies;",
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

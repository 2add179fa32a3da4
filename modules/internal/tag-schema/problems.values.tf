# What is wrong with the values of tags: allowed values, patterns, defaults, sources, and other spellings of values.

locals {
  #
  # Allowed values
  #

  value_rows = [for row in local.texts : row if row.field == "allowed_values"]

  # https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_example-tag-policies.html
  value_wildcards = [
    for row in local.value_rows : "${row.name} has more than one *; tag policies allow one in a value."
    if length(regexall("\\*", row.text)) > 1
  ]

  # `tags["Environment"]/prod` -> ["prod", "Prod"]
  literals = distinct([for row in local.value_rows : { path = row.path, text = row.text } if !strcontains(row.text, "*")])
  values_but_for_case = [
    for rows in values({ for row in local.literals : "${row.path}/${lower(row.text)}" => row... }) : join(" ", [
      "${rows[0].path}.allowed_values: ${join(" and ", formatlist("\"%s\"", rows[*].text))} differ by letter case only, so that no other",
      "spelling could be corrected to either; keep one.",
    ]) if length(rows) > 1
  ]

  values_not_matching = [
    for row in local.literals : join(" ", [
      "${row.path}.allowed_values: \"${row.text}\" does not match its pattern \"${local.checked[row.path].pattern}\", and a value has to",
      "satisfy both; correct one of them.",
    ]) if !can(regex(local.checked[row.path].rules.pattern, row.text))
  ]

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
      for part in regexall(local.foreign_syntax, replace(tag.pattern, "\\\\", "")) : join(" ", [
        "${path}.pattern: \"${part}\" in \"${tag.pattern}\" is not understood by Python's re, which the function uses;",
        "write it in the syntax that RE2 and re share.",
      ])
    ] if tag.pattern != null
  ])

  #
  # Default
  #

  default_rows = [for row in local.texts : merge(row, local.checked[row.path]) if row.field == "default"]

  blank_defaults = [
    for row in local.default_rows : "${row.name} is blank, but the tag is required; a blank says nothing."
    if trimspace(row.text) == "" && row.required && !contains(row.allowed_values, row.text)
  ]

  defaults_not_allowed = [
    for row in local.default_rows : "${row.name} is not among its allowed_values (${local.allowed_words[row.path]})."
    if !can(regex(row.rules.allowed_values, row.text))
  ]

  defaults_not_matching = [
    for row in local.default_rows : "${row.name} does not match its pattern \"${row.pattern}\"."
    if !can(regex(row.rules.pattern, row.text))
  ]

  #
  # Derivation
  #

  unknown_sources = [
    for row in local.texts : join(" ", [
      "${row.name} is no source;",
      "there are actor, request_tag[:KEY], related_tag[:KEY], stack_tag[:KEY], account_tag[:KEY], ou_tag[:KEY], account_id,",
      "region and date.",
    ])
    if row.field == "derive_from"
    && !can(regex("^(?:actor|account_id|region|date|(?:request_tag|related_tag|stack_tag|account_tag|ou_tag)(?::.{1,128})?)$", row.text))
  ]

  #
  # Value aliases
  #

  written_value_aliases = {
    for id, declaration in var.declarations : declaration.path => try(local.fields[id].value_aliases, {})
  }

  value_alias_rows = [
    for row in local.texts : merge(row, {
      target   = local.written_value_aliases[row.path][row.text]
      rules    = local.checked[row.path].rules
      has_rule = length(local.checked[row.path].allowed_values) > 0 || local.checked[row.path].pattern != null
    }) if row.field == "value_aliases"
  ]

  value_aliases_without_a_rule = distinct([
    for row in local.value_alias_rows :
    "${row.path}.value_aliases needs allowed_values or pattern: without them every value is right as it is." if !row.has_rule
  ])

  value_alias_targets = [
    for row in local.value_alias_rows : join("", [
      "${row.name} stands for \"${row.target}\", which allowed_values and pattern refuse",
      local.checked[row.path].pattern == null ? " (allowed: ${local.allowed_words[row.path]})" : "",
      ".",
    ])
    if !(can(regex(row.rules.allowed_values, row.target)) && can(regex(row.rules.pattern, row.target)))
  ]

  value_alias_sources = [
    for row in local.value_alias_rows : "${row.name} is allowed as it is; a value that the schema allows is never replaced."
    if row.has_rule && can(regex(row.rules.allowed_values, row.text)) && can(regex(row.rules.pattern, row.text))
  ]

  # Blanks around a value and letter case make no difference.
  value_aliases_but_for_case = [
    for rows in values({ for row in local.value_alias_rows : "${row.path}/${lower(trimspace(row.text))}" => row... }) : join(" ", [
      "${rows[0].path}.value_aliases: ${join(" and ", formatlist("\"%s\"", rows[*].text))} differ by letter case only, and stand for",
      "${join(" and ", formatlist("\"%s\"", rows[*].target))}; keep one.",
    ]) if length(distinct(rows[*].target)) > 1
  ]
}

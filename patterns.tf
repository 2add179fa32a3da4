# Warns of regular expressions that take Python very long. Terraform checks patterns with RE2, which never does. It is a
# warning and no error, because only the outline of a pattern is looked at.

locals {
  tag_patterns = { for path, tag in local.tag_declarations : path => tag.pattern if tag.pattern != null }

  # `([a-z]{2,}[0-9]{1,3})+` becomes `([az]+[09]~)+`: `+` for a repetition without end, `~` for one with an end,
  # and no hyphen that means a range.
  plain_patterns = {
    for path, pattern in local.tag_patterns : path => replace(
      replace(replace(pattern, "/\\{[0-9]+,\\}/", "+"), "/\\{[0-9]+,[0-9]+\\}/", "~"),
      "/([A-Za-z0-9])-([A-Za-z0-9])/", "$1$2",
    )
  }

  # `[az]+(-[az]+)*` becomes `[az]+.`: a group that begins or ends with a separator, and has it nowhere else, can be
  # matched in one way only, so that its repetition is harmless.
  separator = "(?:[-_:/=@ ]|\\\\[.-])"
  separated_patterns = {
    for path, pattern in local.plain_patterns : path => replace(
      replace(pattern, "/\\((?:\\?:)?${local.separator}(?:[A-Za-z0-9[]|\\\\d)(?:[A-Za-z0-9+*~?{}[\\]]|\\\\d)*\\)[+*]/", "."),
      "/\\((?:\\?:)?(?:[A-Za-z0-9+*~?{}[\\]]|\\\\d)+${local.separator}\\)[+*]/", ".",
    )
  }

  # `([az]+\.?)+x` becomes `(.+..].`: escapes, character classes and single characters are dots, and the end of a group that
  # repeats is `]`.
  pattern_outlines = {
    for path, pattern in local.separated_patterns : path => replace(
      replace(replace(replace(pattern, "/\\\\./", "."), "/\\[\\^?\\]?[^\\]]*\\]/", "."), "/[^()+*~]/", "."),
      "/\\)[+*]/", "]",
    )
  }

  # `((.+).]` becomes `(.+.]`, and `(..]` becomes `.+`: groups that do not repeat, and groups that repeat nothing which
  # repeats, go from the inside out. Three times is deeper than patterns of tag values are nested.
  single_group   = "/\\(([^()\\]]*)\\)/"
  harmless_group = "/\\([^()\\]+*~]*\\]/"
  opened_once = {
    for path, outline in local.pattern_outlines :
    path => replace(replace(outline, local.single_group, "$1"), local.harmless_group, ".+")
  }
  opened_twice = {
    for path, outline in local.opened_once :
    path => replace(replace(outline, local.single_group, "$1"), local.harmless_group, ".+")
  }
  opened_three_times = {
    for path, outline in local.opened_twice :
    path => replace(replace(outline, local.single_group, "$1"), local.harmless_group, ".+")
  }

  slow_patterns = [
    for path, outline in local.opened_three_times : join(" ", [
      "${path}.pattern is \"${local.tag_patterns[path]}\": a + or * inside a repeated group, as in ([a-z]+-?)+, can take minutes in",
      "Python; the function gives up after 50 ms and reports the resource as not evaluated. Write what separates the parts as",
      "mandatory, as in [a-z]+(-[a-z]+)*, or repeat without a group.",
    ])
    if can(regex("\\([^()\\]]*[+*~][^()\\]]*\\]", outline))
  ]
}

check "slow_patterns" {
  assert {
    condition     = length(local.slow_patterns) == 0
    error_message = join("\n", local.slow_patterns)
  }
}

# What is left of a merged tag where its fields do not fit together.

locals {
  # What a value has to match: `^(?:dev|prod|team-.*)$` for the allowed values, and the pattern. The empty expression matches every
  # value; a pattern that does not compile is refused elsewhere.
  value_rules = {
    for id, tag in local.merged : id => {
      allowed_values = length(tag.allowed_values) == 0 ? "" : "^(?:${join("|", [
        for value in tag.allowed_values : replace(replace(value, "/[.+?()|\\[\\]{}^$\\\\]/", "\\$0"), "*", ".*")
      ])})$"
      pattern = can(regexall(tag.pattern, "")) ? "^(?:${tag.pattern})$" : ""
    }
  }

  # Of the aliases from above, a scope with other values keeps those that still stand for a value which is allowed, and are not
  # allowed themselves.
  value_aliases = {
    for id, tag in local.merged : id => {
      for source, target in tag.value_aliases : source => target
      if can(regex(local.value_rules[id].allowed_values, target)) && can(regex(local.value_rules[id].pattern, target))
      && !(can(regex(local.value_rules[id].allowed_values, source)) && can(regex(local.value_rules[id].pattern, source)))
    }
  }

  # Nothing is asked of a type that the tag does not apply to. One regular expression in place of set functions, which take
  # seconds for lists of a thousand types.
  types_in_reach = {
    for id, tag in local.merged : id => {
      for field in ["enforced_for", "report_required_for", "deny_create_without"] : field => regexall(
        "(?m)^(?:${replace(join("|", tag.resource_types), ".", "\\.")})$",
        join("\n", tag[field]),
      )
    } if !contains(tag.resource_types, "*")
  }

  tags = {
    for id, tag in local.merged :
    id => merge(tag, try(local.types_in_reach[id], {}), { value_aliases = local.value_aliases[id] })
  }
}

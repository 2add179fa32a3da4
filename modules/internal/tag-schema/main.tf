# Merges the tag schema of every scope, field by field: account > nearest OU > parent OU > root > `tags`. No resources.

locals {
  # The fields that the consumer writes as patterns of resource types.
  type_fields = ["resource_types", "enforced_for", "report_required_for", "deny_create_without"]

  # What each scope says itself, by the name under which the consumer wrote it: only the fields that are set, and
  # resource types in place of patterns.
  declarations = {
    for path, declaration in merge(
      { for key, tag in var.tags : "tags[\"${key}\"]" => { scope = "default", key = key, tag = tag } },
      merge([
        for name, scope in var.scopes : {
          for key, tag in scope.tags :
          "scopes[\"${name}\"].tags[\"${key}\"]" => { scope = name, key = key, tag = tag }
        }
      ]...),
      ) : path => {
      scope   = declaration.scope
      key     = declaration.key
      written = declaration.tag
      fields = merge(
        { for field, value in declaration.tag : field => value if value != null && !contains(local.type_fields, field) },
        {
          for field in local.type_fields : field => var.selected_types["${path}.${field}"]
          if declaration.tag[field] != null
        },
        # Every governed type, whichever they are.
        contains(coalesce(declaration.tag.resource_types, []), "*") ? { resource_types = ["*"] } : {},
      )
    }
  }

  # Where each scope looks, the least specific first.
  lineages = merge(
    { default = ["default"] },
    { for name, scope in var.scopes : name => concat(["default"], var.ancestors[name], [name]) },
  )

  modes = merge(
    { default = var.mode },
    { for name, lineage in local.lineages : name => coalesce(
      concat([for level in reverse(lineage) : try(var.scopes[level].mode, null)], [var.mode])...
    ) if name != "default" },
  )

  # A key that only scopes know starts from the same defaults as one in `tags`.
  defaults = {
    description         = ""
    required            = true
    allowed_values      = []
    pattern             = null
    default             = null
    derive_from         = []
    key_aliases         = []
    value_aliases       = {}
    replace_key_aliases = false
    resource_types      = ["*"]
    enforced_for        = []
    report_required_for = []
    deny_create_without = []
    protected           = false
  }

  merged = {
    for name, lineage in local.lineages : name => {
      for key in distinct([
        for declaration in values(local.declarations) : declaration.key if contains(lineage, declaration.scope)
        ]) : key => merge(local.defaults, [
        for level in lineage : try(
          local.declarations[level == "default" ? "tags[\"${key}\"]" : "scopes[\"${level}\"].tags[\"${key}\"]"].fields,
          {},
        )
      ]...)
    }
  }

  # What a value has to match: `^(?:dev|prod|team-.*)$` for the allowed values, and the pattern. Null where every value is
  # right, and for a pattern that does not compile.
  value_rules = {
    for name, tags in local.merged : name => {
      for key, tag in tags : key => {
        allowed_values = length(tag.allowed_values) == 0 ? null : "^(?:${join("|", [
          for value in tag.allowed_values : replace(replace(value, "/[.+?()|\\[\\]{}^$\\\\]/", "\\$0"), "*", ".*")
        ])})$"
        pattern = can(regexall(tag.pattern, "")) ? "^(?:${tag.pattern})$" : null
      }
    }
  }
  # The rules that there are, as a list.
  set_value_rules = {
    for name, tags in local.value_rules : name => { for key, rules in tags : key => compact(values(rules)) }
  }

  # Nothing is asked of a type that the tag does not apply to. One regular expression in place of set functions, which
  # take seconds for lists of a thousand types. Of the aliases from above, a scope with other values keeps those that still
  # stand for a value which is allowed, and are not allowed themselves.
  tags_of_scope = {
    for name, tags in local.merged : name => {
      for key, tag in tags : key => merge(tag, contains(tag.resource_types, "*") ? {} : {
        for field in ["enforced_for", "report_required_for", "deny_create_without"] : field => regexall(
          "(?m)^(?:${replace(join("|", tag.resource_types), ".", "\\.")})$",
          join("\n", tag[field]),
        )
        }, {
        value_aliases = {
          for source, target in tag.value_aliases : source => target
          if alltrue([for rule in local.set_value_rules[name][key] : can(regex(rule, target))])
          && !alltrue([for rule in local.set_value_rules[name][key] : can(regex(rule, source))])
        }
      })
    }
  }
}

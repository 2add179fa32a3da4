# Merges the tag schema of every scope, field by field: account > nearest OU > parent OU > root > `tags`. No resources.
#
# A tag of a scope has the name SCOPE/KEY in every map: `production/Owner`. What no scope covers is the scope `default`.

locals {
  # Where each scope looks, the least specific first: `production` -> ["default", "workloads", "production"].
  lineages = merge(
    { default = ["default"] },
    { for name in keys(var.scopes) : name => concat(["default"], var.ancestors[name], [name]) },
  )

  modes = {
    for name, lineage in local.lineages : name => coalesce(
      concat([for level in reverse(lineage) : try(var.scopes[level].mode, null)], [var.mode])...
    )
  }

  # The fields that the consumer writes as patterns of resource types.
  type_fields = ["resource_types", "enforced_for", "report_required_for", "deny_create_without"]

  # What each scope says itself: only the fields that are set, and resource types in place of patterns. "*" stays as it is: every
  # governed type, whichever they are.
  fields = {
    for id, declaration in var.declarations : id => merge(
      { for field, value in declaration.tag : field => value if value != null },
      {
        for field in local.type_fields : field => var.selected_types["${declaration.path}.${field}"]
        if declaration.tag[field] != null
      },
      contains(coalesce(declaration.tag.resource_types, []), "*") ? { resource_types = ["*"] } : {},
    )
  }

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

  # A scope has the keys of its whole lineage.
  declared_keys = { for declaration in values(var.declarations) : declaration.scope => declaration.key... }
  keys_of_scope = {
    for name, lineage in local.lineages : name => distinct(flatten([for level in lineage : try(local.declared_keys[level], [])]))
  }
  tag_names = flatten([
    for name, keys in local.keys_of_scope : [for key in keys : { id = "${name}/${key}", scope = name, key = key }]
  ])

  # With `default/Owner` = { required = false } and `production/Owner` = { pattern = "[a-z]+" }:
  # `production/Owner` -> { required = false, pattern = "[a-z]+", ... }
  merged = {
    for name in local.tag_names : name.id => merge(
      local.defaults, [for level in local.lineages[name.scope] : try(local.fields["${level}/${name.key}"], {})]...
    )
  }
}

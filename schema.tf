# From what the consumer wrote to finished schemas: resource types in place of patterns, and the values of every scope.
# Neither module has resources.

locals {
  # Every tag as it was written: `default/Owner` for one of `tags`, `production/Owner` for an override in a scope.
  overrides = flatten([
    for name, scope in var.scopes : [
      for key, tag in scope.tags : { scope = name, key = key, path = "scopes[\"${name}\"].tags[\"${key}\"]", tag = tag }
    ]
  ])
  declarations = merge(
    { for key, tag in var.tags : "default/${key}" => { scope = "default", key = key, path = "tags[\"${key}\"]", tag = tag } },
    { for override in local.overrides : "${override.scope}/${override.key}" => override },
  )
  tag_declarations = { for declaration in values(local.declarations) : declaration.path => declaration.tag }

  # Every list of type patterns, by the name under which the consumer wrote it.
  selections = merge(
    merge([
      for path, tag in local.tag_declarations : {
        for field, among in {
          resource_types      = "governed"
          enforced_for        = "enforced_for"
          report_required_for = "report_required_for"
          deny_create_without = "request_tags"
        } : "${path}.${field}" => { patterns = tag[field], among = among } if tag[field] != null
      }
    ]...),
    {
      for name, exemption in var.exemptions :
      "exemptions[\"${name}\"].resource_types" => { patterns = exemption.resource_types, among = "governed" }
    },
  )

  # Under which keys a governed tag can be found.
  tag_keys = distinct(concat(
    keys(var.tags),
    local.overrides[*].key,
    flatten([for tag in values(local.tag_declarations) : coalesce(tag.key_aliases, [])]),
  ))
}

module "catalogue" {
  source = "./modules/internal/catalogue"

  resource_types     = var.resource_types
  selections         = local.selections
  tag_keys           = local.tag_keys
  partition          = local.partition
  event_matching     = var.detection.event_matching
  event_pattern_size = var.quotas.event_pattern_size
}

module "tag_schema" {
  source = "./modules/internal/tag-schema"

  declarations   = local.declarations
  mode           = var.mode
  scopes         = var.scopes
  ancestors      = local.ancestors
  selected_types = module.catalogue.selected_types
  without_effect = local.without_effect
}

# Tag policies: the keys as they are spelled, the values, and the resource types for which AWS refuses other values or
# reports a missing tag. One set for each scope, with what it adds to or changes of the scopes above.
#
# Syntax: https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_example-tag-policies.html

locals {
  # The resource types of each list, as tag policies call them.
  names = {
    for name, scope in var.scopes : name => {
      for key, tag in scope.tags : key => {
        enforced_for            = distinct([for type in tag.enforced_for : var.catalogue_entries[type].enforced_for])
        report_required_tag_for = distinct([for type in tag.report_required_for : var.catalogue_entries[type].report_required_tag_for])
      }
    }
  }

  # All types of a service are named by its wildcard.
  whole_services = {
    for name, tags in local.names : name => {
      for key, fields in tags : key => {
        for field, chosen in fields : field => [
          for service, names in var.wildcards[field] : service if length(setsubtract(names, chosen)) == 0
        ]
      }
    }
  }

  schemas = {
    for name, scope in var.scopes : name => {
      for key, tag in scope.tags : key => merge({ tag_value = tag.allowed_values }, {
        for field, services in local.whole_services[name][key] : field => sort(concat(
          formatlist("%s:ALL_SUPPORTED", services),
          tolist(setsubtract(local.names[name][key][field], flatten([for service in services : var.wildcards[field][service]]))),
        ))
      })
    }
  }

  # What holds in a scope before its own policy: the schema of the nearest scope above.
  inherited = {
    for name, scope in var.scopes : name => length(scope.ancestors) == 0 ? {} : local.schemas[reverse(scope.ancestors)[0]]
  }

  # An empty list cannot be assigned, so a scope that empties one allows every value, or removes each type by name.
  rendered = {
    for name, schema in local.schemas : name => {
      for key, tag in schema : key => merge(
        { tag_key = { "@@assign" = key } },
        length(tag.tag_value) > 0 ? { tag_value = { "@@assign" = tag.tag_value } } :
        length(try(local.inherited[name][key].tag_value, [])) > 0 ? { tag_value = { "@@assign" = ["*"] } } : {},
        merge([
          for field in ["enforced_for", "report_required_tag_for"] :
          length(tag[field]) > 0 ? { (field) = { "@@assign" = tag[field] } } :
          length(try(local.inherited[name][key][field], [])) > 0 ? { (field) = { "@@remove" = local.inherited[name][key][field] } } : {}
        ]...),
      ) if jsonencode(tag) != jsonencode(try(local.inherited[name][key], null))
    }
  }

  tag_sizes = {
    for name, tags in local.rendered : name => { for key, tag in tags : key => length(jsonencode({ (key) = tag })) }
  }

  documents = {
    for name, tags in local.rendered : name => [
      for policy in distinct(module.policy_of_tag[name].bins) : jsonencode({
        tags = { for index, key in keys(tags) : key => tags[key] if module.policy_of_tag[name].bins[index] == policy }
      })
    ]
  }

  policies = merge([
    for name, documents in local.documents : {
      for index, document in documents : "${name}-${format("%02d", index + 1)}" => { scope = name, document = document }
    }
  ]...)
}

module "policy_of_tag" {
  source   = "../packing"
  for_each = local.tag_sizes

  # The braces around each tag make room for the comma after it.
  sizes    = values(each.value)
  capacity = var.quotas.tag_policy_size - length(jsonencode({ tags = {} }))
}

resource "aws_organizations_policy" "tag" {
  for_each = local.policies

  name        = "${var.name}-tag-${each.key}"
  description = "Spelling and values of tags, from the tag schema of scope ${each.value.scope}."
  type        = "TAG_POLICY"
  content     = each.value.document
  tags        = var.resource_tags
}

resource "aws_organizations_policy_attachment" "tag" {
  for_each = local.policies

  policy_id = aws_organizations_policy.tag[each.key].id
  target_id = var.scopes[each.value.scope].target_id
}

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
  capacity = var.quotas.tag_policy_size - length(jsonencode({ tags = {} }))

  # A tag with long lists of types is told in pieces, which may end up in different policies. These are merged by AWS in
  # the order in which they were attached, so a list is not assigned but changed by what it adds to and takes from that
  # of the scopes above: then the order does not count.
  is_long = { for name, tags in local.tag_sizes : name => { for key, size in tags : key => size > local.capacity / 3 } }
  heads = {
    for name, tags in local.rendered : name => {
      for key, tag in tags : key => {
        for field, value in tag : field => value if !local.is_long[name][key] || contains(["tag_key", "tag_value"], field)
      }
    }
  }
  changes = {
    for name, tags in local.rendered : name => flatten([
      for key, tag in tags : [
        for field in ["enforced_for", "report_required_tag_for"] : [
          for operator, types in {
            "@@append" = setsubtract(local.schemas[name][key][field], try(local.inherited[name][key][field], []))
            "@@remove" = setsubtract(try(local.inherited[name][key][field], []), local.schemas[name][key][field])
          } : [for chunk in chunklist(sort(types), 20) : { key = key, field = field, operator = operator, types = chunk }]
        ]
      ] if local.is_long[name][key]
    ])
  }
  pieces = {
    for name, heads in local.heads : name => concat(
      [for key, head in heads : { key = key, content = head }],
      [
        for change in local.changes[name] :
        { key = change.key, content = { tag_key = heads[change.key].tag_key, (change.field) = { (change.operator) = change.types } } }
      ],
    )
  }

  # The pieces of each policy, by tag.
  contents = {
    for name, pieces in local.pieces : name => [
      for policy in distinct(module.policy_of_piece[name].bins) : {
        for index, piece in pieces : piece.key => piece.content... if module.policy_of_piece[name].bins[index] == policy
      }
    ]
  }
  documents = {
    for name, policies in local.contents : name => [
      for tags in policies : jsonencode({
        tags = {
          for key, contents in tags : key => merge(concat(contents, [
            for field in ["enforced_for", "report_required_tag_for"] : {
              (field) = {
                for operator in ["@@append", "@@assign", "@@remove"] :
                operator => flatten([for content in contents : try(content[field][operator], [])])
                if anytrue([for content in contents : can(content[field][operator])])
              }
            } if anytrue([for content in contents : can(content[field])])
          ])...)
        }
      })
    ]
  }

  policies = merge([
    for name, documents in local.documents : {
      for index, document in documents : "${name}-${format("%02d", index + 1)}" => { scope = name, document = document }
    }
  ]...)
}

# A scope that is renamed keeps its policies when `moved` blocks say so.
locals {
  policy_name        = "${var.name}-tag"
  policy_description = "Spelling and values of tags, from the tag schema of scope %s."
}

module "slots" {
  source = "../internal/policy-slots"

  name                = local.policy_name
  description         = local.policy_description
  targets             = { for name, scope in var.scopes : name => scope.target_id }
  attached_policies   = var.attached_policies
  policies_per_target = var.quotas.tag_policies_per_target
  quota               = "quotas.tag_policies_per_target"
}

module "policy_of_piece" {
  source   = "../internal/packing"
  for_each = local.pieces

  # The braces around each tag make room for the comma after it.
  sizes    = [for piece in each.value : length(jsonencode({ (piece.key) = piece.content }))]
  capacity = local.capacity
}

resource "aws_organizations_policy" "tag" {
  for_each = local.policies

  name        = "${local.policy_name}-${each.key}"
  description = format(local.policy_description, each.value.scope)
  type        = "TAG_POLICY"
  content     = each.value.document
  tags        = var.resource_tags
}

resource "aws_organizations_policy_attachment" "tag" {
  for_each = local.policies

  policy_id = aws_organizations_policy.tag[each.key].id
  target_id = var.scopes[each.value.scope].target_id
}

# The resource types of each list, as tag policies call them. Most tags have the same lists as others, in scopes below at the
# latest, so each different list is worked out once, and tags name it by its id:
#
#   tags["sandbox/Owner"].lists.enforced_for = "enforced_for 5f0c…"
#   lists["enforced_for 5f0c…"]              = ["ec2:ALL_SUPPORTED", "sqs:queue"]

locals {
  tags = merge([
    for name, scope in var.scopes : {
      for key, tag in scope.tags : "${name}/${key}" => {
        scope          = name
        key            = key
        allowed_values = tag.allowed_values
        types          = { enforced_for = tag.enforced_for, report_required_tag_for = tag.report_required_for }
        lists = {
          enforced_for            = "enforced_for ${sha1(jsonencode(tag.enforced_for))}"
          report_required_tag_for = "report_required_tag_for ${sha1(jsonencode(tag.report_required_for))}"
        }
        # The same tag in the nearest scope above.
        above = length(scope.ancestors) == 0 ? "" : "${reverse(scope.ancestors)[0]}/${key}"
      }
    }
  ]...)

  tags_of_list = merge(
    { for path, tag in local.tags : tag.lists.enforced_for => { field = "enforced_for", types = tag.types.enforced_for }... },
    {
      for path, tag in local.tags :
      tag.lists.report_required_tag_for => { field = "report_required_tag_for", types = tag.types.report_required_tag_for }...
    },
  )
  names = {
    for id, tags in local.tags_of_list : id => toset([for type in tags[0].types : var.catalogue_entries[type][tags[0].field]])
  }

  # "enforced_for 5f0c… ec2" => the names of that service
  names_by_service = merge([
    for id, names in local.names : {
      for name in names : "${id} ${split(":", name)[0]}" => {
        id       = id
        service  = split(":", name)[0]
        name     = name
        wildcard = try(var.wildcards[local.tags_of_list[id][0].field][split(":", name)[0]], [])
      }...
    }
  ]...)

  # All types of a service are named by its wildcard.
  lists_by_service = {
    for service in local.names_by_service : service[0].id => (
      length(service[0].wildcard) > 0 && length(setsubtract(service[0].wildcard, service[*].name)) == 0
      ? concat(["${service[0].service}:ALL_SUPPORTED"], tolist(setsubtract(service[*].name, service[0].wildcard)))
      : service[*].name
    )...
  }
  lists = { for id, names in local.names : id => sort(flatten(try(local.lists_by_service[id], []))) }
}

# Event patterns for the creations of the governed types, as few as their size limit allows.

locals {
  # By prefix: one pattern for whatever is called Create, and names only for the rest. Where most of what is called so
  # makes nothing that is tagged (CreateTags, CreateLogStream, CreateGrant), names it is all the same.
  by_prefix      = var.event_matching == "prefix"
  chatty_sources = ["ec2.amazonaws.com", "kms.amazonaws.com", "logs.amazonaws.com"]

  creations = flatten([for type in local.types : local.catalogue.creations[type]])
  prefixed_creations = [
    for creation in local.creations : creation
    if startswith(creation.name, "Create") && !contains(local.chatty_sources, creation.source)
  ]
  sources_by_prefix = keys({ for creation in local.prefixed_creations : creation.source => true... })
  names_by_source = {
    for creation in local.creations : creation.source => creation.name...
    if !local.by_prefix || !startswith(creation.name, "Create") || contains(local.chatty_sources, creation.source)
  }

  prefix_patterns = [
    for sources in [local.sources_by_prefix, [{ anything-but = local.chatty_sources }]] :
    jsonencode(merge(local.creation_frame, {
      detail = {
        errorCode   = local.creation_frame.detail.errorCode
        eventSource = sources
        eventName   = [{ prefix = "Create" }]
      }
    }))
  ]
  prefix_pattern = length(local.prefix_patterns[0]) <= var.event_pattern_size ? local.prefix_patterns[0] : local.prefix_patterns[1]

  # Names repeat between services (CreateCluster), so a name counts only together with its source: each source is an
  # alternative of its own. `errorCode` is there only when the call failed. AWS accepts sources that begin with "aws."
  # from its own services alone, so no one in the account can forge an event.
  creation_frame = {
    source      = [{ prefix = "aws." }]
    detail-type = ["AWS API Call via CloudTrail"]
    detail      = { errorCode = [{ exists = false }], "$or" = [] }
  }

  event_names = flatten([
    for source, names in local.names_by_source : [
      for index, name in sort(distinct(names)) : {
        source  = source
        matcher = endswith(name, "*") ? jsonencode({ prefix = trimsuffix(name, "*") }) : jsonencode(name)
        # The first name of a source carries the alternative around it.
        frame = index == 0 ? local.source_overhead + length(source) : 0
      }
    ]
  ])
  source_overhead = length(jsonencode({ eventSource = [""], eventName = [] })) + 1
  # A source whose names begin in one pattern and go on in the next is framed in both.
  largest_frame = local.source_overhead + max(0, [for source in keys(local.names_by_source) : length(source)]...)

  # What each pattern lets through: a source, and its names.
  #
  #   placed_names "0 sqs.amazonaws.com" => [{ pattern = "creation-01", … }]
  #   alternatives "creation-01"         => [{ eventSource = ["sqs.amazonaws.com"], eventName = ["CreateQueue"] }]
  placed_names = {
    for index, name in local.event_names : "${module.pattern_of_name.bins[index]} ${name.source}" => {
      pattern = "creation-${format("%02d", module.pattern_of_name.bins[index] + 1)}"
      source  = name.source
      matcher = name.matcher
    }...
  }
  alternatives = {
    for names in local.placed_names : names[0].pattern => {
      eventSource = [names[0].source]
      eventName   = jsondecode("[${join(",", names[*].matcher)}]")
    }...
  }
  creation_patterns = merge(
    {
      for name, pattern in { creation-prefix = local.prefix_pattern } : name => pattern
      if local.by_prefix && length(local.sources_by_prefix) > 0
    },
    local.named_patterns,
  )
  named_patterns = {
    for name, alternatives in local.alternatives : name => jsonencode(merge(local.creation_frame, {
      # EventBridge takes `$or` for the operator only when there are two alternatives or more.
      detail = merge(
        { errorCode = local.creation_frame.detail.errorCode },
        { for key, value in alternatives[0] : key => value if length(alternatives) == 1 },
        { for key, value in { "$or" = alternatives } : key => value if length(alternatives) > 1 },
      )
    }))
  }
}

module "pattern_of_name" {
  source = "../packing"

  sizes    = [for name in local.event_names : name.frame + length(name.matcher) + 1]
  capacity = var.event_pattern_size - length(jsonencode(local.creation_frame)) - local.largest_frame
}

# "Tag Change on Resource" events, narrowed as far as the size limit allows. A filter that does not fit is left out:
# the function ignores what it does not govern.
locals {
  tag_change_frame = { source = ["aws.tag"], detail-type = ["Tag Change on Resource"] }
  services         = keys({ for entry in local.entries : split(":", entry.arn_pattern)[2] => true... })
  changed_keys = [
    for key in keys({ for key in var.tag_keys : lower(key) => true... }) : { equals-ignore-case = key }
  ]

  tag_change_candidates = [
    for detail in [
      { changed-tag-keys = local.changed_keys, service = local.services },
      { changed-tag-keys = local.changed_keys },
      { service = local.services },
      {},
    ] : jsonencode(merge(local.tag_change_frame, length(detail) == 0 ? {} : { detail = detail }))
    if length(local.changed_keys) > 0 || !contains(keys(detail), "changed-tag-keys")
  ]
  tag_change_pattern = [
    for pattern in local.tag_change_candidates : pattern if length(pattern) <= var.event_pattern_size
  ][0]
}

# Events of services themselves, which need no trail.
locals {
  instance_state_events = contains(local.types, "ec2:instance") ? local.catalogue.notifications["ec2:instance"] : []
  instance_state_pattern = try(jsonencode({
    source      = [local.instance_state_events[0].source]
    detail-type = [local.instance_state_events[0].detail_type]
    detail      = local.instance_state_events[0].detail
  }), null)
}

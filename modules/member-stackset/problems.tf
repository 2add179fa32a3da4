# What is wrong with the settings, in words: one line per rule that is broken, all of them in one plan.

locals {
  region_form = "^[a-z]{2,}(-[a-z]+)+-[0-9]+$"

  problems = concat(
    local.wrong_units, local.wrong_accounts, local.wrong_filter, local.wrong_regions, local.wrong_operation, local.wrong_names,
    local.wrong_templates,
  )

  wrong_units = concat(
    length(var.targets.organizational_unit_ids) > 0 ? [] : [
      "targets.organizational_unit_ids is empty; name a root (r-...) or organizational units (ou-...).",
    ],
    [
      for id in var.targets.organizational_unit_ids :
      "targets.organizational_unit_ids: \"${id}\" is no root (r-...) and no organizational unit (ou-...)."
      if !can(regex("^(?:r-[0-9a-z]{4,32}|ou-[0-9a-z]{4,32}-[0-9a-z]{8,32})$", id))
    ],
    # https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DeploymentTargets.html
    length(var.targets.organizational_unit_ids) <= 50 ? [] : [join(" ", [
      "targets.organizational_unit_ids has ${length(var.targets.organizational_unit_ids)} ids; CloudFormation takes 50 at a time.",
      "Name a unit above them, or the root.",
    ])],
  )

  wrong_accounts = [
    for id in var.targets.account_ids : "targets.account_ids: \"${id}\" is no account id; it has 12 digits (write it as text)."
    if !can(regex("^[0-9]{12}$", id))
  ]

  wrong_filter = concat(
    contains(["INTERSECTION", "DIFFERENCE"], coalesce(var.targets.account_filter, "DIFFERENCE")) ? [] : [
      "targets.account_filter is \"${var.targets.account_filter}\"; allowed are INTERSECTION and DIFFERENCE.",
    ],
    (var.targets.account_filter == null) == (length(var.targets.account_ids) == 0) ? [] : [join(" ", [
      "targets.account_filter is ${var.targets.account_filter == null ? "null" : "\"${var.targets.account_filter}\""} and",
      "targets.account_ids has ${length(var.targets.account_ids)} accounts; give both or neither.",
    ])],
  )

  wrong_regions = [
    for region in var.regions : "regions: \"${region}\" is no region such as eu-central-1." if !can(regex(local.region_form, region))
  ]

  wrong_operation = concat(
    [
      for field in ["max_concurrent_percentage", "failure_tolerance_percentage"] :
      "operation.${field} is ${var.operation[field]}; it is a whole number from ${local.least[field]} to 100."
      if var.operation[field] != floor(var.operation[field]) || var.operation[field] < local.least[field] || var.operation[field] > 100
    ],
    contains(["PARALLEL", "SEQUENTIAL"], var.operation.region_concurrency) ? [] : [
      "operation.region_concurrency is \"${var.operation.region_concurrency}\"; allowed are PARALLEL and SEQUENTIAL.",
    ],
    contains(["STRICT_FAILURE_TOLERANCE", "SOFT_FAILURE_TOLERANCE"], var.operation.concurrency_mode) ? [] : [join(" ", [
      "operation.concurrency_mode is \"${var.operation.concurrency_mode}\"; allowed are STRICT_FAILURE_TOLERANCE",
      "and SOFT_FAILURE_TOLERANCE.",
    ])],
    can(regex("^[1-9][0-9]*[mh]$", var.operation.timeout)) ? [] : [
      "operation.timeout is \"${var.operation.timeout}\"; it is a number of minutes or hours, such as 90m or 6h.",
    ],
    contains(["SELF", "DELEGATED_ADMIN"], var.call_as) ? [] : [
      "call_as is \"${var.call_as}\"; allowed are SELF and DELEGATED_ADMIN.",
    ],
  )
  least = { max_concurrent_percentage = 1, failure_tolerance_percentage = 0 }

  wrong_names = concat(
    can(regex("^[A-Za-z0-9+=,.@_-]{1,64}$", var.role_name)) ? [] : [
      "role_name is \"${var.role_name}\"; it has 1 to 64 letters, digits and + = , . @ _ - and no path.",
    ],
    # A name becomes part of a rule's name, which has 64 characters, and of its logical id, which has no hyphens.
    [
      for name in keys(var.event_patterns) : join(" ", [
        "event_patterns: the name \"${name}\" is not lower-case letters and digits with single hyphens between them, is alarms, or is",
        "longer than ${63 - length(var.name)} characters; give output event_patterns as it is.",
      ])
      if !can(regex("^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$", name)) || name == "alarms" || length(name) > 63 - length(var.name)
    ],
    length(var.resource_tags) <= 50 ? [] : [
      "resource_tags has ${length(var.resource_tags)} tags; CloudFormation allows 50.",
    ],
  )

  # The provider's limit of a template in a bucket; AWS says 1 MB.
  # https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/cloudformation_stack_set
  wrong_templates = [
    for kind, bytes in local.template_bytes :
    "The template of ${kind} has ${bytes} bytes, and CloudFormation takes 460,800; govern fewer resource_types." if bytes > 460800
  ]

  missing_bucket = [
    for kind, bytes in local.template_bytes : join(" ", [
      "template_bucket is null, and the template of ${kind} has ${bytes} bytes; CloudFormation takes 51,200 without a bucket.",
      "Give output policy_bucket_name of the root module, or govern fewer resource_types.",
    ]) if local.in_bucket[kind] && var.template_bucket == null
  ]
}

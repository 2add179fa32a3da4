# The permissions to read and write tags, and to ask who changed one back, as policy documents that fit IAM's size limit.
# The function's own role and the role in each member account get the same ones, so they are written here once.

data "aws_caller_identity" "current" {
  count = var.account_id == null ? 1 : 0
}

data "aws_partition" "current" {}

locals {
  account_id = var.account_id == null ? data.aws_caller_identity.current[0].account_id : var.account_id
  partition  = data.aws_partition.current.partition

  # The actions of API Gateway are HTTP verbs; on /tags/ alone they do no more than tag.
  exceptional_resources = {
    apigateway = ["arn:${local.partition}:apigateway:*::/tags/*"]
  }

  # What each entry of the catalogue asks for: one row for an action of a type.
  actions = flatten([
    for entry in values(var.catalogue_entries) : concat(
      [for action in entry.read_actions : { entry = entry, action = action, writes = false }],
      [for action in entry.tag_actions : { entry = entry, action = action, writes = true } if length(var.tag_keys) > 0],
      [for action in entry.untag_actions : { entry = entry, action = action, writes = true } if length(var.tag_keys) > 0 && var.untag],
    )
  ])

  # The resources that it may touch. The resource is cut to "everything of this service in this account": a list of every
  # type would not fit a policy, and tagging is all that the actions can do there. Actions without resource-level
  # permissions (tag:TagResources, ec2:DescribeTags) are granted by themselves.
  grants = [
    for row in local.actions : {
      service = split(":", row.action)[0]
      action  = row.action
      resource = join(":", concat(
        slice(split(":", row.entry.arn_pattern), 0, 4),
        [split(":", row.entry.arn_pattern)[4] == "*" ? local.account_id : split(":", row.entry.arn_pattern)[4], "*"],
      ))
      scoped  = !contains(row.entry.unscoped_actions, row.action)
      writes  = row.writes
      limited = row.writes && !contains(row.entry.any_key_actions, row.action)
    }
  ]

  # Of a service that does not tell IAM the keys, no call would pass the conditions.
  limited_services = keys({ for grant in local.grants : grant.service => true... if grant.limited })

  # Each in its statement.
  placed_grants = [
    for grant in local.grants : merge(grant, {
      sid = (
        grant.limited && !contains(var.services_without_tag_keys, grant.service) ? (
          grant.scoped ? "WriteGovernedTags" : "WriteGovernedTagsWithoutResources"
        ) : !grant.scoped ? "ActionsWithoutResources" : grant.writes ? "WriteTagsOfAnyKey" : "ReadTags"
      )
    })
  ]

  # Services share a statement: an action touches resources of its own service alone, so it gains nothing from the
  # ARNs of the others, and hundreds of services fit the few policies that a role may have.
  granted = [
    for grants in values({ for grant in local.placed_grants : "${grant.sid} ${grant.service}" => grant... }) : {
      sid     = grants[0].sid
      effect  = "Allow"
      actions = sort(distinct(grants[*].action))
      resources = (
        endswith(grants[0].sid, "WithoutResources") ? ["*"] :
        lookup(local.exceptional_resources, grants[0].service, sort(distinct(grants[*].resource)))
      )
      conditions = startswith(grants[0].sid, "WriteGovernedTags") ? local.governed_keys_alone : []
    }
  ]
  governed_keys_alone = [
    { test = "ForAllValues:StringEqualsIgnoreCase", values = sort(distinct([for key in var.tag_keys : lower(key)])) },
    # All of no keys are governed, too: a call of which IAM is told no key does not pass.
    { test = "Null", values = ["false"] },
  ]
  # What a resource belongs to may be of a type that is not governed: its cluster, stack or Auto Scaling group.
  related_actions = setsubtract(
    ["autoscaling:DescribeTags", "ec2:DescribeTags", "tag:GetResources"],
    flatten(local.granted[*].actions),
  )
  parts = concat(
    # Who could tag himself could give himself what others grant by tag.
    contains(local.limited_services, "iam") && length(var.own_role_names) > 0 ? [{
      sid        = "KeepOffOwnRoles"
      effect     = "Deny"
      actions    = ["iam:TagRole", "iam:UntagRole"]
      resources  = [for name in var.own_role_names : "arn:${local.partition}:iam::${local.account_id}:role/${name}"]
      conditions = []
    }] : [],
    local.granted,
    [
      for action in local.related_actions : {
        sid = "ActionsWithoutResources", effect = "Allow", actions = [action], resources = ["*"], conditions = []
      }
    ],
    # Asked only when a tag is contested: who changed it back. The action has no resource-level permissions.
    [{ sid = "AskWhoChangedTagsBack", effect = "Allow", actions = ["cloudtrail:LookupEvents"], resources = ["*"], conditions = [] }],
  )

  # The conditions name every key. What carries them is packed by itself, so that they stand in these policies alone.
  sids = distinct(local.parts[*].sid)
  groups = {
    for group, sids in {
      governed = [for sid in local.sids : sid if sid == "WriteGovernedTags"]
      rest     = [for sid in local.sids : sid if sid != "WriteGovernedTags"]
      } : group => {
      parts  = [for part in local.parts : part if contains(sids, part.sid)]
      frames = sum(concat([0], [for sid in sids : local.frames[sid]]))
    }
  }
  frames = {
    for sid, parts in { for part in local.parts : part.sid => part... } : sid => 1 + length(jsonencode(merge(
      { Sid = sid, Effect = parts[0].effect, Action = [], Resource = [] },
      length(parts[0].conditions) == 0 ? {} : {
        Condition = { for condition in parts[0].conditions : condition.test => { "aws:TagKeys" = condition.values } }
      },
    )))
  }

  parts_of_policy = {
    for placed in concat(
      [
        for number, part in local.groups.governed.parts :
        { policy = module.policy_of_part["governed"].bins[number], part = part }
      ],
      [
        for number, part in local.groups.rest.parts :
        { policy = length(distinct(module.policy_of_part["governed"].bins)) + module.policy_of_part["rest"].bins[number], part = part }
      ],
    ) : format("%02d", placed.policy) => placed.part...
  }
}

module "policy_of_part" {
  source   = "../packing"
  for_each = local.groups

  # What a template writes for the account is longer than an id, and IAM sees the id.
  sizes = [
    for part in each.value.parts :
    length(jsonencode(part.actions)) + length(replace(jsonencode(part.resources), local.account_id, "000000000000"))
  ]
  # IAM takes 6,144 characters in a managed policy, white space not counted.
  capacity = 6144 - length(jsonencode({ Version = "2012-10-17", Statement = [] })) - each.value.frames
}

data "aws_iam_policy_document" "tagging" {
  for_each = local.parts_of_policy

  dynamic "statement" {
    for_each = { for part in each.value : part.sid => part... }

    content {
      sid       = statement.key
      effect    = statement.value[0].effect
      actions   = sort(distinct(flatten(statement.value[*].actions)))
      resources = sort(distinct(flatten(statement.value[*].resources)))

      dynamic "condition" {
        for_each = statement.value[0].conditions

        content {
          test     = condition.value.test
          variable = "aws:TagKeys"
          values   = condition.value.values
        }
      }
    }
  }
}

# The permissions to read and write tags, as policy documents that fit IAM's size limit. The function's own role and
# the role in each member account get the same ones, so they are written here once.

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}

locals {
  # The actions of API Gateway are HTTP verbs; on /tags/ alone they do no more than tag.
  exceptional_resources = {
    apigateway = ["arn:${data.aws_partition.current.partition}:apigateway:*::/tags/*"]
  }

  # One row per action and the resources it may touch. The resource is cut to "everything of this service in this
  # account": a list of every type would not fit a policy, and tagging is all that the actions can do there. Actions
  # without resource-level permissions (tag:TagResources, ec2:DescribeTags) are granted by themselves.
  grants = flatten([
    for entry in values(var.catalogue_entries) : [
      for action in concat(entry.tag_actions, var.untag ? entry.untag_actions : [], entry.read_actions) : {
        service = split(":", action)[0]
        action  = action
        resource = join(":", concat(
          slice(split(":", entry.arn_pattern), 0, 4),
          [split(":", entry.arn_pattern)[4] == "*" ? data.aws_caller_identity.current.account_id : split(":", entry.arn_pattern)[4], "*"],
        ))
        scoped = !contains(entry.unscoped_actions, action)
      }
    ]
  ])

  grants_by_service = { for grant in local.grants : grant.service => grant... if grant.scoped }
  unscoped_actions  = sort(distinct([for grant in local.grants : grant.action if !grant.scoped]))

  # Services share a statement: an action touches resources of its own service alone, so it gains nothing from the
  # ARNs of the others, and hundreds of services fit the few policies that a role may have.
  parts = concat(
    [
      for service, grants in local.grants_by_service : {
        sid       = "TagsOfGovernedServices"
        actions   = sort(distinct(grants[*].action))
        resources = lookup(local.exceptional_resources, service, sort(distinct(grants[*].resource)))
      }
    ],
    [
      for index, actions in chunklist(local.unscoped_actions, 20) : {
        sid       = "ActionsWithoutResources"
        actions   = actions
        resources = ["*"]
      }
    ],
  )
  statement_frame = length(jsonencode({ Sid = "ActionsWithoutResources", Effect = "Allow", Action = [], Resource = [] })) + 1

  parts_of_policy = {
    for index, part in local.parts : format("%02d", module.policy_of_part.bins[index]) => part...
  }
}

module "policy_of_part" {
  source = "../packing"

  sizes = [for part in local.parts : length(jsonencode(part.actions)) + length(jsonencode(part.resources))]
  # IAM takes 6,144 characters in a managed policy, white space not counted.
  capacity = 6144 - length(jsonencode({ Version = "2012-10-17", Statement = [] })) - 2 * local.statement_frame
}

data "aws_iam_policy_document" "tagging" {
  for_each = local.parts_of_policy

  dynamic "statement" {
    for_each = { for part in each.value : part.sid => part... }

    content {
      sid       = statement.key
      actions   = sort(distinct(flatten(statement.value[*].actions)))
      resources = sort(distinct(flatten(statement.value[*].resources)))
    }
  }
}

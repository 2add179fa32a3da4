# The permissions to read and write tags, as policy documents that fit IAM's size limit. The function's own role and
# the role in each member account get the same ones, so they are written here once.

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}

locals {
  exceptional_resources = {
    # The Resource Groups Tagging API has no resource-level permissions.
    tag = ["*"]
    # The actions of API Gateway are HTTP verbs; on /tags/ alone they do no more than tag.
    apigateway = ["arn:${data.aws_partition.current.partition}:apigateway:*::/tags/*"]
  }

  # One row per action and the resources it may touch. The resource is cut to "everything of this service in this
  # account": a list of every type would not fit a policy, and tagging is all that the actions can do there.
  grants = flatten([
    for entry in values(var.catalogue_entries) : [
      for action in concat(entry.tag_actions, var.untag ? entry.untag_actions : []) : {
        service = split(":", action)[0]
        action  = action
        resource = join(":", concat(
          slice(split(":", entry.arn_pattern), 0, 4),
          [split(":", entry.arn_pattern)[4] == "*" ? data.aws_caller_identity.current.account_id : split(":", entry.arn_pattern)[4], "*"],
        ))
      }
    ]
  ])

  grants_by_service = { for grant in local.grants : grant.service => grant... }

  read_actions = sort(distinct(flatten([for entry in values(var.catalogue_entries) : entry.read_actions])))

  statements = concat(
    [
      for service, grants in local.grants_by_service : {
        sid       = "Tag${replace(title(replace(service, "-", " ")), " ", "")}"
        actions   = sort(distinct(grants[*].action))
        resources = lookup(local.exceptional_resources, service, sort(distinct(grants[*].resource)))
      }
    ],
    [
      # Most read actions (ec2:Describe*, tag:GetResources) have no resource-level permissions.
      for index, actions in chunklist(local.read_actions, 100) : {
        sid       = "ReadTags${index}"
        actions   = actions
        resources = ["*"]
      }
    ],
  )

  statements_of_policy = {
    for index, statement in local.statements : format("%02d", module.policy_of_statement.bins[index]) => statement...
  }
}

module "policy_of_statement" {
  source = "../packing"

  # 18 characters are "Effect":"Allow" and the comma behind the statement.
  sizes = [for statement in local.statements : length(jsonencode(statement)) + 18]
  # IAM takes 6,144 characters in a managed policy, white space not counted. 100 are for what surrounds the statements.
  capacity = 6144 - 100
}

data "aws_iam_policy_document" "tagging" {
  for_each = local.statements_of_policy

  dynamic "statement" {
    for_each = { for statement in each.value : statement.sid => statement }

    content {
      sid       = statement.key
      actions   = statement.value.actions
      resources = statement.value.resources
    }
  }
}

# The resource-based delegation policy of an organization, as a document. No resources: an organization has one such
# policy, which may delegate other things as well.
# https://docs.aws.amazon.com/organizations/latest/userguide/orgs_delegate_policies.html

data "aws_partition" "current" {}

locals {
  # The management account needs no delegation.
  policy_accounts   = sort(setsubtract(var.policy_account_ids, [var.management_account_id]))
  function_accounts = sort(setsubtract(var.function_account_ids, [var.management_account_id]))

  policy_types = ["SERVICE_CONTROL_POLICY", "TAG_POLICY"]
  arn_prefix   = "arn:${data.aws_partition.current.partition}:organizations::${var.management_account_id}"

  policies = [for type in local.policy_types : "${local.arn_prefix}:policy/${var.organization_id}/${lower(type)}/*"]
  nodes    = [for node in ["root", "ou", "account"] : "${local.arn_prefix}:${node}/${var.organization_id}/*"]

  statements = {
    # The provider reads the service access of an organization whose accounts it may list.
    ReadOrganization = {
      accounts = local.policy_accounts
      actions = [
        "DescribeAccount", "DescribeOrganization", "DescribeOrganizationalUnit", "ListAWSServiceAccessForOrganization",
        "ListAccounts", "ListAccountsForParent", "ListChildren", "ListOrganizationalUnitsForParent", "ListParents", "ListRoots",
        "ListTagsForResource",
      ]
      resources    = ["*"]
      policy_types = []
    }
    ReadPolicies = {
      accounts     = local.policy_accounts
      actions      = ["DescribeEffectivePolicy", "DescribePolicy", "ListPolicies", "ListPoliciesForTarget", "ListTargetsForPolicy"]
      resources    = ["*"]
      policy_types = local.policy_types
    }
    ManagePolicies = {
      accounts     = local.policy_accounts
      actions      = ["AttachPolicy", "CreatePolicy", "DeletePolicy", "DetachPolicy", "UpdatePolicy"]
      resources    = concat(local.nodes, local.policies)
      policy_types = local.policy_types
    }
    TagThePolicies = {
      accounts     = local.policy_accounts
      actions      = ["TagResource", "UntagResource"]
      resources    = local.policies
      policy_types = []
    }
    # The plan asks for what lies below a scope, the function for the way up from an account, for the tags on it, and for its
    # address (`notifications.email_account_contact`).
    ReadTreeAndAccountTags = {
      accounts = local.function_accounts
      actions = [
        "DescribeAccount", "ListAccountsForParent", "ListOrganizationalUnitsForParent", "ListParents", "ListTagsForResource",
      ]
      resources    = ["*"]
      policy_types = []
    }
  }
}

data "aws_iam_policy_document" "delegation" {
  count = length(local.policy_accounts) + length(local.function_accounts) > 0 ? 1 : 0

  dynamic "statement" {
    for_each = { for sid, statement in local.statements : sid => statement if length(statement.accounts) > 0 }

    content {
      sid       = statement.key
      actions   = formatlist("organizations:%s", statement.value.actions)
      resources = statement.value.resources

      principals {
        type        = "AWS"
        identifiers = formatlist("arn:${data.aws_partition.current.partition}:iam::%s:root", statement.value.accounts)
      }

      dynamic "condition" {
        for_each = length(statement.value.policy_types) > 0 ? [statement.value.policy_types] : []

        content {
          test     = "StringLikeIfExists"
          variable = "organizations:PolicyType"
          values   = condition.value
        }
      }
    }
  }
}

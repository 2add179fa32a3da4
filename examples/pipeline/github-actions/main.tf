# Two roles for GitHub Actions, without a stored key: pull requests and the main branch may plan, which only reads; the protected
# environment may apply.

data "aws_partition" "current" {}

locals {
  issuer = "token.actions.githubusercontent.com"

  # https://docs.github.com/en/actions/reference/security/oidc#example-subject-claims
  roles = {
    plan = {
      description = "Plans ${var.name} from pull requests and ${var.branch}."
      subjects    = ["repo:${var.repository}:pull_request", "repo:${var.repository}:ref:refs/heads/${var.branch}"]
      policies    = concat(["arn:${data.aws_partition.current.partition}:iam::aws:policy/ReadOnlyAccess"], var.plan_policy_arns)
    }
    apply = {
      description = "Applies saved plans of ${var.name} from the environment ${var.environment}."
      subjects    = ["repo:${var.repository}:environment:${var.environment}"]
      policies    = var.apply_policy_arns
    }
  }
  attachments = flatten([
    for role, about in local.roles : [for policy in about.policies : { role = role, policy = policy }]
  ])
}

resource "aws_iam_openid_connect_provider" "github" {
  count = var.create_provider ? 1 : 0

  url            = "https://${local.issuer}"
  client_id_list = ["sts.amazonaws.com"]
}

data "aws_iam_openid_connect_provider" "github" {
  count = var.create_provider ? 0 : 1

  url = "https://${local.issuer}"
}

data "aws_iam_policy_document" "trust" {
  for_each = local.roles

  statement {
    sid     = "GitHubActions"
    actions = ["sts:AssumeRoleWithWebIdentity"]

    principals {
      type        = "Federated"
      identifiers = [one(concat(aws_iam_openid_connect_provider.github[*].arn, data.aws_iam_openid_connect_provider.github[*].arn))]
    }

    condition {
      test     = "StringEquals"
      variable = "${local.issuer}:aud"
      values   = ["sts.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "${local.issuer}:sub"
      values   = each.value.subjects
    }
  }
}

resource "aws_iam_role" "this" {
  for_each = local.roles

  name                 = "${var.name}-${each.key}"
  description          = each.value.description
  assume_role_policy   = data.aws_iam_policy_document.trust[each.key].json
  max_session_duration = 3600
}

resource "aws_iam_role_policy_attachment" "this" {
  for_each = { for attachment in local.attachments : "${attachment.role} ${attachment.policy}" => attachment }

  role       = aws_iam_role.this[each.value.role].name
  policy_arn = each.value.policy
}

# ReadOnlyAccess decrypts nothing, and the environment of the functions is encrypted.
data "aws_iam_policy_document" "decrypt" {
  statement {
    sid       = "ReadSettingsOfTheFunctions"
    actions   = ["kms:Decrypt"]
    resources = var.kms_key_arns
  }
}

resource "aws_iam_role_policy" "decrypt" {
  count = length(var.kms_key_arns) > 0 ? 1 : 0

  name   = "decrypt"
  role   = aws_iam_role.this["plan"].name
  policy = data.aws_iam_policy_document.decrypt.json
}

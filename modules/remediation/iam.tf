data "aws_iam_policy_document" "function_trust" {
  statement {
    sid     = "Lambda"
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["lambda.amazonaws.com"]
    }

    # "If exists": where Lambda does not say for whom it acts, the role must not lock its own function out. Another
    # account cannot use it either way, because a function takes roles of its own account only.
    condition {
      test     = "StringEqualsIfExists"
      variable = "aws:SourceAccount"
      values   = [local.account_id]
    }
  }
}

resource "aws_iam_role" "function" {
  name                 = local.function_name
  description          = "Reads and writes tags for ${var.name}."
  assume_role_policy   = data.aws_iam_policy_document.function_trust.json
  permissions_boundary = var.permissions_boundary_arn
  tags                 = var.resource_tags
}

# What remediation and settlement both need.
data "aws_iam_policy_document" "functions" {
  statement {
    sid       = "ReadPolicy"
    actions   = ["s3:GetObject"]
    resources = ["${local.policy_bucket_arn}/policy.json", "${local.policy_bucket_arn}/policy/*"]
  }

  statement {
    sid       = "Notify"
    actions   = ["sns:Publish"]
    resources = [local.topic_arns["notifications"]]
  }

  statement {
    sid       = "UseKey"
    actions   = ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey"]
    resources = [local.kms_key_arn]
  }
}

data "aws_iam_policy_document" "function" {
  source_policy_documents = [data.aws_iam_policy_document.functions.json]

  statement {
    sid       = "ReceiveEvents"
    actions   = ["sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"]
    resources = [local.events_queue_arn]
  }

  statement {
    sid       = "SetAsideEvents"
    actions   = ["sqs:SendMessage"]
    resources = [local.dead_letter_queue_arn]
  }

  # TransactWriteItems is allowed by the actions that it consists of.
  statement {
    sid       = "KeepLedger"
    actions   = ["dynamodb:BatchGetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"]
    resources = [local.ledger_table_arn]
  }

  statement {
    sid       = "WriteLog"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${local.function_log_group_arn}:*"]
  }

  dynamic "statement" {
    for_each = length(local.member_role_arns) > 0 ? [local.member_role_arns] : []

    content {
      sid       = "ActInMemberAccounts"
      actions   = ["sts:AssumeRole", "sts:SetSourceIdentity"]
      resources = statement.value

      dynamic "condition" {
        for_each = var.organization_id == null ? [] : [var.organization_id]

        content {
          test     = "StringEquals"
          variable = "aws:ResourceOrgID"
          values   = [condition.value]
        }
      }
    }
  }

  dynamic "statement" {
    for_each = length(local.organization_node_arns) > 0 ? [local.organization_node_arns] : []

    content {
      sid       = "FindScopeAndAccountTags"
      actions   = ["organizations:ListParents", "organizations:ListTagsForResource"]
      resources = statement.value
    }
  }
}

resource "aws_iam_role_policy" "function" {
  name   = "function"
  role   = aws_iam_role.function.name
  policy = data.aws_iam_policy_document.function.json
}

module "tagging_permissions" {
  source = "../internal/tagging-permissions"

  catalogue_entries         = var.catalogue_entries
  tag_keys                  = var.tag_keys
  services_without_tag_keys = var.services_without_tag_keys
  own_role_names            = concat(["${var.name}-*"], var.member_role_name == null ? [] : [var.member_role_name])
  policies_per_role         = var.policies_per_role
  untag                     = var.untag
}

resource "aws_iam_policy" "tagging" {
  for_each = module.tagging_permissions.policy_documents

  name        = "${local.function_name}-tagging-${each.key}"
  description = "Reads and writes tags of the governed resource types."
  policy      = each.value
  tags        = var.resource_tags
}

resource "aws_iam_role_policy_attachment" "tagging" {
  for_each = module.tagging_permissions.policy_documents

  role       = aws_iam_role.function.name
  policy_arn = aws_iam_policy.tagging[each.key].arn
}

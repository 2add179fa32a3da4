data "aws_iam_policy_document" "forwarding_trust" {
  statement {
    sid     = "ForwardingRules"
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["events.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [data.aws_caller_identity.current.account_id]
    }

    condition {
      test     = "ArnEquals"
      variable = "aws:SourceArn"
      values   = values(local.rule_arns)
    }
  }
}

resource "aws_iam_role" "forwarding" {
  # Rules are regional and roles are not: the region keeps two of these apart.
  name                 = "${var.name}-forwarding-${data.aws_region.current.id}"
  description          = "Lets EventBridge put events on the tag governance bus."
  assume_role_policy   = data.aws_iam_policy_document.forwarding_trust.json
  permissions_boundary = var.permissions_boundary_arn
  tags                 = var.resource_tags
}

data "aws_iam_policy_document" "forwarding" {
  statement {
    sid       = "PutEventsOnGovernanceBus"
    actions   = ["events:PutEvents"]
    resources = [var.event_bus_arn]
  }
}

resource "aws_iam_role_policy" "forwarding" {
  name   = "put-events"
  role   = aws_iam_role.forwarding.name
  policy = data.aws_iam_policy_document.forwarding.json
}

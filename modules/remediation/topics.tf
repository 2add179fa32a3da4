locals {
  # What people are told: findings and changes of the function, for channels in the only form that they show; alarms about the
  # machinery.
  topics = toset(concat(["notifications", "alarms"], local.has_chat ? ["chat"] : []))

  # Whose alarms may publish to the alarms topic, and use its key, by the sid of the statement.
  alarms_that_publish = merge(
    { AlarmsOfThisAccount = { variable = "aws:SourceAccount", owner = local.account_id, arns = local.alarm_arns } },
    var.organization_id == null ? {} : {
      AlarmsOfMemberAccounts = { variable = "aws:SourceOrgID", owner = var.organization_id, arns = local.organization_alarm_arns }
    },
  )
}

resource "aws_sns_topic" "this" {
  for_each = local.topics

  name              = "${var.name}-${each.key}"
  kms_master_key_id = local.kms_key_arn
  tags              = var.resource_tags
}

data "aws_iam_policy_document" "topic" {
  for_each = local.topics

  dynamic "statement" {
    for_each = each.key == "alarms" ? local.alarms_that_publish : {}

    content {
      sid       = statement.key
      actions   = ["sns:Publish"]
      resources = [local.topic_arns[each.key]]

      principals {
        type        = "Service"
        identifiers = ["cloudwatch.amazonaws.com"]
      }

      condition {
        test     = "StringEquals"
        variable = statement.value.variable
        values   = [statement.value.owner]
      }

      condition {
        test     = "ArnLike"
        variable = "aws:SourceArn"
        values   = [statement.value.arns]
      }
    }
  }

  dynamic "statement" {
    for_each = each.key == "alarms" ? [var.alarms_rule_arn] : []

    content {
      sid       = "AlarmsFromTheBus"
      actions   = ["sns:Publish"]
      resources = [local.topic_arns[each.key]]

      principals {
        type        = "Service"
        identifiers = ["events.amazonaws.com"]
      }

      condition {
        test     = "StringEquals"
        variable = "aws:SourceAccount"
        values   = [local.account_id]
      }

      condition {
        test     = "ArnEquals"
        variable = "aws:SourceArn"
        values   = [statement.value]
      }
    }
  }

  statement {
    sid       = "DenyInsecureTransport"
    effect    = "Deny"
    actions   = ["sns:Publish"]
    resources = [local.topic_arns[each.key]]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }
}

resource "aws_sns_topic_policy" "this" {
  for_each = local.topics

  arn    = aws_sns_topic.this[each.key].arn
  policy = data.aws_iam_policy_document.topic[each.key].json
}

resource "aws_sns_topic_subscription" "this" {
  for_each = var.subscriptions

  topic_arn           = aws_sns_topic.this[each.value.topic].arn
  protocol            = each.value.protocol
  endpoint            = each.value.endpoint
  filter_policy       = length(each.value.filter_policy) == 0 ? null : jsonencode(each.value.filter_policy)
  filter_policy_scope = length(each.value.filter_policy) == 0 ? null : "MessageAttributes"
}

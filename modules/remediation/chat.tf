# Channels of Slack and Microsoft Teams, through Amazon Q Developer in chat applications. It shows what the topic brings and can do
# nothing: the role has no permissions, and the guardrail denies all.

locals {
  has_chat = length(var.chat.slack) + length(var.chat.teams) > 0

  guardrails = ["arn:${local.partition}:iam::aws:policy/AWSDenyAll"]
}

data "aws_iam_policy_document" "chat_trust" {
  statement {
    sid     = "ChatChannels"
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["chatbot.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account_id]
    }
  }
}

resource "aws_iam_role" "chat" {
  count = local.has_chat ? 1 : 0

  name                 = "${var.name}-chat"
  description          = "Lets chat channels show notices of ${var.name}, and do nothing."
  assume_role_policy   = data.aws_iam_policy_document.chat_trust.json
  permissions_boundary = var.permissions_boundary_arn
  tags                 = var.resource_tags

  lifecycle {
    precondition {
      condition = local.partition == "aws"
      error_message = join(" ", [
        "notifications.chat is set, but Amazon Q Developer in chat applications is not in partition ${local.partition};",
        "leave it out.",
      ])
    }
  }
}

resource "aws_chatbot_slack_channel_configuration" "this" {
  for_each = var.chat.slack

  configuration_name    = "${var.name}-${each.key}"
  slack_team_id         = each.value.workspace_id
  slack_channel_id      = each.value.channel_id
  iam_role_arn          = aws_iam_role.chat[0].arn
  sns_topic_arns        = [aws_sns_topic.this["chat"].arn]
  guardrail_policy_arns = local.guardrails
  logging_level         = "ERROR"
  tags                  = var.resource_tags
}

resource "aws_chatbot_teams_channel_configuration" "this" {
  for_each = var.chat.teams

  configuration_name    = "${var.name}-${each.key}"
  tenant_id             = each.value.tenant_id
  team_id               = each.value.team_id
  channel_id            = each.value.channel_id
  iam_role_arn          = aws_iam_role.chat[0].arn
  sns_topic_arns        = [aws_sns_topic.this["chat"].arn]
  guardrail_policy_arns = local.guardrails
  logging_level         = "ERROR"
  tags                  = var.resource_tags
}

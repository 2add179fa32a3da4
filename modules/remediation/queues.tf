locals {
  # The longest that SQS keeps a message: time to repair what stops the function.
  message_retention_seconds = 1209600

  # The function moves a message to the dead-letter queue itself, with its cause, after `max_failures` or at this limit.
  # SQS, which knows no cause, is the net far behind it, for messages whose invocation is killed each time. With the
  # function's own pauses of up to 15 minutes it takes about a day.
  max_receive_count = 100
}

resource "aws_sqs_queue" "events" {
  name              = "${var.name}-events"
  kms_master_key_id = local.kms_key_arn
  # Many clients tag a resource right after creating it: wait before judging it.
  delay_seconds = var.settle_seconds
  # AWS advises six times the function's timeout, so that a batch is not handed out twice while it is worked on.
  visibility_timeout_seconds = 6 * var.function.timeout_seconds
  message_retention_seconds  = local.message_retention_seconds
  tags                       = var.resource_tags

  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.dead_letter.arn
    maxReceiveCount     = local.max_receive_count
  })
}

resource "aws_sqs_queue" "dead_letter" {
  name                      = "${var.name}-events-dead-letter"
  kms_master_key_id         = local.kms_key_arn
  message_retention_seconds = local.message_retention_seconds
  tags                      = var.resource_tags
}

resource "aws_sqs_queue_redrive_allow_policy" "dead_letter" {
  queue_url = aws_sqs_queue.dead_letter.url

  redrive_allow_policy = jsonencode({
    redrivePermission = "byQueue"
    sourceQueueArns   = [aws_sqs_queue.events.arn]
  })
}

locals {
  queue_senders = {
    events = {
      arn     = local.events_queue_arn
      url     = aws_sqs_queue.events.url
      sources = var.event_rule_arns
    }
    dead_letter = {
      arn     = local.dead_letter_queue_arn
      url     = aws_sqs_queue.dead_letter.url
      sources = concat(var.event_rule_arns, [var.alarms_rule_arn, var.event_bus_arn])
    }
  }
}

data "aws_iam_policy_document" "queue" {
  for_each = local.queue_senders

  dynamic "statement" {
    for_each = length(each.value.sources) > 0 ? [each.value.sources] : []

    content {
      sid       = "EventBridge"
      actions   = ["sqs:SendMessage"]
      resources = [each.value.arn]

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
        values   = statement.value
      }
    }
  }

  statement {
    sid       = "DenyInsecureTransport"
    effect    = "Deny"
    actions   = ["sqs:*"]
    resources = [each.value.arn]

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

resource "aws_sqs_queue_policy" "this" {
  for_each = local.queue_senders

  queue_url = each.value.url
  policy    = data.aws_iam_policy_document.queue[each.key].json
}

# The relay brings notices from their topic to chat channels and to the mailboxes of single owners, each in its own form. What it
# could not deliver after three attempts is in a queue, and an alarm rings.

locals {
  has_relay = local.has_chat || var.mail.sender != null

  # Policy documents name these in place of the resources, as in main.tf.
  relay_log_group_arn     = one(aws_cloudwatch_log_group.relay[*].arn)
  undelivered_notices_arn = one(aws_sqs_queue.undelivered_notices[*].arn)

  # SES asks for the identity of the sender (its address, its domain or one above), for those of recipients that are verified in
  # this account, and for the identity's default configuration set. The condition on the sender is the limit.
  mail_resources = [
    for resource in ["configuration-set/*", "identity/*"] :
    "arn:${local.partition}:ses:${local.region}:${local.account_id}:${resource}"
  ]
}

resource "aws_sqs_queue" "undelivered_notices" {
  count = local.has_relay ? 1 : 0

  name                      = "${var.name}-undelivered-notices"
  message_retention_seconds = 1209600
  kms_master_key_id         = local.kms_key_arn
  tags                      = var.resource_tags
}

resource "aws_cloudwatch_log_group" "relay" {
  count = local.has_relay ? 1 : 0

  name              = "/aws/lambda/${local.relay_name}"
  retention_in_days = var.log_retention_days
  kms_key_id        = local.kms_key_arn
  tags              = var.resource_tags
}

resource "aws_iam_role" "relay" {
  count = local.has_relay ? 1 : 0

  name                 = local.relay_name
  description          = "Brings notices of ${var.name} to chat channels and mailboxes."
  assume_role_policy   = data.aws_iam_policy_document.function_trust.json
  permissions_boundary = var.permissions_boundary_arn
  tags                 = var.resource_tags
}

data "aws_iam_policy_document" "relay" {
  count = local.has_relay ? 1 : 0

  statement {
    sid       = "ReadPolicy"
    actions   = ["s3:GetObject"]
    resources = ["${local.policy_bucket_arn}/policy.json", "${local.policy_bucket_arn}/policy/*"]
  }

  statement {
    sid       = "UseKey"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [local.kms_key_arn]
  }

  statement {
    sid       = "KeepWhatWasNotDelivered"
    actions   = ["sqs:SendMessage"]
    resources = [local.undelivered_notices_arn]
  }

  statement {
    sid       = "WriteLog"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${local.relay_log_group_arn}:*"]
  }

  dynamic "statement" {
    for_each = local.has_chat ? [local.topic_arns["chat"]] : []

    content {
      sid       = "PublishToChannels"
      actions   = ["sns:Publish"]
      resources = [statement.value]
    }
  }

  dynamic "statement" {
    for_each = var.mail.sender == null ? [] : [var.mail.sender]

    content {
      sid       = "MailOwners"
      actions   = ["ses:SendEmail"]
      resources = local.mail_resources

      condition {
        test     = "StringEquals"
        variable = "ses:FromAddress"
        values   = [statement.value]
      }
    }
  }

  dynamic "statement" {
    for_each = var.mail.account_contact ? [local.organization_node_arns] : []

    content {
      sid       = "FindContactsOfAccounts"
      actions   = ["organizations:DescribeAccount"]
      resources = [for arn in statement.value : arn if strcontains(arn, ":account/")]
    }
  }
}

resource "aws_iam_role_policy" "relay" {
  count = local.has_relay ? 1 : 0

  name   = "relay"
  role   = aws_iam_role.relay[0].name
  policy = data.aws_iam_policy_document.relay[0].json
}

resource "aws_lambda_function" "relay" {
  # checkov:skip=CKV_AWS_115: a topic starts it once for a notice; reserving would take from the account's pool
  # checkov:skip=CKV_AWS_116: the destination for failures, which holds more of the cause, takes its place
  # checkov:skip=CKV_AWS_117: it calls AWS APIs and nothing else; a VPC would take an endpoint for each and protect nothing more
  # checkov:skip=CKV_AWS_272: the package is committed, reproducible and pinned by its hash; a signing profile is the user's to bring
  count = local.has_relay ? 1 : 0

  function_name = local.relay_name
  description   = "Brings notices to chat channels and mailboxes."
  role          = aws_iam_role.relay[0].arn

  runtime       = local.functions.runtime
  architectures = local.functions.architectures
  handler       = "tag_governance.handlers.relay.handle"
  memory_size   = 256
  timeout       = 60

  filename          = local.functions.filename
  source_code_hash  = local.functions.source_code_hash
  s3_bucket         = local.functions.s3_bucket
  s3_key            = local.functions.s3_key
  s3_object_version = local.functions.s3_object_version

  kms_key_arn = local.kms_key_arn
  tags        = var.resource_tags

  environment {
    variables = local.environment
  }

  logging_config {
    log_format            = local.functions.log_format
    log_group             = aws_cloudwatch_log_group.relay[0].name
    application_log_level = local.functions.application_log_level
    system_log_level      = local.functions.system_log_level
  }

  tracing_config {
    mode = local.functions.tracing_mode
  }

  depends_on = [aws_iam_role_policy.relay, aws_s3_object.policy_by_hash]
}

resource "aws_lambda_function_event_invoke_config" "relay" {
  count = local.has_relay ? 1 : 0

  function_name                = aws_lambda_function.relay[0].function_name
  maximum_event_age_in_seconds = 21600
  maximum_retry_attempts       = 2

  destination_config {
    on_failure {
      destination = aws_sqs_queue.undelivered_notices[0].arn
    }
  }
}

resource "aws_lambda_permission" "relay" {
  count = local.has_relay ? 1 : 0

  function_name  = aws_lambda_function.relay[0].function_name
  action         = "lambda:InvokeFunction"
  principal      = "sns.amazonaws.com"
  source_arn     = aws_sns_topic.this["notifications"].arn
  source_account = local.account_id
}

resource "aws_sns_topic_subscription" "relay" {
  count = local.has_relay ? 1 : 0

  topic_arn = aws_sns_topic.this["notifications"].arn
  protocol  = "lambda"
  endpoint  = aws_lambda_function.relay[0].arn

  depends_on = [aws_lambda_permission.relay]
}

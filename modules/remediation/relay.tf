# The relay brings notices from their topic to chat channels and to the mailboxes of single owners, each in its own form. What it
# could not deliver after three attempts is in a queue, and an alarm rings.

locals {
  has_relay = local.has_chat || var.mail.sender != null
  relay     = toset(local.has_relay ? ["relay"] : [])

  # Policy documents name these in place of the resources, as in main.tf.
  relay_arns = {
    for relay in local.relay : relay => {
      log_group           = aws_cloudwatch_log_group.relay[relay].arn
      undelivered_notices = aws_sqs_queue.undelivered_notices[relay].arn
    }
  }

  # SES looks for the identity of the address, or that of its domain.
  mail_identities = var.mail.sender == null ? [] : [
    for identity in [var.mail.sender, split("@", var.mail.sender)[1]] :
    "arn:${local.partition}:ses:${local.region}:${local.account_id}:identity/${identity}"
  ]
}

resource "aws_sqs_queue" "undelivered_notices" {
  for_each = local.relay

  name                      = "${var.name}-undelivered-notices"
  message_retention_seconds = 1209600
  kms_master_key_id         = local.kms_key_arn
  tags                      = var.resource_tags
}

resource "aws_cloudwatch_log_group" "relay" {
  for_each = local.relay

  name              = "/aws/lambda/${local.relay_name}"
  retention_in_days = var.log_retention_days
  kms_key_id        = local.kms_key_arn
  tags              = var.resource_tags
}

resource "aws_iam_role" "relay" {
  for_each = local.relay

  name                 = local.relay_name
  description          = "Brings notices of ${var.name} to chat channels and mailboxes."
  assume_role_policy   = data.aws_iam_policy_document.function_trust.json
  permissions_boundary = var.permissions_boundary_arn
  tags                 = var.resource_tags
}

data "aws_iam_policy_document" "relay" {
  for_each = local.relay

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
    resources = [local.relay_arns["relay"].undelivered_notices]
  }

  statement {
    sid       = "WriteLog"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${local.relay_arns["relay"].log_group}:*"]
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
      resources = local.mail_identities

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
  for_each = local.relay

  name   = "relay"
  role   = aws_iam_role.relay["relay"].name
  policy = data.aws_iam_policy_document.relay["relay"].json
}

resource "aws_lambda_function" "relay" {
  # checkov:skip=CKV_AWS_115: a topic starts it once for a notice; reserving would take from the account's pool
  # checkov:skip=CKV_AWS_116: the destination for failures, which holds more of the cause, takes its place
  # checkov:skip=CKV_AWS_117: it calls AWS APIs and nothing else; a VPC would take an endpoint for each and protect nothing more
  # checkov:skip=CKV_AWS_272: the package is committed, reproducible and pinned by its hash; a signing profile is the user's to bring
  for_each = local.relay

  function_name = local.relay_name
  description   = "Brings notices to chat channels and mailboxes."
  role          = aws_iam_role.relay["relay"].arn

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
    log_group             = aws_cloudwatch_log_group.relay["relay"].name
    application_log_level = local.functions.application_log_level
    system_log_level      = local.functions.system_log_level
  }

  tracing_config {
    mode = local.functions.tracing_mode
  }

  depends_on = [aws_iam_role_policy.relay, aws_s3_object.policy_by_hash]
}

resource "aws_lambda_function_event_invoke_config" "relay" {
  for_each = local.relay

  function_name                = aws_lambda_function.relay["relay"].function_name
  maximum_event_age_in_seconds = 21600
  maximum_retry_attempts       = 2

  destination_config {
    on_failure {
      destination = aws_sqs_queue.undelivered_notices["relay"].arn
    }
  }
}

resource "aws_lambda_permission" "relay" {
  for_each = local.relay

  function_name  = aws_lambda_function.relay["relay"].function_name
  action         = "lambda:InvokeFunction"
  principal      = "sns.amazonaws.com"
  source_arn     = aws_sns_topic.this["notifications"].arn
  source_account = local.account_id
}

resource "aws_sns_topic_subscription" "relay" {
  for_each = local.relay

  topic_arn = aws_sns_topic.this["notifications"].arn
  protocol  = "lambda"
  endpoint  = aws_lambda_function.relay["relay"].arn

  depends_on = [aws_lambda_permission.relay]
}

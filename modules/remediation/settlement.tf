# The settlement: what no message brings back. Every five minutes it tells what is due, and asks the remediation to look
# again at what was interrupted or denied.

resource "aws_cloudwatch_log_group" "settlement" {
  name              = "/aws/lambda/${local.settlement_name}"
  retention_in_days = var.log_retention_days
  kms_key_id        = local.kms_key_arn
  tags              = var.resource_tags
}

resource "aws_iam_role" "settlement" {
  name                 = local.settlement_name
  description          = "Tells and settles what is due for ${var.name}."
  assume_role_policy   = data.aws_iam_policy_document.function_trust.json
  permissions_boundary = var.permissions_boundary_arn
  tags                 = var.resource_tags
}

data "aws_iam_policy_document" "settlement" {
  source_policy_documents = [data.aws_iam_policy_document.functions.json]

  # TransactWriteItems is allowed by the actions that it consists of.
  statement {
    sid       = "KeepLedger"
    actions   = ["dynamodb:BatchGetItem", "dynamodb:PutItem"]
    resources = [local.ledger_table_arn]
  }

  statement {
    sid       = "FindWhatIsDue"
    actions   = ["dynamodb:Query"]
    resources = ["${local.ledger_table_arn}/index/due"]
  }

  statement {
    sid       = "AskForAnotherLook"
    actions   = ["sqs:SendMessage"]
    resources = [local.events_queue_arn]
  }

  dynamic "statement" {
    for_each = length(local.organization_node_arns) > 0 ? [local.organization_node_arns] : []

    content {
      sid       = "FindScope"
      actions   = ["organizations:ListParents"]
      resources = statement.value
    }
  }

  statement {
    sid       = "WriteLog"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${local.settlement_log_group_arn}:*"]
  }
}

resource "aws_iam_role_policy" "settlement" {
  name   = "settlement"
  role   = aws_iam_role.settlement.name
  policy = data.aws_iam_policy_document.settlement.json
}

resource "aws_lambda_function" "settlement" {
  # checkov:skip=CKV_AWS_115: a schedule starts it once in five minutes; reserving would take from the account's pool
  # checkov:skip=CKV_AWS_116: a run that fails is not repeated, because the next one comes anyway and does the same
  # checkov:skip=CKV_AWS_117: it calls AWS APIs and nothing else; a VPC would take an endpoint for each and protect nothing more
  # checkov:skip=CKV_AWS_272: the package is committed, reproducible and pinned by its hash; a signing profile is the user's to bring

  function_name = local.settlement_name
  description   = "Tells what is due and settles what was interrupted."
  role          = aws_iam_role.settlement.arn

  runtime       = local.functions.runtime
  architectures = local.functions.architectures
  handler       = "tag_governance.handlers.settle.handle"
  memory_size   = 256
  timeout       = var.function.timeout_seconds

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
    log_group             = aws_cloudwatch_log_group.settlement.name
    application_log_level = local.functions.application_log_level
    system_log_level      = local.functions.system_log_level
  }

  tracing_config {
    mode = local.functions.tracing_mode
  }

  depends_on = [aws_iam_role_policy.settlement, aws_s3_object.policy_by_hash]
}

# Scheduler invokes asynchronously: Lambda would repeat a run that fails, and keep one that it has no room for.
resource "aws_lambda_function_event_invoke_config" "settlement" {
  function_name                = aws_lambda_function.settlement.function_name
  maximum_event_age_in_seconds = 300
  maximum_retry_attempts       = 0
}

data "aws_iam_policy_document" "schedule_trust" {
  statement {
    sid     = "Schedules"
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["scheduler.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account_id]
    }
  }
}

resource "aws_iam_role" "schedule" {
  name                 = "${var.name}-schedule"
  description          = "Runs the settlement function of ${var.name}."
  assume_role_policy   = data.aws_iam_policy_document.schedule_trust.json
  permissions_boundary = var.permissions_boundary_arn
  tags                 = var.resource_tags
}

data "aws_iam_policy_document" "schedule" {
  statement {
    sid       = "RunSettlement"
    actions   = ["lambda:InvokeFunction"]
    resources = [local.settlement_function_arn]
  }

  # Scheduler decrypts with the schedule's own role, not as a service, so the key policy does not name it.
  # https://docs.aws.amazon.com/scheduler/latest/UserGuide/encryption-rest.html
  statement {
    sid       = "DecryptSchedule"
    actions   = ["kms:Decrypt"]
    resources = [local.kms_key_arn]

    condition {
      test     = "StringEquals"
      variable = "kms:EncryptionContext:aws:scheduler:schedule:arn"
      values   = [local.schedule_arn]
    }
  }
}

resource "aws_iam_role_policy" "schedule" {
  name   = "schedule"
  role   = aws_iam_role.schedule.name
  policy = data.aws_iam_policy_document.schedule.json
}

resource "aws_scheduler_schedule" "settlement" {
  name                = local.settlement_name
  description         = "Runs the settlement function."
  schedule_expression = "rate(5 minutes)"
  state               = "ENABLED"
  kms_key_arn         = local.kms_key_arn

  flexible_time_window {
    mode = "OFF"
  }

  target {
    arn      = aws_lambda_function.settlement.arn
    role_arn = aws_iam_role.schedule.arn

    # The next run comes anyway.
    retry_policy {
      maximum_event_age_in_seconds = 300
      maximum_retry_attempts       = 0
    }
  }

  # A role without its permissions would miss the first run.
  depends_on = [aws_iam_role_policy.schedule, aws_lambda_function_event_invoke_config.settlement]
}

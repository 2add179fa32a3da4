locals {
  # Empty strings stand for null in the environment of a function. The policy travels along when it is small, and
  # saves the function a read; the environment is limited to 4 KB in all.
  policy_gzip   = base64gzip(var.policy_document)
  policy_inline = length(local.policy_gzip) <= 3000 ? local.policy_gzip : ""

  # The settings of all functions.
  environment = {
    POLICY_BUCKET          = aws_s3_bucket.policy.id
    POLICY_SHA256          = local.policy_sha256
    POLICY_INLINE          = local.policy_inline
    LEDGER_TABLE           = aws_dynamodb_table.ledger.name
    NOTIFICATION_TOPIC_ARN = aws_sns_topic.this["notifications"].arn
    CHAT_TOPIC_ARN         = local.has_chat ? aws_sns_topic.this["chat"].arn : ""
    EVENTS_QUEUE_URL       = aws_sqs_queue.events.url
    DEAD_LETTER_QUEUE_URL  = aws_sqs_queue.dead_letter.url
    METRIC_NAMESPACE       = var.name
    MAX_FAILURES           = tostring(var.function.max_failures)
    MAX_RECEIVE_COUNT      = tostring(local.max_receive_count)
    LEDGER_RETENTION_DAYS  = tostring(var.ledger_retention_days)
  }

  package_filename = var.lambda_package == null ? "${path.module}/lambda/tag_governance.zip" : var.lambda_package.filename

  # What all run, and how. Each has a handler, a role and a log group of its own.
  functions = {
    runtime       = "python3.13"
    architectures = ["arm64"]

    filename = local.package_filename
    source_code_hash = (
      try(var.lambda_package.source_code_hash, null) != null ? var.lambda_package.source_code_hash :
      local.package_filename != null ? filebase64sha256(local.package_filename) : null
    )
    s3_bucket         = try(var.lambda_package.s3_bucket, null)
    s3_key            = try(var.lambda_package.s3_key, null)
    s3_object_version = try(var.lambda_package.s3_object_version, null)

    log_format            = "JSON"
    application_log_level = "INFO"
    system_log_level      = "WARN"

    # They follow the sampling decision of whoever calls, and start no trace of their own.
    tracing_mode = "PassThrough"
  }
}

resource "aws_cloudwatch_log_group" "function" {
  name              = "/aws/lambda/${local.function_name}"
  retention_in_days = var.log_retention_days
  kms_key_id        = local.kms_key_arn
  tags              = var.resource_tags
}

resource "aws_lambda_function" "remediation" {
  # checkov:skip=CKV_AWS_115: the event source mapping's maximum_concurrency is the bound; reserving would take from the account's pool
  # checkov:skip=CKV_AWS_116: invoked by a queue only, which has a dead-letter queue; this setting is for asynchronous calls
  # checkov:skip=CKV_AWS_117: it calls AWS APIs and nothing else; a VPC would take an endpoint for each and protect nothing more
  # checkov:skip=CKV_AWS_272: the package is committed, reproducible and pinned by its hash; a signing profile is the user's to bring

  function_name = local.function_name
  description   = "Decides whether resources carry the governed tags and corrects them."
  role          = aws_iam_role.function.arn

  runtime       = local.functions.runtime
  architectures = local.functions.architectures
  handler       = "tag_governance.handlers.remediate.handle"
  memory_size   = var.function.memory_mb
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
    log_group             = aws_cloudwatch_log_group.function.name
    application_log_level = local.functions.application_log_level
    system_log_level      = local.functions.system_log_level
  }

  tracing_config {
    mode = local.functions.tracing_mode
  }

  # A function without its permissions or its policy would spend a message's receives on access errors.
  depends_on = [aws_iam_role_policy.function, aws_iam_role_policy_attachment.tagging, aws_s3_object.policy_by_hash]
}

resource "aws_lambda_event_source_mapping" "events" {
  event_source_arn                   = aws_sqs_queue.events.arn
  function_name                      = aws_lambda_function.remediation.arn
  batch_size                         = var.function.batch_size
  maximum_batching_window_in_seconds = 5
  function_response_types            = ["ReportBatchItemFailures"]
  tags                               = var.resource_tags

  scaling_config {
    maximum_concurrency = var.function.maximum_concurrency
  }
}

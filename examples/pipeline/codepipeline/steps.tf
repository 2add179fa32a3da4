# Plan and apply: a CodeBuild project each, with a role of its own.

resource "aws_cloudwatch_log_group" "step" {
  for_each = local.steps

  name              = "/aws/codebuild/${var.name}-${each.key}"
  retention_in_days = 365
  kms_key_id        = aws_kms_key.artifacts.arn
}

resource "aws_iam_role" "step" {
  for_each = local.steps

  name               = "${var.name}-${each.key}"
  description        = "Runs terraform ${each.key} for ${var.name}."
  assume_role_policy = data.aws_iam_policy_document.trust["codebuild"].json
}

resource "aws_iam_role_policy_attachment" "step" {
  for_each = { for attachment in local.attachments : "${attachment.step} ${attachment.policy}" => attachment }

  role       = aws_iam_role.step[each.value.step].name
  policy_arn = each.value.policy
}

data "aws_iam_policy_document" "step" {
  for_each = local.steps

  source_policy_documents = [data.aws_iam_policy_document.artifacts.json]

  statement {
    sid       = "WriteLog"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${aws_cloudwatch_log_group.step[each.key].arn}:*"]
  }

  # ReadOnlyAccess decrypts nothing, and the environment of the functions is encrypted.
  dynamic "statement" {
    for_each = each.key == "plan" && length(var.kms_key_arns) > 0 ? [var.kms_key_arns] : []

    content {
      sid       = "ReadSettingsOfTheFunctions"
      actions   = ["kms:Decrypt"]
      resources = statement.value
    }
  }
}

resource "aws_iam_role_policy" "step" {
  for_each = local.steps

  name   = "step"
  role   = aws_iam_role.step[each.key].name
  policy = data.aws_iam_policy_document.step[each.key].json
}

resource "aws_codebuild_project" "step" {
  for_each = local.steps

  name           = "${var.name}-${each.key}"
  description    = "terraform ${each.key} of ${var.name}"
  service_role   = aws_iam_role.step[each.key].arn
  encryption_key = aws_kms_key.artifacts.arn
  build_timeout  = 60

  artifacts {
    type = "CODEPIPELINE"
  }

  environment {
    type         = "LINUX_CONTAINER"
    compute_type = "BUILD_GENERAL1_SMALL"
    image        = "aws/codebuild/amazonlinux-x86_64-standard:5.0"
  }

  source {
    type = "CODEPIPELINE"
    buildspec = yamlencode({
      version = "0.2"
      phases = {
        install = { commands = local.install }
        build   = { commands = concat(["cd \"$CODEBUILD_SRC_DIR/${var.folder}\""], each.value.commands) }
      }
      artifacts = { base-directory = "$CODEBUILD_SRC_DIR", files = ["**/*"], exclude-paths = ["**/.terraform/providers/**/*"] }
    })
  }

  logs_config {
    cloudwatch_logs {
      group_name = aws_cloudwatch_log_group.step[each.key].name
    }
  }
}

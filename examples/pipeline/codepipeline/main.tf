# Source, plan, approval, apply. The apply takes the plan that was approved, from the pipeline's encrypted bucket.

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}

locals {
  account_id = data.aws_caller_identity.current.account_id
  partition  = data.aws_partition.current.partition

  steps = {
    plan = {
      policies = concat(["arn:${local.partition}:iam::aws:policy/ReadOnlyAccess"], var.plan_policy_arns)
      commands = [
        "terraform init -input=false -lockfile=readonly",
        "terraform plan -input=false -lock=false -out=plan.tfplan",
        "terraform show -no-color plan.tfplan",
      ]
    }
    apply = {
      policies = var.apply_policy_arns
      commands = [
        "terraform init -input=false -lockfile=readonly",
        "terraform apply -input=false plan.tfplan",
      ]
    }
  }
  attachments = flatten([
    for step, about in local.steps : [for policy in about.policies : { step = step, policy = policy }]
  ])

  # https://developer.hashicorp.com/terraform/install
  install = [
    "version=${var.terraform_version}; file=terraform_$${version}_linux_amd64.zip",
    "curl --fail --silent --show-error --output terraform.zip https://releases.hashicorp.com/terraform/$version/$file",
    "echo \"${var.terraform_sha256}  terraform.zip\" | sha256sum --check",
    "unzip -q terraform.zip terraform -d /usr/local/bin",
  ]
}

resource "aws_kms_key" "artifacts" {
  description         = "Encrypts plans and logs of ${var.name}."
  enable_key_rotation = true
  policy              = data.aws_iam_policy_document.key.json
}

data "aws_iam_policy_document" "key" {
  # checkov:skip=CKV_AWS_109: in a key policy the resource "*" is the key itself
  # checkov:skip=CKV_AWS_111: in a key policy the resource "*" is the key itself
  # checkov:skip=CKV_AWS_356: in a key policy the resource "*" is the key itself

  statement {
    sid       = "IamPoliciesOfThisAccount"
    actions   = ["kms:*"]
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = ["arn:${local.partition}:iam::${local.account_id}:root"]
    }
  }

  statement {
    sid       = "LogsOfTheSteps"
    actions   = ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey"]
    resources = ["*"]

    principals {
      type        = "Service"
      identifiers = ["logs.${var.region}.${data.aws_partition.current.dns_suffix}"]
    }

    condition {
      test     = "ArnLike"
      variable = "kms:EncryptionContext:aws:logs:arn"
      values   = ["arn:${local.partition}:logs:${var.region}:${local.account_id}:log-group:/aws/codebuild/${var.name}-*"]
    }
  }
}

resource "aws_s3_bucket" "artifacts" {
  # checkov:skip=CKV_AWS_18: the pipeline alone reads and writes it, which CloudTrail records
  # checkov:skip=CKV_AWS_144: a plan is of use for a day; a second region would keep nothing that matters
  # checkov:skip=CKV2_AWS_62: nobody waits for objects here

  bucket        = "${var.name}-${local.account_id}-${var.region}"
  force_destroy = true
}

resource "aws_s3_bucket_versioning" "artifacts" {
  bucket = aws_s3_bucket.artifacts.id

  versioning_configuration {
    status = "Enabled" # CodePipeline asks for it
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "artifacts" {
  bucket = aws_s3_bucket.artifacts.id

  rule {
    bucket_key_enabled = true

    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.artifacts.arn
    }
  }
}

resource "aws_s3_bucket_public_access_block" "artifacts" {
  bucket = aws_s3_bucket.artifacts.id

  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_lifecycle_configuration" "artifacts" {
  bucket = aws_s3_bucket.artifacts.id

  rule {
    id     = "plans-are-of-use-for-a-while"
    status = "Enabled"

    filter {}

    expiration {
      days = 14
    }

    noncurrent_version_expiration {
      noncurrent_days = 1
    }

    abort_incomplete_multipart_upload {
      days_after_initiation = 1
    }
  }
}

data "aws_iam_policy_document" "trust" {
  for_each = toset(["codebuild", "codepipeline"])

  statement {
    sid     = "ThisAccount"
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["${each.key}.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account_id]
    }
  }
}

data "aws_iam_policy_document" "artifacts" {
  statement {
    sid       = "Artifacts"
    actions   = ["s3:GetObject", "s3:GetObjectVersion", "s3:PutObject"]
    resources = ["${aws_s3_bucket.artifacts.arn}/*"]
  }

  statement {
    sid       = "BucketOfTheArtifacts"
    actions   = ["s3:GetBucketVersioning"]
    resources = [aws_s3_bucket.artifacts.arn]
  }

  statement {
    sid       = "KeyOfTheArtifacts"
    actions   = ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey"]
    resources = [aws_kms_key.artifacts.arn]
  }
}

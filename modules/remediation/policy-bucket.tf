# The policy as the functions read it, and its former versions, so that one can see what was in force. An object has the
# encryption and the versioning that its bucket had when it was written.

locals {
  policy_sha256 = sha256(var.policy_document)
}

resource "aws_s3_bucket" "policy" {
  # checkov:skip=CKV_AWS_18: one object read by one function; CloudTrail data events show access where it must be recorded
  # checkov:skip=CKV_AWS_144: the content is made again by terraform apply
  # checkov:skip=CKV2_AWS_62: nothing waits for a change of this object; an apply gives the function its new version

  # Account and region, because bucket names are unique in the partition.
  bucket = "${var.name}-policy-${local.account_id}-${local.region}"
  tags   = var.resource_tags
}

resource "aws_s3_bucket_ownership_controls" "policy" {
  bucket = aws_s3_bucket.policy.id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_public_access_block" "policy" {
  bucket = aws_s3_bucket.policy.id

  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_server_side_encryption_configuration" "policy" {
  bucket = aws_s3_bucket.policy.id

  rule {
    bucket_key_enabled = true

    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = local.kms_key_arn
    }
  }
}

resource "aws_s3_bucket_versioning" "policy" {
  bucket = aws_s3_bucket.policy.id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "policy" {
  bucket = aws_s3_bucket.policy.id

  rule {
    id     = "expire-old-versions"
    status = "Enabled"

    filter {}

    noncurrent_version_expiration {
      noncurrent_days = var.ledger_retention_days
    }

    abort_incomplete_multipart_upload {
      days_after_initiation = 1
    }
  }

  # Rules for old versions are refused before versioning is on.
  depends_on = [aws_s3_bucket_versioning.policy]
}

data "aws_iam_policy_document" "policy_bucket" {
  statement {
    sid       = "DenyInsecureTransport"
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = [local.policy_bucket_arn, "${local.policy_bucket_arn}/*"]

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

resource "aws_s3_bucket_policy" "policy" {
  bucket = aws_s3_bucket.policy.id
  policy = data.aws_iam_policy_document.policy_bucket.json

  # Both write the bucket's policy settings, and S3 refuses two such calls at once.
  depends_on = [aws_s3_bucket_public_access_block.policy]
}

# What people read: the deployed policy, and every former one as an old version of this object.
resource "aws_s3_object" "policy" {
  bucket       = aws_s3_bucket.policy.id
  key          = "policy.json"
  content      = var.policy_document
  content_type = "application/json"
  tags         = var.resource_tags

  depends_on = [
    aws_s3_bucket_server_side_encryption_configuration.policy,
    aws_s3_bucket_versioning.policy,
  ]
}

# What the functions read. They find it by its hash, which is known at plan, so that a change of the policy changes nothing
# else in their environment. The former object is deleted, with all its versions, when the functions have the new hash. An apply
# that goes back after one that failed before that deletes the wrong one: then they read policy.json, until the next apply.
resource "aws_s3_object" "policy_by_hash" {
  bucket       = aws_s3_bucket.policy.id
  key          = "policy/${local.policy_sha256}.json"
  content      = var.policy_document
  content_type = "application/json"
  tags         = var.resource_tags

  depends_on = [
    aws_s3_bucket_server_side_encryption_configuration.policy,
    aws_s3_bucket_versioning.policy,
  ]

  lifecycle {
    create_before_destroy = true
  }
}

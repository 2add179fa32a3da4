variable "create" {
  description = "Whether to create anything. `false` leaves no resource and makes no call to AWS."
  type        = bool
  default     = true
  nullable    = false
}

variable "remediation" {
  description = <<-EOT
    Whether to create what watches and corrects: bus, rules, queues, functions, ledger, topics, alarms.
    `false` leaves the organization's policies alone.
  EOT
  type        = bool
  default     = true
  nullable    = false
}

variable "name" {
  description = <<-EOT
    Name of the stack: prefix of everything created, namespace of the metrics,
    and what the service control policy protects the stack by.
  EOT
  type        = string
  default     = "tag-governance"
  nullable    = false

  # A bucket name has 63 characters at most; 35 of them are left for the suffix, the account and the region.
  validation {
    condition = can(regex(local.forms.stack_name, var.name))
    error_message = join(" ", [
      "name is \"${var.name}\"; it takes 3 to 28 lower-case letters, digits and hyphens,",
      "begins with a letter and does not end with a hyphen.",
    ])
  }
}

variable "function" {
  description = <<-EOT
    Size and pace of the remediation function. The settlement function has the same timeout.

    - `memory_mb`, `timeout_seconds`: its size. The timeout, at least 90 seconds, leaves room for slow calls.
    - `batch_size`: how many events it takes at a time; events that arrive together cost fewer calls.
    - `maximum_concurrency`: how many copies run at most, so that it does not use up the rate limits of the tagging APIs.
    - `max_failures`: how often a message may fail by its own fault before it goes to the dead-letter queue with its cause.
      Throttling and other passing errors do not count.
  EOT
  type = object({
    memory_mb           = optional(number, 512)
    timeout_seconds     = optional(number, 120)
    batch_size          = optional(number, 10)
    maximum_concurrency = optional(number, 10)
    max_failures        = optional(number, 5)
  })
  default  = {}
  nullable = false

  # https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
  validation {
    condition = (
      var.function.memory_mb == floor(var.function.memory_mb)
      && var.function.memory_mb >= 128 && var.function.memory_mb <= 10240
    )
    error_message = "function.memory_mb is ${var.function.memory_mb}; Lambda takes 128 to 10240 MB."
  }

  validation {
    condition = (
      var.function.timeout_seconds == floor(var.function.timeout_seconds)
      && var.function.timeout_seconds >= 90 && var.function.timeout_seconds <= 900
    )
    error_message = join(" ", [
      "function.timeout_seconds is ${var.function.timeout_seconds}; it is a whole number from 90 to 900:",
      "a batch needs room for slow calls, and below 90 seconds the function would not begin to read.",
    ])
  }

  # https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-parameters.html
  validation {
    condition = (
      var.function.batch_size == floor(var.function.batch_size)
      && var.function.batch_size >= 1 && var.function.batch_size <= 10000
    )
    error_message = "function.batch_size is ${var.function.batch_size}; Lambda takes 1 to 10000 messages of a queue at a time."
  }

  validation {
    condition = (
      var.function.maximum_concurrency == floor(var.function.maximum_concurrency)
      && var.function.maximum_concurrency >= 2 && var.function.maximum_concurrency <= 1000
    )
    error_message = "function.maximum_concurrency is ${var.function.maximum_concurrency}; Lambda takes 2 to 1000 for a queue."
  }

  validation {
    condition = (
      var.function.max_failures == floor(var.function.max_failures)
      && var.function.max_failures >= 1 && var.function.max_failures <= 100
    )
    error_message = "function.max_failures is ${var.function.max_failures}; it is a whole number from 1 to 100."
  }
}

variable "lambda_package" {
  description = <<-EOT
    Another package for the function than the one in this module: a local zip (`filename`) or an object in S3
    (`s3_bucket`, `s3_key`, `s3_object_version`), with its `source_code_hash` (base64 of the SHA-256).
  EOT
  type = object({
    filename          = optional(string)
    s3_bucket         = optional(string)
    s3_key            = optional(string)
    s3_object_version = optional(string)
    source_code_hash  = optional(string)
  })
  default = null

  validation {
    condition = (
      var.lambda_package == null || try(var.lambda_package.filename, null) != null
      || (try(var.lambda_package.s3_bucket, null) != null && try(var.lambda_package.s3_key, null) != null)
    )
    error_message = "lambda_package names no package; set filename, or s3_bucket and s3_key."
  }

  validation {
    condition = (
      var.lambda_package == null || try(var.lambda_package.filename, null) == null
      || (try(var.lambda_package.s3_bucket, null) == null && try(var.lambda_package.s3_key, null) == null)
    )
    error_message = join(" ", [
      "lambda_package names two packages (filename \"${try(coalesce(var.lambda_package.filename), "")}\"",
      "and an S3 object); set filename, or s3_bucket and s3_key.",
    ])
  }

  validation {
    condition = try(var.lambda_package.filename, null) == null || try(var.lambda_package.s3_object_version, null) == null
    error_message = join(" ", [
      "lambda_package.s3_object_version is \"${try(coalesce(var.lambda_package.s3_object_version), "")}\", but the package is the file",
      "\"${try(coalesce(var.lambda_package.filename), "")}\"; remove one of them.",
    ])
  }
}

variable "kms_key_arn" {
  description = <<-EOT
    KMS key, known at plan, that encrypts bus, queues, topics, table, bucket and logs; the module makes one when null.
    It has to allow what output `kms_key_policy_document` says.
  EOT
  type        = string
  default     = null

  validation {
    condition = var.kms_key_arn == null || can(regex("^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+$", var.kms_key_arn))
    error_message = join(" ", [
      "kms_key_arn is \"${coalesce(var.kms_key_arn, "null")}\";",
      "it is the ARN of a key (arn:aws:kms:REGION:ACCOUNT:key/ID), not an alias.",
    ])
  }
}

variable "permissions_boundary_arn" {
  description = "Permissions boundary of every role."
  type        = string
  default     = null

  validation {
    condition = (
      var.permissions_boundary_arn == null
      || can(regex("^arn:aws[a-z-]*:iam::(?:[0-9]{12}|aws):policy/.+$", var.permissions_boundary_arn))
    )
    error_message = join(" ", [
      "permissions_boundary_arn is \"${coalesce(var.permissions_boundary_arn, "null")}\";",
      "it is the ARN of an IAM policy (arn:aws:iam::ACCOUNT:policy/NAME).",
    ])
  }
}

variable "services_without_tag_keys" {
  description = <<-EOT
    Services, by their IAM prefix (`sagemaker`), that do not tell IAM the tag keys of a call, though their reference lists
    `aws:TagKeys`. The roles may write tags of any key there; everywhere else the governed keys alone. See
    `docs/PERMISSIONS.md` for what to do when a service denies after an upgrade.
  EOT
  type        = list(string)
  default     = []
  nullable    = false
}

variable "log_retention_days" {
  description = "How long the logs of the functions are kept."
  type        = number
  default     = 365
  nullable    = false

  # https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
  validation {
    condition = contains(
      [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653],
      var.log_retention_days,
    )
    error_message = join(" ", [
      "log_retention_days is ${var.log_retention_days};",
      "CloudWatch Logs takes 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288 and 3653.",
    ])
  }
}

variable "ledger_retention_days" {
  description = "How long the ledger keeps what was changed and why."
  type        = number
  default     = 400
  nullable    = false

  validation {
    condition     = var.ledger_retention_days == floor(var.ledger_retention_days) && var.ledger_retention_days >= 1
    error_message = "ledger_retention_days is ${var.ledger_retention_days}; it is a whole number of at least 1."
  }
}

variable "ledger_deletion_protection" {
  description = "Whether DynamoDB refuses to delete the ledger. To destroy the stack, set it to false and apply first."
  type        = bool
  default     = true
  nullable    = false
}

variable "resource_tags" {
  description = "Tags of this module's own resources."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition = alltrue([for key in keys(var.resource_tags) : !startswith(lower(key), "aws:")])
    error_message = join("\n", [
      for key in keys(var.resource_tags) : "resource_tags: \"${key}\" begins with \"aws:\", which AWS keeps for itself."
      if startswith(lower(key), "aws:")
    ])
  }

  validation {
    condition     = length(var.resource_tags) <= 50
    error_message = "resource_tags has ${length(var.resource_tags)} tags; AWS allows 50 on a resource."
  }

  validation {
    condition = alltrue([
      for key, value in var.resource_tags :
      can(regex("^[\\p{L}\\p{Z}\\p{N}_.:/=+@-]{1,128}$", key)) && can(regex("^[\\p{L}\\p{Z}\\p{N}_.:/=+@-]{0,256}$", value))
    ])
    error_message = join("\n", [
      for key, value in var.resource_tags :
      "resource_tags[\"${key}\"] is \"${value}\"; a key takes 1 to 128 and a value at most 256 letters, digits, spaces and _ . : / = + - @."
      if !can(regex("^[\\p{L}\\p{Z}\\p{N}_.:/=+@-]{1,128}$", key)) || !can(regex("^[\\p{L}\\p{Z}\\p{N}_.:/=+@-]{0,256}$", value))
    ])
  }
}

variable "compliance_target_percent" {
  description = "Share of compliant resources, in percent, below which an alarm rings."
  type        = number
  default     = 95
  nullable    = false

  validation {
    condition     = var.compliance_target_percent > 0 && var.compliance_target_percent <= 100
    error_message = "compliance_target_percent is ${var.compliance_target_percent}; it is above 0 and at most 100."
  }
}

variable "dashboard" {
  description = "Whether to create the CloudWatch dashboard."
  type        = bool
  default     = true
  nullable    = false
}

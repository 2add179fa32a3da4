variable "name" {
  description = "Prefix of everything created, and the namespace of the metrics."
  type        = string
  nullable    = false
}

variable "policy_document" {
  description = "The policy (JSON) that the functions apply."
  type        = string
  nullable    = false
}

variable "catalogue_entries" {
  description = "The enabled resource types with their ARN pattern and IAM actions, as the `catalogue` module gives them."
  type = map(object({
    arn_pattern      = string
    read_actions     = list(string)
    tag_actions      = list(string)
    untag_actions    = list(string)
    unscoped_actions = set(string)
    any_key_actions  = set(string)
  }))
  nullable = false
}

variable "tag_keys" {
  description = "The governed tag keys and their aliases: the function may write no others."
  type        = list(string)
  nullable    = false
}

variable "services_without_tag_keys" {
  description = "Services (IAM prefixes) that do not tell IAM the tag keys of a call: there the function may write any."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "policies_per_role" {
  description = "IAM's quota of managed policies attached to one role."
  type        = number
  default     = 10
  nullable    = false
}

variable "untag" {
  description = "Whether the function may remove tags; needed only where a tag replaces its misspelt keys."
  type        = bool
  default     = false
  nullable    = false
}

variable "event_bus_arn" {
  description = "The governance bus, which sets aside what it cannot deliver."
  type        = string
  nullable    = false
}

variable "alarms_rule_arn" {
  description = "The rule that sends alarms of other accounts and regions to the alarms topic."
  type        = string
  nullable    = false
}

variable "event_rule_arns" {
  description = "The EventBridge rules that may send to the events queue."
  type        = list(string)
  nullable    = false
}

variable "organization_id" {
  description = "The organization of the governed accounts; null for one account alone."
  type        = string
  default     = null
}

variable "member_role_name" {
  description = "The role that the function assumes in every other account; null when there is none."
  type        = string
  default     = null
}

variable "settle_seconds" {
  description = "How long an event waits before it is judged, 0 to 900."
  type        = number
  default     = 60
  nullable    = false
}

variable "function" {
  description = <<-EOT
    Size and pace of the remediation function; the settlement has the same timeout. `max_failures` is how often a message
    may fail by its own fault before it goes to the dead-letter queue.
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
}

variable "lambda_package" {
  description = "A package to use in place of the one that comes with this module: a file, or an object in S3."
  type = object({
    filename          = optional(string)
    s3_bucket         = optional(string)
    s3_key            = optional(string)
    s3_object_version = optional(string)
    source_code_hash  = optional(string)
  })
  default = null
}

variable "mail" {
  description = "Address that mails to single owners come from, none when null; whether the contacts of accounts get them, too."
  type        = object({ sender = optional(string), account_contact = optional(bool, false) })
  default     = {}
  nullable    = false
}

variable "chat" {
  description = "Channels of Slack and Microsoft Teams that show the notices, by a name."
  type = object({
    slack = optional(map(object({ workspace_id = string, channel_id = string })), {})
    teams = optional(map(object({ tenant_id = string, team_id = string, channel_id = string })), {})
  })
  default  = {}
  nullable = false
}

variable "subscriptions" {
  description = <<-EOT
    Who is told, by a name that stays the same. `topic` is `notifications` (findings and changes) or `alarms`;
    `filter_policy` is matched against the message attributes.
  EOT
  type = map(object({
    protocol      = string
    endpoint      = string
    topic         = optional(string, "notifications")
    filter_policy = optional(map(list(string)), {})
  }))
  default  = {}
  nullable = false
}

variable "compliance_target_percent" {
  description = "The alarm rings when fewer of the resources evaluated in an hour are compliant."
  type        = number
  default     = 95
  nullable    = false
}

variable "kms_key_arn" {
  description = <<-EOT
    Key to encrypt everything with, known at plan; a key is made when null.
    Its policy must allow what output `kms_key_policy_document` says.
  EOT
  type        = string
  default     = null
}

variable "permissions_boundary_arn" {
  description = "Permissions boundary of the roles."
  type        = string
  default     = null
}

variable "log_retention_days" {
  description = "How long the logs of the functions are kept."
  type        = number
  default     = 365
  nullable    = false
}

variable "ledger_retention_days" {
  description = "How long an entry of the ledger and an old version of the policy are kept."
  type        = number
  default     = 400
  nullable    = false
}

variable "ledger_deletion_protection" {
  description = "Whether DynamoDB refuses to delete the ledger. Set to false, and apply, before destroying this module."
  type        = bool
  default     = true
  nullable    = false
}

variable "resource_tags" {
  description = "Tags of everything created."
  type        = map(string)
  default     = {}
  nullable    = false
}

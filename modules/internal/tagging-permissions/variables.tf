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

variable "account_id" {
  description = "The account that the permissions are for, or what a template writes for it; the caller's account when null."
  type        = string
  default     = null
}

variable "tag_keys" {
  description = "The tag keys that may be written and removed, in any case of letters; nothing is written without one."
  type        = list(string)
  nullable    = false
}

variable "services_without_tag_keys" {
  description = <<-EOT
    Services, by their IAM prefix, that do not tell IAM the tag keys of a call (`aws:TagKeys`), whatever their reference
    says: tags of any key may be written there.
  EOT
  type        = list(string)
  default     = []
  nullable    = false
}

variable "own_role_names" {
  description = "Names of the roles of this account whose tags must never be changed; `*` stands for any text."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "policies_per_role" {
  description = "IAM's quota of managed policies attached to one role: 10, or up to 20 where it was raised."
  type        = number
  default     = 10
  nullable    = false
}

variable "untag" {
  description = "Whether tags may be removed too; needed only where a tag replaces its misspelt keys."
  type        = bool
  default     = false
  nullable    = false
}

variable "name" {
  description = "Prefix of the forwarding rules, their role and their queue."
  type        = string
  default     = "tag-governance"
  nullable    = false
}

variable "role_name" {
  description = "Name of the role that the function assumes, the same in every account: `member_accounts.role_name` of the root module."
  type        = string
  nullable    = false
}

variable "create_role" {
  description = "Whether the role is made. Roles are global and rules are regional: true in one region of an account, false in its others."
  type        = bool
  default     = true
  nullable    = false
}

variable "function_role_arn" {
  description = "Role of the function in the governance account: output `function_role_arn` of the root module. It must exist."
  type        = string
  nullable    = false
}

variable "event_bus_arn" {
  description = "The governance bus: output `event_bus_arn` of the root module."
  type        = string
  nullable    = false
}

variable "event_patterns" {
  description = "What is forwarded: output `event_patterns` of the root module."
  type        = map(string)
  nullable    = false
}

variable "organization_id" {
  description = "The organization that the function's account must belong to."
  type        = string
  default     = null
}

variable "external_id" {
  description = "External id that the function has to give: `member_accounts.external_id` of the root module; none when null."
  type        = string
  default     = null

  # https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
  validation {
    condition = var.external_id == null || (
      can(regex("^[\\w+=,.@:/-]{2,}$", var.external_id)) && try(length(var.external_id) <= 1224, false)
    )
    error_message = "external_id is \"${coalesce(var.external_id, "null")}\"; it has 2 to 1,224 letters, digits and _ + = , . @ : / -."
  }
}

variable "resource_types" {
  description = "Catalogue patterns to govern, the same as in the root module."
  type        = list(string)
  default     = ["*"]
  nullable    = false
}

variable "tag_keys" {
  description = "The tag keys that the function may write and remove: output `tag_keys` of the root module."
  type        = list(string)
  nullable    = false

  validation {
    condition     = length(var.tag_keys) > 0
    error_message = "tag_keys is empty; give it output tag_keys of the root module, the governed tag keys."
  }
}

variable "services_without_tag_keys" {
  description = "Services (IAM prefixes) that do not tell IAM the tag keys of a call, the same as in the root module."
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
  description = "Whether the function may remove tags; needed only where a tag replaces its misspelt keys (`replace_key_aliases`)."
  type        = bool
  default     = false
  nullable    = false
}

variable "kms_key_arn" {
  description = "Key for the queue of undelivered events; it must let EventBridge use it. SQS encrypts with a key of its own when null."
  type        = string
  default     = null
}

variable "permissions_boundary_arn" {
  description = "Permissions boundary of the roles."
  type        = string
  default     = null
}

variable "alarm_actions" {
  description = "ARNs, of the same region, told when an event could not be forwarded, such as output `alarms_topic_arn` of the root module."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "resource_tags" {
  description = "Tags of everything created."
  type        = map(string)
  default     = {}
  nullable    = false
}

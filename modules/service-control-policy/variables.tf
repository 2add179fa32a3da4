variable "name" {
  description = "Prefix of the names of the policies."
  type        = string
  nullable    = false
}

variable "scopes" {
  description = "The finished schema of each scope, and the scopes above it, outermost first."
  type = map(object({
    target_id = string
    ancestors = list(string)
    tags = map(object({
      deny_create_without = list(string)
      protected           = bool
    }))
  }))
  nullable = false
}

variable "catalogue_entries" {
  description = <<-EOT
    IAM actions of each governed resource type, from the `catalogue` module. `request_tag_actions` are those that can be
    denied without a tag, each with the ARN patterns to deny it on.
  EOT
  type = map(object({
    request_tag_actions = map(list(string))
    request_tag_group   = number
    tag_actions         = list(string)
    untag_actions       = list(string)
  }))
  nullable = false
}

variable "keyless_untag_actions" {
  description = "Untagging actions that a call may ask for without `aws:TagKeys`; from the `catalogue` module."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "administrator_arns" {
  description = <<-EOT
    Principals that may change protected tags and the stack: administrators, and the roles of the stack itself.
    `*` stands for any text.
  EOT
  type        = list(string)
  nullable    = false

  validation {
    condition = length(var.administrator_arns) > 0 || (
      length(var.stack_arns) + length(var.stack_role_arns) == 0
      && !anytrue(flatten([for scope in var.scopes : values(scope.tags)[*].protected]))
    )
    error_message = "administrator_arns is empty: no one could change a protected tag or the stack any more."
  }
}

variable "deployment_arns" {
  description = "Principals that may change the stack but no protected tag: the roles that deploy it. `*` stands for any text."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "exemptions" {
  description = <<-EOT
    Who is spared from denials about tags, through the day `expires` (UTC): the principals (ARN patterns), or everyone in the
    accounts; everyone at all when neither is set. Both together are refused: the accounts of principals stand in their ARNs.
    Known at plan: the number of policies follows from them. With `resource_types` it is only about the creation of these.
    Nobody is spared from the protection of the stack.
  EOT
  type = map(object({
    accounts       = optional(list(string), [])
    principals     = optional(list(string), [])
    resource_types = optional(list(string), [])
    expires        = string
  }))
  default  = {}
  nullable = false
}

variable "stack_arns" {
  description = <<-EOT
    ARN patterns of what the stack consists of, by service (IAM prefix): bus and rules, queues, functions and their schedule,
    ledger, topics, alarms and dashboard, policy bucket, roles and their policies, aliases of its keys; and the roles and users
    that policies spare by their name.
  EOT
  type        = map(list(string))
  default     = {}
  nullable    = false

  validation {
    condition = length(setsubtract(keys(var.stack_arns), keys(local.changing_actions))) == 0
    error_message = join(" ", [
      "stack_arns has ${join(", ", keys(var.stack_arns))};",
      "${join(", ", keys(local.changing_actions))} can be protected.",
    ])
  }
}

variable "stack_role_arns" {
  description = "ARN patterns of the stacks' own roles: only administrators and deployment roles may pass these to a service."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "attached_policies" {
  description = <<-EOT
    The service control policies that hang on the target of each scope already: they take slots. Those of this module, by
    their names, do not count.
  EOT
  type        = map(list(object({ name = string, description = string })))
  default     = {}
  nullable    = false
}

variable "quotas" {
  description = "Characters of one policy, and policies on one root, OU or account."
  type = object({
    service_control_policy_size         = number
    service_control_policies_per_target = number
  })
  nullable = false
}

variable "resource_tags" {
  description = "Tags of the policies."
  type        = map(string)
  default     = {}
  nullable    = false
}

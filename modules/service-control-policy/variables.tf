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
  description = "ARN pattern and IAM actions of each governed resource type; from the `catalogue` module."
  type = map(object({
    arn_pattern         = string
    request_tag_actions = list(string)
    request_tag_group   = number
    tag_actions         = list(string)
    untag_actions       = list(string)
  }))
  nullable = false
}

variable "administrator_arns" {
  description = "Principals that may change protected tags and this stack: its own roles, administrators, and whoever deploys it. `*` stands for any text."
  type        = list(string)
  nullable    = false

  validation {
    condition     = length(var.administrator_arns) > 0
    error_message = "administrator_arns is empty: no one could change a protected tag or this stack any more."
  }
}

variable "stack_arns" {
  description = "ARN patterns of what this stack consists of, by service (IAM prefix): bus and rules, queues, function, ledger, topics, policy bucket, roles and their policies."
  type        = map(list(string))
  default     = {}
  nullable    = false

  validation {
    condition = alltrue([
      for service in keys(var.stack_arns) : contains(["dynamodb", "events", "iam", "lambda", "logs", "s3", "sns", "sqs"], service)
    ])
    error_message = "stack_arns has ${join(", ", keys(var.stack_arns))}; dynamodb, events, iam, lambda, logs, s3, sns and sqs can be protected."
  }
}

variable "quotas" {
  description = "Characters of one policy, policies on one root, OU or account, and how many of these are left to others."
  type = object({
    service_control_policy_size         = number
    service_control_policies_per_target = number
    service_control_policies_reserved   = number
  })
  nullable = false
}

variable "resource_tags" {
  description = "Tags of the policies."
  type        = map(string)
  default     = {}
  nullable    = false
}

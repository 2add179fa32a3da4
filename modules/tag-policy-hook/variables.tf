variable "name" {
  description = "Name of the stack."
  type        = string
  default     = "tag-policy-hook"
  nullable    = false

  validation {
    condition     = can(regex("^[a-zA-Z][-a-zA-Z0-9]{0,127}$", var.name))
    error_message = "name is \"${var.name}\"; a stack's name has 1 to 128 letters, digits and hyphens and begins with a letter."
  }
}

variable "enabled" {
  description = "Whether the hook looks at stacks. False leaves it activated and idle."
  type        = bool
  default     = true
  nullable    = false
}

variable "failure_mode" {
  description = "What happens to a stack that lacks required tags: `WARN` warns and lets it pass, `FAIL` stops it."
  type        = string
  default     = "WARN"
  nullable    = false

  validation {
    condition     = contains(["WARN", "FAIL"], var.failure_mode)
    error_message = "failure_mode is \"${var.failure_mode}\"; allowed are WARN and FAIL."
  }
}

variable "target_operations" {
  description = "What the hook is called for: `STACK` and `CHANGE_SET`. It judges whole stacks; AWS documents it for `STACK`."
  type        = list(string)
  default     = ["STACK"]
  nullable    = false
}

variable "stacks" {
  description = <<-EOT
    Which stacks the hook looks at, by their whole names, at most 50 in a list; all of them when both lists are empty.
    - `include`: these alone.
    - `exclude`: all but these.
  EOT
  type = object({
    include = optional(list(string), [])
    exclude = optional(list(string), [])
  })
  default  = {}
  nullable = false
}

variable "execution_role_name" {
  description = "Name of the role with which the hook reads the required tags. It serves all regions of the account."
  type        = string
  default     = "tag-policy-hook"
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9+=,.@_-]{1,64}$", var.execution_role_name))
    error_message = "execution_role_name is \"${var.execution_role_name}\"; it has 1 to 64 letters, digits and +=,.@_- (no path)."
  }
}

variable "execution_role_region" {
  description = <<-EOT
    The region whose stack makes the role, such as `us-east-1`; this region when null. Roles are global: the other regions of
    an account name the one where the role was made first.
  EOT
  type        = string
  default     = null

  validation {
    condition     = var.execution_role_region == null || can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]+$", var.execution_role_region))
    error_message = "execution_role_region is \"${coalesce(var.execution_role_region, "null")}\"; it is a region such as us-east-1."
  }
}

variable "permissions_boundary_arn" {
  description = "Permissions boundary of the role."
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

variable "publisher_id" {
  description = "Publisher of the hook in the CloudFormation registry. AWS's page says `aws-hooks` in a command, and `AWS` in a template."
  type        = string
  default     = "aws-hooks"
  nullable    = false

  validation {
    condition     = can(regex("^[0-9a-zA-Z-]{1,40}$", var.publisher_id))
    error_message = "publisher_id is \"${var.publisher_id}\"; it has 1 to 40 letters, digits and hyphens."
  }
}

variable "resource_tags" {
  description = "Tags of the stack and its role. The hook judges later changes of this stack, too: give the tags that it requires."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "name" {
  description = "Prefix of the StackSets and of what their stacks make: `name` of the root module."
  type        = string
  default     = "tag-governance"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,26}[a-z0-9]$", var.name))
    error_message = "name is \"${var.name}\"; it has 3 to 28 lower-case letters, digits and hyphens and begins with a letter."
  }
}

variable "targets" {
  description = <<-EOT
    Where the stacks go. The management account is never among them.

    - `organizational_unit_ids`: roots (`r-...`) and organizational units (`ou-...`); one root is the whole organization.
    - `account_ids` and `account_filter` choose accounts: `INTERSECTION` takes these alone of the units, `DIFFERENCE` all but these.
  EOT
  type = object({
    organizational_unit_ids = list(string)
    account_ids             = optional(list(string), [])
    account_filter          = optional(string)
  })
  nullable = false

  validation {
    condition = can(join("", concat(var.targets.organizational_unit_ids, var.targets.account_ids))) && alltrue([
      for id in try(concat(var.targets.organizational_unit_ids, var.targets.account_ids), []) : id != null
    ])
    error_message = "targets: organizational_unit_ids or account_ids is null, or holds null; remove it."
  }
}

variable "regions" {
  description = <<-EOT
    The governed regions. Those in which AWS reports global services are always added: `us-east-1`, and `us-west-2` for Global
    Accelerator, Network Manager and the routing controls of Route 53 (in other partitions, theirs).
  EOT
  type        = list(string)
  nullable    = false

  validation {
    condition     = alltrue([for region in var.regions : region != null])
    error_message = "regions holds null; remove it."
  }
}

variable "auto_deployment" {
  description = <<-EOT
    Accounts that come, move and go.

    - `enabled`: whether accounts that come into a unit get the stacks without an apply.
    - `retain_stacks`: whether an account that leaves keeps its role and rules.
  EOT
  type = object({
    enabled       = optional(bool, true)
    retain_stacks = optional(bool, false)
  })
  default  = {}
  nullable = false
}

variable "operation" {
  description = <<-EOT
    How a change goes through the organization. CloudFormation does not apply this to auto-deployment.

    - `max_concurrent_percentage`: share of the accounts of a region that are changed at a time.
    - `failure_tolerance_percentage`: share of the accounts of a region that may fail before the operation stops.
    - `concurrency_mode`: for stacks that are added or removed. `STRICT_FAILURE_TOLERANCE` changes no more accounts at a time
      than may fail, and one; `SOFT_FAILURE_TOLERANCE` keeps to `max_concurrent_percentage`. Provider 5.100 cannot set it for
      changes of the templates, which are strict.
    - `region_concurrency`: `PARALLEL`, or `SEQUENTIAL` (one region after the other).
    - `timeout`: how long Terraform waits for all of it, such as `6h`.
  EOT
  type = object({
    max_concurrent_percentage    = optional(number, 25)
    failure_tolerance_percentage = optional(number, 10)
    concurrency_mode             = optional(string, "SOFT_FAILURE_TOLERANCE")
    region_concurrency           = optional(string, "PARALLEL")
    timeout                      = optional(string, "6h")
  })
  default  = {}
  nullable = false
}

variable "call_as" {
  description = "`SELF` in the management account, `DELEGATED_ADMIN` in an account that administers StackSets for the organization."
  type        = string
  default     = "SELF"
  nullable    = false
}

variable "template_bucket" {
  description = <<-EOT
    Bucket for templates of more than 51,200 bytes, in the region of this call: output `policy_bucket_name` of the root module, or
    one of your own. Whoever applies has to be able to read it.
  EOT
  type        = string
  default     = null
}

variable "role_name" {
  description = "Name of the role that the function assumes, the same in every account: `member_accounts.role_name` of the root module."
  type        = string
  nullable    = false
}

variable "function_role_arn" {
  description = "Role of the function in the governance account: output `function_role_arn` of the root module. It must exist."
  type        = string
  nullable    = false
}

variable "organization_id" {
  description = "The organization that the function's account must belong to."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^o-[a-z0-9]{10,32}$", var.organization_id))
    error_message = "organization_id is \"${var.organization_id}\"; it is o- and 10 to 32 lower-case letters and digits."
  }
}

variable "external_id" {
  description = <<-EOT
    External id that the function has to give: `member_accounts.external_id` of the root module, known at plan; none when null.
  EOT
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

variable "event_bus_arn" {
  description = "The governance bus: output `event_bus_arn` of the root module."
  type        = string
  nullable    = false
}

variable "event_patterns" {
  description = "What is forwarded: output `event_patterns` of the root module. Without any, only the role is made."
  type        = map(string)
  nullable    = false

  validation {
    condition = alltrue([for pattern in values(var.event_patterns) : can(keys(jsondecode(pattern)))])
    error_message = join("\n", [
      for name, pattern in var.event_patterns :
      "event_patterns[\"${name}\"] is no JSON object; give output event_patterns of the root module as it is."
      if !can(keys(jsondecode(pattern)))
    ])
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
    condition = length(var.tag_keys) > 0 && alltrue([for key in var.tag_keys : key != null && !can(regex("[$][{]", key))])
    error_message = join(" ", [
      "tag_keys is empty, or holds null or a dollar with a brace; give it output tag_keys of the root module,",
      "the governed tag keys.",
    ])
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

variable "permissions_boundary_name" {
  description = "Name, with its path, of the permissions boundary of the roles; a policy of this name has to be in every account."
  type        = string
  default     = null

  validation {
    condition = (
      var.permissions_boundary_name == null
      || can(regex("^(?:[\\w+=,.@-]{1,128}/)*[\\w+=,.@-]{1,128}$", var.permissions_boundary_name))
    )
    error_message = join(" ", [
      "permissions_boundary_name is \"${try(coalesce(var.permissions_boundary_name), "")}\"; it is the name of a policy, such as",
      "boundaries/pipeline, without a slash at its ends, and not its ARN, because every account has its own.",
    ])
  }
}

variable "resource_tags" {
  description = "Tags of the StackSets and of everything that their stacks make."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "mode" {
  description = <<-EOT
    What is done about resources in accounts that no scope covers:
    `observe` records only, `notify` also tells the owner, `remediate` also writes the tags.
  EOT
  type        = string
  default     = "observe"
  nullable    = false

  validation {
    condition = contains(local.modes, var.mode)
    error_message = join("", [
      "mode is \"${var.mode}\"; it is one of observe, notify and remediate",
      var.mode == "enforce" ? " (enforce, which stops or deletes, is not in this version)" : "",
      ".",
    ])
  }
}

variable "managed_by_aws" {
  description = <<-EOT
    What happens with resources that an AWS service manages: those of EKS, Elastic Beanstalk, Service Catalog and Control Tower by
    the tags that these write, service-linked roles and roles of IAM Identity Center by their path.

    - `govern`: they are treated like all others.
    - `report`: findings are recorded and told, but nothing is written.
    - `ignore`: they are left out.
  EOT
  type        = string
  default     = "govern"
  nullable    = false

  validation {
    condition     = contains(["ignore", "report", "govern"], var.managed_by_aws)
    error_message = "managed_by_aws is \"${var.managed_by_aws}\"; it is one of ignore, report and govern."
  }
}

variable "tags" {
  description = <<-EOT
    The tag schema. The map key is the tag key, spelled exactly as resources shall carry it.

    - `description`: for the people who read the schema.
    - `required`: whether a resource without the tag is in violation. Only a required tag is filled in.
    - `allowed_values`: the values to choose from; one `*` in a value stands for any text. Empty allows every value.
    - `pattern`: regular expression that the whole value has to match, in the syntax that RE2 and Python's `re` share.
    - `default`: the value for a resource that lacks the tag when nothing in `derive_from` gives one.
    - `derive_from`: where a missing value comes from, tried in order: `actor` (who created the resource),
      `request_tag[:KEY]` (another tag of the creation), `related_tag[:KEY]` (a tag of the resource it was made from or belongs
      to, such as the volume of a snapshot, the cluster, the Auto Scaling group), `stack_tag[:KEY]` (a tag of its CloudFormation
      stack), `account_tag[:KEY]` (a tag of the account), `ou_tag[:KEY]` (a tag of the nearest organizational unit above that has
      it, or of the root), `account_id`, `region`, `date`.
      KEY is the tag's own key when it is left out.
    - `key_aliases`: other spellings of the key that mean this tag, in any letter case.
    - `value_aliases`: values that are not allowed, and the allowed value each of them stands for.
    - `replace_key_aliases`: whether the tag under the other spelling is removed once the right one is written.
    - `resource_types`: the governed resource types that the tag is for, as patterns: `*`, `ec2:*`, `s3:bucket`.
    - `enforced_for`: resource types for which tag policies refuse values that are not allowed.
    - `report_required_for`: resource types for which tag policies report the tag as required, to infrastructure-as-code tools.
    - `deny_create_without`: resource types whose creation service control policies deny without the tag.
    - `protected`: whether service control policies keep everyone but administrators from changing or removing the tag.

    A wildcard in the last three lists of types stands for those types that AWS supports there.
    Tag policies and service control policies take effect through `organization` and `scopes`.
  EOT
  type = map(object({
    description         = optional(string, "")
    required            = optional(bool, true)
    allowed_values      = optional(list(string), [])
    pattern             = optional(string)
    default             = optional(string)
    derive_from         = optional(list(string), [])
    key_aliases         = optional(list(string), [])
    value_aliases       = optional(map(string), {})
    replace_key_aliases = optional(bool, false)
    resource_types      = optional(list(string), ["*"])
    enforced_for        = optional(list(string), [])
    report_required_for = optional(list(string), [])
    deny_create_without = optional(list(string), [])
    protected           = optional(bool, false)
  }))
  nullable = false

  validation {
    condition = alltrue([for tag in var.tags : tag != null])
    error_message = join("\n", [
      for key, tag in var.tags :
      "tags[\"${key}\"] is null; write {} for a tag that is required and takes any value, or remove the key."
      if tag == null
    ])
  }

  # A list with null in it cannot be joined.
  validation {
    condition = alltrue(flatten([
      for tag in var.tags : [
        for value in try(values(tag), []) : value == null || can(tostring(value)) || can(join("", try(values(value), value)))
      ]
    ]))
    error_message = join("\n", flatten([
      for key, tag in var.tags : [
        for field, value in try(merge(tag), {}) : "tags[\"${key}\"].${field} holds null; remove it."
        if value != null && !can(tostring(value)) && !can(join("", try(values(value), value)))
      ]
    ]))
  }
}

variable "scopes" {
  description = <<-EOT
    Parts of the organization with their own mode and overrides of the schema. The map key is a name of your choice that
    stays the same; output `moved_blocks` helps to rename it. Values resolve in the order account > nearest OU > parent OU >
    root > `tags`, field by field.

    - `target_id`: a root (`r-ab12`), an OU (`ou-ab12-cdefgh34`) or an account (`111122223333`). Known at plan: make an OU or an
      account first, and write its id as text.
    - `mode`: as `mode`; the mode of the nearest scope above, at last `mode`, when null.
    - `tags`: overrides by tag key; a field that is null keeps the value from above. A key that nothing above knows is new there.
      Value aliases from above stay where their value is still allowed, and they are not.
  EOT
  type = map(object({
    target_id = string
    mode      = optional(string)
    tags = optional(map(object({
      description         = optional(string)
      required            = optional(bool)
      allowed_values      = optional(list(string))
      pattern             = optional(string)
      default             = optional(string)
      derive_from         = optional(list(string))
      key_aliases         = optional(list(string))
      value_aliases       = optional(map(string))
      replace_key_aliases = optional(bool)
      resource_types      = optional(list(string))
      enforced_for        = optional(list(string))
      report_required_for = optional(list(string))
      deny_create_without = optional(list(string))
      protected           = optional(bool)
    })), {})
  }))
  default  = {}
  nullable = false

  validation {
    condition = alltrue(flatten([
      for scope in var.scopes : concat([scope != null], [for tag in try(values(scope.tags), []) : tag != null])
    ]))
    error_message = join("\n", flatten([
      for name, scope in var.scopes : scope == null ? ["scopes[\"${name}\"] is null; set its target_id, or remove the scope."] : [
        for key, tag in scope.tags :
        "scopes[\"${name}\"].tags[\"${key}\"] is null; set what differs from the tag above, or remove the key." if tag == null
      ]
    ]))
  }

  # Three levels in the message: a scope, its tags, their fields.
  validation {
    condition = alltrue(flatten([
      for tag in flatten([for scope in var.scopes : try(values(scope.tags), [])]) : [
        for value in try(values(tag), []) : value == null || can(tostring(value)) || can(join("", try(values(value), value)))
      ]
    ]))
    error_message = join("\n", flatten([
      for name, scope in var.scopes : [
        for key, tag in try(scope.tags, {}) : [
          for field, value in try(merge(tag), {}) : "scopes[\"${name}\"].tags[\"${key}\"].${field} holds null; remove it."
          if value != null && !can(tostring(value)) && !can(join("", try(values(value), value)))
        ]
      ]
    ]))
  }

  validation {
    condition     = !contains(keys(var.scopes), "default")
    error_message = "scopes[\"default\"]: the name is reserved for the schema in tags; take another one."
  }

  validation {
    condition = alltrue([for name in keys(var.scopes) : can(regex(local.forms.scope_name, name))])
    error_message = join("\n", [
      for name in keys(var.scopes) :
      "scopes[\"${name}\"]: the name is part of policy names; it takes 1 to 64 letters, digits, hyphens and underscores."
      if !can(regex(local.forms.scope_name, name))
    ])
  }

  # https://docs.aws.amazon.com/organizations/latest/APIReference/API_AttachPolicy.html
  validation {
    condition = alltrue([
      for scope in var.scopes :
      scope == null || can(regex(local.forms.target, scope.target_id))
    ])
    error_message = join("\n", [
      for name, scope in var.scopes :
      join(" ", compact([
        "scopes[\"${name}\"].target_id is \"${try(coalesce(scope.target_id), "")}\";",
        "it is a root (r-ab12), an organizational unit (ou-ab12-cdefgh34) or an account of twelve digits.",
        can(regex(local.forms.shortened_account, scope.target_id))
        ? "Did it lose a leading zero? Write \"${substr("00${scope.target_id}", -12, 12)}\", in quotes." : "",
      ]))
      if scope != null && !can(regex(local.forms.target, scope.target_id))
    ])
  }

  validation {
    condition = alltrue([
      for names in values({ for name, scope in var.scopes : scope.target_id => name... if try(scope.target_id, null) != null }) :
      length(names) == 1
    ])
    error_message = join("\n", [
      for target_id, names in { for name, scope in var.scopes : scope.target_id => name... if try(scope.target_id, null) != null } :
      "scopes: ${join(" and ", names)} have the same target_id \"${target_id}\"; merge them into one scope."
      if length(names) > 1
    ])
  }

  validation {
    condition = alltrue([
      for scope in var.scopes : contains(local.modes, try(coalesce(scope.mode), "observe"))
    ])
    error_message = join("\n", [
      for name, scope in var.scopes :
      join("", [
        "scopes[\"${name}\"].mode is \"${scope.mode}\"; it is one of observe, notify and remediate",
        scope.mode == "enforce" ? " (enforce, which stops or deletes, is not in this version)" : "",
        ".",
      ])
      if !contains(local.modes, try(coalesce(scope.mode), "observe"))
    ])
  }

  validation {
    condition = var.organization != null || alltrue([
      for scope in var.scopes : !can(regex("^(?:r|ou)-", scope.target_id))
    ])
    error_message = join("\n", [
      for name, scope in var.scopes :
      "scopes[\"${name}\"].target_id is \"${scope.target_id}\", but organization is null; set organization, or take an account as target."
      if can(regex("^(?:r|ou)-", scope.target_id))
    ])
  }
}

variable "contest_after" {
  description = <<-EOT
    After so many corrections of one tag of one resource that were each changed back within 30 days, the function stops
    correcting the tag and reports it as contested.
  EOT
  type        = number
  default     = 3
  nullable    = false

  validation {
    condition     = var.contest_after == floor(var.contest_after) && var.contest_after >= 1 && var.contest_after <= 100
    error_message = "contest_after is ${var.contest_after}; it is a whole number from 1 to 100."
  }
}

variable "resource_types" {
  description = <<-EOT
    Patterns of the resource types to govern, as `service:type` of the IAM reference: `*`, `ec2:*`, `s3:bucket`.
    `*` stands for any text.
  EOT
  type        = list(string)
  default     = ["*"]
  nullable    = false
}

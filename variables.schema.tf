variable "mode" {
  description = <<-EOT
    What is done about resources in accounts that no scope covers:
    `observe` records only, `notify` also tells the owner, `remediate` also writes the tags.
  EOT
  type        = string
  default     = "observe"
  nullable    = false

  validation {
    condition     = contains(["observe", "notify", "remediate"], var.mode)
    error_message = "mode is \"${var.mode}\"; it is one of observe, notify and remediate${var.mode == "enforce" ? " (enforce, which stops or deletes, is not in this version)" : ""}."
  }
}

variable "tags" {
  description = <<-EOT
    The tag schema. The map key is the tag key, spelled exactly as resources shall carry it.

    - `description`: for the people who read the schema.
    - `required`: whether a resource without the tag is in violation.
    - `allowed_values`: the values to choose from; one `*` in a value stands for any text. Empty allows every value.
    - `pattern`: regular expression that the whole value has to match, in the syntax that RE2 and Python's `re` share.
    - `default`: the value for a resource that lacks the tag when nothing in `derive_from` gives one.
    - `derive_from`: where a missing value comes from, tried in order: `actor` (who created the resource),
      `request_tag[:KEY]` (another tag of the creation), `related_tag[:KEY]` (a tag of the resource it was made from,
      such as the image), `account_tag[:KEY]` (a tag of the account), `account_id`, `region`, `date`.
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
}

variable "scopes" {
  description = <<-EOT
    Parts of the organization with their own mode and overrides of the schema. The map key is a name of your choice that
    stays the same. Values resolve in the order account > nearest OU > parent OU > root > `tags`, field by field.

    - `target_id`: a root (`r-ab12`), an OU (`ou-ab12-cdefgh34`) or an account (`111122223333`).
    - `mode`: as `mode`; the mode of the nearest scope above, at last `mode`, when null.
    - `tags`: overrides by tag key; a field that is null keeps the value from above. A key that nothing above knows is new there.
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
    condition     = !contains(keys(var.scopes), "default")
    error_message = "scopes[\"default\"]: the name is reserved for the schema in tags; take another one."
  }

  validation {
    condition = alltrue([for name in keys(var.scopes) : can(regex("^[A-Za-z0-9_-]{1,64}$", name))])
    error_message = join("\n", [
      for name in keys(var.scopes) :
      "scopes[\"${name}\"]: the name is part of policy names; it takes 1 to 64 letters, digits, hyphens and underscores."
      if !can(regex("^[A-Za-z0-9_-]{1,64}$", name))
    ])
  }

  # https://docs.aws.amazon.com/organizations/latest/APIReference/API_AttachPolicy.html
  validation {
    condition = alltrue([
      for scope in var.scopes : can(regex("^(?:r-[0-9a-z]{4,32}|ou-[0-9a-z]{4,32}-[0-9a-z]{8,32}|[0-9]{12})$", scope.target_id))
    ])
    error_message = join("\n", [
      for name, scope in var.scopes :
      "scopes[\"${name}\"].target_id is \"${scope.target_id}\"; it is a root (r-ab12), an organizational unit (ou-ab12-cdefgh34) or an account of twelve digits."
      if !can(regex("^(?:r-[0-9a-z]{4,32}|ou-[0-9a-z]{4,32}-[0-9a-z]{8,32}|[0-9]{12})$", scope.target_id))
    ])
  }

  validation {
    condition = length(distinct([for scope in var.scopes : scope.target_id])) == length(var.scopes)
    error_message = join("\n", [
      for target_id, names in { for name, scope in var.scopes : scope.target_id => name... } :
      "scopes: ${join(" and ", names)} have the same target_id \"${target_id}\"; merge them into one scope."
      if length(names) > 1
    ])
  }

  validation {
    condition = alltrue([for scope in var.scopes : contains(["observe", "notify", "remediate"], coalesce(scope.mode, "observe"))])
    error_message = join("\n", [
      for name, scope in var.scopes :
      "scopes[\"${name}\"].mode is \"${scope.mode}\"; it is one of observe, notify and remediate${scope.mode == "enforce" ? " (enforce, which stops or deletes, is not in this version)" : ""}."
      if !contains(["observe", "notify", "remediate"], coalesce(scope.mode, "observe"))
    ])
  }

  validation {
    condition = var.organization != null || alltrue([for scope in var.scopes : can(regex("^[0-9]+$", scope.target_id))])
    error_message = join("\n", [
      for name, scope in var.scopes :
      "scopes[\"${name}\"].target_id is \"${scope.target_id}\", but organization is null; set organization, or take an account as target."
      if !can(regex("^[0-9]+$", scope.target_id))
    ])
  }
}

variable "exemptions" {
  description = <<-EOT
    Rules that take resources out of enforcement for a time. The map key is a name of your choice. A resource is exempt when
    every selector that is set matches it; at least one has to be set.

    - `arns`: ARNs; `*` stands for any text.
    - `accounts`: account ids.
    - `resource_types`: patterns of governed resource types.
    - `tags`: tags the resource carries, key and value.
    - `reason`, `owner`: why, and who answers for it.
    - `expires`: the last day (UTC) on which it applies, as `YYYY-MM-DD`. An expired one no longer passes the plan.
  EOT
  type = map(object({
    arns           = optional(list(string), [])
    accounts       = optional(list(string), [])
    resource_types = optional(list(string), [])
    tags           = optional(map(string), {})
    reason         = string
    owner          = string
    expires        = string
  }))
  default  = {}
  nullable = false

  validation {
    condition = alltrue([for exemption in var.exemptions : can(formatdate("YYYY-MM-DD", "${exemption.expires}T00:00:00Z"))])
    error_message = join("\n", [
      for name, exemption in var.exemptions :
      "exemptions[\"${name}\"].expires is \"${exemption.expires == null ? "null" : exemption.expires}\"; it is a date that exists, written YYYY-MM-DD."
      if !can(formatdate("YYYY-MM-DD", "${exemption.expires}T00:00:00Z"))
    ])
  }

  validation {
    condition = alltrue([
      for exemption in var.exemptions : try(timecmp("${exemption.expires}T23:59:59Z", plantimestamp()) >= 0, true)
    ])
    error_message = join("\n", [
      for name, exemption in var.exemptions :
      "exemptions[\"${name}\"].expires is \"${exemption.expires}\", which has passed; remove the exemption, or agree on a new date with ${exemption.owner}."
      if !try(timecmp("${exemption.expires}T23:59:59Z", plantimestamp()) >= 0, true)
    ])
  }

  validation {
    condition = alltrue([
      for exemption in var.exemptions :
      length(exemption.arns) + length(exemption.accounts) + length(exemption.resource_types) + length(exemption.tags) > 0
    ])
    error_message = join("\n", [
      for name, exemption in var.exemptions :
      "exemptions[\"${name}\"] selects nothing; set at least one of arns, accounts, resource_types and tags."
      if length(exemption.arns) + length(exemption.accounts) + length(exemption.resource_types) + length(exemption.tags) == 0
    ])
  }

  validation {
    condition = alltrue([for exemption in var.exemptions : trimspace(coalesce(exemption.reason, " ")) != ""])
    error_message = join("\n", [
      for name, exemption in var.exemptions : "exemptions[\"${name}\"].reason is empty; say why the resources are exempt."
      if trimspace(coalesce(exemption.reason, " ")) == ""
    ])
  }

  validation {
    condition = alltrue([for exemption in var.exemptions : trimspace(coalesce(exemption.owner, " ")) != ""])
    error_message = join("\n", [
      for name, exemption in var.exemptions : "exemptions[\"${name}\"].owner is empty; say who answers for the exemption."
      if trimspace(coalesce(exemption.owner, " ")) == ""
    ])
  }

  validation {
    condition = alltrue(flatten([
      for exemption in var.exemptions : [for account in exemption.accounts : can(regex("^[0-9]{12}$", account))]
    ]))
    error_message = join("\n", flatten([
      for name, exemption in var.exemptions : [
        for account in exemption.accounts :
        "exemptions[\"${name}\"].accounts: \"${account}\" is no account id; it has twelve digits."
        if !can(regex("^[0-9]{12}$", account))
      ]
    ]))
  }

  validation {
    condition = alltrue(flatten([
      for exemption in var.exemptions : [for arn in exemption.arns : can(regex("^arn:[a-z*-]+:[a-z0-9*-]+:[a-z0-9*-]*:[0-9*]*:.+$", arn))]
    ]))
    error_message = join("\n", flatten([
      for name, exemption in var.exemptions : [
        for arn in exemption.arns :
        "exemptions[\"${name}\"].arns: \"${arn}\" is no ARN; write arn:partition:service:region:account:resource, with * where any text may stand."
        if !can(regex("^arn:[a-z*-]+:[a-z0-9*-]+:[a-z0-9*-]*:[0-9*]*:.+$", arn))
      ]
    ]))
  }
}

variable "resource_types" {
  description = "Patterns of the resource types to govern, as `service:type` of the IAM reference: `*`, `ec2:*`, `s3:bucket`. `*` stands for any text."
  type        = list(string)
  default     = ["*"]
  nullable    = false
}

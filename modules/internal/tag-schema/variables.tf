variable "tags" {
  description = "The tag schema, as in the root module."
  type = map(object({
    description         = string
    required            = bool
    allowed_values      = list(string)
    pattern             = string
    default             = string
    derive_from         = list(string)
    key_aliases         = list(string)
    value_aliases       = map(string)
    replace_key_aliases = bool
    resource_types      = list(string)
    enforced_for        = list(string)
    report_required_for = list(string)
    deny_create_without = list(string)
    protected           = bool
  }))
  nullable = false
}

variable "mode" {
  description = "What is done for accounts that no scope covers."
  type        = string
  nullable    = false
}

variable "scopes" {
  description = "Roots, OUs and accounts with their own overrides, as in the root module. A field that is null does not override."
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
  nullable = false
}

variable "ancestors" {
  description = "The scopes above each scope, outermost first."
  type        = map(list(string))
  nullable    = false
}

variable "selected_types" {
  description = "The governed resource types that each list of patterns stands for, by the name of its field; from the `catalogue` module."
  type        = map(list(string))
  nullable    = false
}

variable "without_effect" {
  description = <<-EOT
    Why a kind of field has no effect, and what to do about it, in words (`organization is null; set it`); null where it has:
    what only tag policies read, what only service control policies read, and tags of accounts.
  EOT
  type = object({
    tag_policies             = optional(string)
    service_control_policies = optional(string)
    account_tags             = optional(string)
  })
  default  = {}
  nullable = false
}

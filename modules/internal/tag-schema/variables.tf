variable "declarations" {
  description = <<-EOT
    Every tag as the consumer wrote it, by scope and key (`default/Owner` for one of `tags`, `production/Owner` for an override):
    `scope`, `key`, `path` (the name under which it was written, `scopes["production"].tags["Owner"]`) and `tag`, whose type is that
    of the root module. A field that is null does not override.
  EOT
  type        = any
  nullable    = false
}

variable "mode" {
  description = "What is done for accounts that no scope covers."
  type        = string
  nullable    = false
}

variable "scopes" {
  description = "Roots, OUs and accounts, as in the root module, whose type they have."
  type        = any
  nullable    = false
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

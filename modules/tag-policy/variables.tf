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
      allowed_values      = list(string)
      enforced_for        = list(string)
      report_required_for = list(string)
    }))
  }))
  nullable = false
}

variable "catalogue_entries" {
  description = "How each list of a tag policy calls each governed resource type; from the `catalogue` module."
  type = map(object({
    enforced_for            = string
    report_required_tag_for = string
  }))
  nullable = false
}

variable "wildcards" {
  description = <<-EOT
    The names that SERVICE:ALL_SUPPORTED stands for in each list, by service;
    output `tag_policy_wildcards` of the `catalogue` module.
  EOT
  type = object({
    enforced_for            = map(list(string))
    report_required_tag_for = map(list(string))
  })
  default  = { enforced_for = {}, report_required_tag_for = {} }
  nullable = false
}

variable "attached_policies" {
  description = <<-EOT
    The tag policies that hang on the target of each scope already: they take slots. Those of this module, by their names,
    do not count.
  EOT
  type        = map(list(object({ name = string, description = string })))
  default     = {}
  nullable    = false
}

variable "quotas" {
  description = "Characters of one policy, and policies on one root, OU or account."
  type = object({
    tag_policy_size         = number
    tag_policies_per_target = number
  })
  nullable = false
}

variable "resource_tags" {
  description = "Tags of the policies."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "name" {
  description = "What the names of the own policies begin with: `NAME-SCOPE-01`."
  type        = string
  nullable    = false
}

variable "description" {
  description = "The descriptions of the own policies, with `%s` for the scope."
  type        = string
  nullable    = false
}

variable "targets" {
  description = "The root, OU or account of each scope."
  type        = map(string)
  nullable    = false
}

variable "attached_policies" {
  description = "The policies that hang on the target of each scope, the own ones among them."
  type        = map(list(object({ name = string, description = string })))
  nullable    = false
}

variable "policies_per_target" {
  description = "How many policies AWS takes on one root, OU or account."
  type        = number
  nullable    = false
}

variable "quota" {
  description = "The setting that this number comes from, for messages."
  type        = string
  nullable    = false
}

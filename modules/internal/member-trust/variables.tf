variable "function_role_arn" {
  description = "The function's role, or what a template writes for it."
  type        = string
  nullable    = false
}

variable "organization_id" {
  description = "The organization of the function's account, or what a template writes for it; any when null."
  type        = string
  default     = null
}

variable "external_id" {
  description = "External id that the function has to give, or what a template writes for it; none when null."
  type        = string
  default     = null
}

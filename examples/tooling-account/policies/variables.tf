variable "name" {
  description = "Prefix of the policies."
  type        = string
  default     = "tag-governance"
}

variable "region" {
  description = "Region to run in."
  type        = string
  default     = "us-east-1"
}

variable "organization_id" {
  description = "The organization, `o-...`."
  type        = string
}

variable "root_id" {
  description = "Root of the organization, `r-...`."
  type        = string
}

variable "production_unit_id" {
  description = "OU of the production accounts, `ou-...`."
  type        = string
}

variable "deployment_role_name" {
  description = "Role with which Terraform works in the tooling account and in governed accounts."
  type        = string
  default     = "Deployment"
}

variable "tooling_stack" {
  description = "The stack in the tooling account: output `stack` of `tooling`."
  type = object({
    name               = string
    function_role_arns = list(string)
    member_role_name   = string
  })
}

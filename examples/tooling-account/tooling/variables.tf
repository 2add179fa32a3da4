variable "name" {
  description = "Name of the stack."
  type        = string
  default     = "tag-governance"
}

variable "region" {
  description = "Home region of the function."
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

variable "member_account_id" {
  description = "A governed account."
  type        = string
}

variable "member_role_name" {
  description = "Role that the function takes on in governed accounts."
  type        = string
  default     = "tag-governance-member"
}

variable "deployment_role_name" {
  description = "Role with which Terraform works in governed accounts."
  type        = string
  default     = "Deployment"
}

variable "settle_seconds" {
  description = "How long an event waits before it is judged."
  type        = number
  default     = 60
}

variable "digest_minutes" {
  description = "For how long notices are gathered; 0 tells at once."
  type        = number
  default     = 15
}

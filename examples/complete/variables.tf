variable "region" {
  description = "Home region of tag governance."
  type        = string
  default     = "us-east-1"
}

variable "further_region" {
  description = "Another region that is governed, in both accounts."
  type        = string
  default     = "eu-central-1"
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

variable "sandbox_unit_id" {
  description = "OU of the sandbox accounts, `ou-...`."
  type        = string
}

variable "member_account_id" {
  description = "An account in the sandbox OU."
  type        = string
}

variable "member_provider_role_name" {
  description = "Role with which Terraform works in the member account."
  type        = string
  default     = "OrganizationAccountAccessRole"
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

variable "platform_team_email" {
  description = "Who is told of every finding and change; nobody when null."
  type        = string
  default     = null
}

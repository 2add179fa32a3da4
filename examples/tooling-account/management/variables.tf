variable "region" {
  description = "Region to run in."
  type        = string
  default     = "us-east-1"
}

variable "organization_id" {
  description = "The organization, `o-...`."
  type        = string
}

variable "policies_account_id" {
  description = "The account that manages policies."
  type        = string
}

variable "tooling_account_id" {
  description = "The account of the function."
  type        = string
}

variable "organization_id" {
  description = "Organization id, `o-...`."
  type        = string
  nullable    = false
}

variable "management_account_id" {
  description = "The management account of the organization."
  type        = string
  nullable    = false
}

variable "policy_account_ids" {
  description = "Accounts in which tag policies and service control policies are managed."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "function_account_ids" {
  description = "Accounts in which the function runs."
  type        = list(string)
  default     = []
  nullable    = false
}

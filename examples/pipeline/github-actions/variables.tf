variable "region" {
  description = "Region of the provider; roles are global."
  type        = string
  default     = "eu-central-1"
}

variable "name" {
  description = "Prefix of the roles."
  type        = string
  default     = "tag-governance-pipeline"
}

variable "repository" {
  description = "The repository on GitHub, OWNER/NAME."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9-]+/[A-Za-z0-9._-]+$", var.repository))
    error_message = "repository is \"${var.repository}\"; it is OWNER/NAME, without wildcards, or another repository could take the roles."
  }
}

variable "branch" {
  description = "The branch that is applied."
  type        = string
  default     = "main"
}

variable "environment" {
  description = "The GitHub environment of the apply. Protect it with required reviewers."
  type        = string
  default     = "production"
}

variable "kms_key_arns" {
  description = <<-EOT
    Keys that the plan has to decrypt with: output `kms_key_arn` of the stack. Without it the settings of the functions look
    changed in every plan.
  EOT
  type        = list(string)
}

variable "plan_policy_arns" {
  description = "Policies of the plan besides ReadOnlyAccess, such as one for the state's bucket, its lock and its key."
  type        = list(string)
  default     = []
}

variable "apply_policy_arns" {
  description = "Policies of the apply: what manages the stack, and the state."
  type        = list(string)
}

variable "create_provider" {
  description = "Whether to create the identity provider of GitHub; an account has one."
  type        = bool
  default     = true
}

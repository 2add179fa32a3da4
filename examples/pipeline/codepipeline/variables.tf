variable "region" {
  description = "Region of the pipeline."
  type        = string
  default     = "eu-central-1"
}

variable "name" {
  description = "Name of the pipeline, and prefix of everything created."
  type        = string
  default     = "tag-governance-pipeline"
}

variable "connection_arn" {
  description = "CodeConnections connection to the source; authorize it in the console."
  type        = string
}

variable "repository" {
  description = "The repository of the connection, OWNER/NAME."
  type        = string
}

variable "branch" {
  description = "The branch that is applied."
  type        = string
  default     = "main"
}

variable "folder" {
  description = "Folder of the root module in the repository."
  type        = string
  default     = "."
}

variable "terraform_version" {
  description = "The version of Terraform that the steps download."
  type        = string
}

variable "terraform_sha256" {
  description = "SHA-256 of its archive for linux_amd64: https://releases.hashicorp.com/terraform/VERSION/terraform_VERSION_SHA256SUMS."
  type        = string

  validation {
    condition     = can(regex("^[0-9a-f]{64}$", var.terraform_sha256))
    error_message = "terraform_sha256 is \"${var.terraform_sha256}\"; it is 64 hexadecimal digits."
  }
}

variable "kms_key_arns" {
  description = <<-EOT
    Keys that the plan has to decrypt with: output `kms_key_arn` of the stack. Without it the settings of the functions look
    changed in every plan.
  EOT
  type        = list(string)
}

variable "plan_policy_arns" {
  description = "Policies of the plan besides ReadOnlyAccess, such as one for the state's bucket and its key."
  type        = list(string)
  default     = []
}

variable "apply_policy_arns" {
  description = "Policies of the apply: what manages the stack, and the state."
  type        = list(string)
}

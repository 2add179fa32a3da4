variable "catalogue_entries" {
  description = "The enabled resource types with their ARN pattern and IAM actions, as the `catalogue` module gives them."
  type = map(object({
    arn_pattern      = string
    read_actions     = list(string)
    tag_actions      = list(string)
    untag_actions    = list(string)
    unscoped_actions = set(string)
  }))
  nullable = false
}

variable "untag" {
  description = "Whether tags may be removed too; needed only where a tag replaces its misspelt keys."
  type        = bool
  default     = false
  nullable    = false
}

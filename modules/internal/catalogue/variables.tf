variable "resource_types" {
  description = "Patterns of the resource types to govern: `*`, `ec2:*`, `s3:bucket`. An asterisk stands for any text."
  type        = list(string)
  default     = ["*"]
  nullable    = false
}

variable "selections" {
  description = <<-EOT
    Every other list of type patterns, by the name of the field it comes from, for example `tags["Owner"].enforced_for`.
    `among` says which of the governed types it can select: `governed` (all), `enforced_for` and
    `report_required_for` (those that these lists of a tag policy take) or `request_tags` (those whose creation accepts
    tags in its request).
  EOT
  type = map(object({
    patterns = list(string)
    among    = optional(string, "governed")
  }))
  default  = {}
  nullable = false
}

variable "tag_keys" {
  description = "Tag keys and key aliases of the schema. Tag changes that touch none of them are not of interest."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "event_matching" {
  description = <<-EOT
    How patterns match the events of creations: by their names (`exact`), or by the prefix `Create` (`prefix`),
    which takes fewer rules and lets through what creates nothing governed.
  EOT
  type        = string
  default     = "exact"
  nullable    = false
}

variable "partition" {
  description = "The AWS partition for ARN patterns."
  type        = string
  default     = "aws"
  nullable    = false
}

variable "event_pattern_size" {
  description = "EventBridge's limit for the characters of one event pattern."
  type        = number
  default     = 2048
  nullable    = false
}

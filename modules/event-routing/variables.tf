variable "name" {
  description = "Name of the bus and prefix of its rules."
  type        = string
  nullable    = false
}

variable "organization" {
  description = <<-EOT
    The organization (`o-...`) whose accounts may put events on the bus; only this account may when null. An object, so that an id
    that only the apply knows is told from none.
  EOT
  type        = object({ id = string })
  default     = null
}

variable "events_queue_arn" {
  description = "The queue that the function reads."
  type        = string
  nullable    = false
}

variable "dead_letter_queue_arn" {
  description = "The queue for events that could not be delivered."
  type        = string
  nullable    = false
}

variable "alarms_topic_arn" {
  description = "The topic for alarms of accounts and regions that forward events."
  type        = string
  nullable    = false
}

variable "kms_key_arn" {
  description = "Key of the bus."
  type        = string
  nullable    = false
}

variable "cloudtrail" {
  description = "Whether creations, as CloudTrail reports them, go to the queue."
  type        = bool
  default     = true
  nullable    = false
}

variable "tag_changes" {
  description = "Whether changes of tags go to the queue."
  type        = bool
  default     = true
  nullable    = false
}

variable "instance_state" {
  description = "Whether EC2's own events of instances that start go to the queue."
  type        = bool
  default     = false
  nullable    = false
}

variable "resource_tags" {
  description = "Tags of everything created."
  type        = map(string)
  default     = {}
  nullable    = false
}

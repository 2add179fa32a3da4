variable "name" {
  description = "Prefix of the names."
  type        = string
  nullable    = false
}

variable "place" {
  description = "The account, region and partition, or what a template writes for them."
  type        = object({ account_id = string, region = string, partition = string })
  nullable    = false
}

variable "event_bus_arn" {
  description = "The governance bus, or what a template writes for it."
  type        = string
  nullable    = false
}

variable "undelivered_queue_arn" {
  description = "The queue of undelivered events, or what a template writes for it."
  type        = string
  nullable    = false
}

variable "event_patterns" {
  description = "Event patterns (JSON) by a name that stays the same."
  type        = map(string)
  nullable    = false
}

variable "alarm_by_bus" {
  description = "Whether the alarm goes over the bus, like other events: it has nobody in its own region to tell."
  type        = bool
  nullable    = false
}

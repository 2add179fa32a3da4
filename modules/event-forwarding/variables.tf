variable "name" {
  description = "Prefix of everything created."
  type        = string
  default     = "tag-governance"
  nullable    = false
}

variable "event_bus_arn" {
  description = "The governance bus, which may be in another account or region."
  type        = string
  nullable    = false
}

variable "event_patterns" {
  description = "Event patterns (JSON) by a name that stays the same; one rule is made of each."
  type        = map(string)
  nullable    = false

  validation {
    condition     = length(var.event_patterns) > 0
    error_message = "event_patterns is empty: without a pattern there is nothing to forward, so leave this module out."
  }

  validation {
    condition = length(var.event_patterns) + (length(var.alarm_actions) == 0 ? 1 : 0) <= var.rules_per_bus
    error_message = join(" ", [
      "event_patterns has ${length(var.event_patterns)} patterns, and rules_per_bus allows ${var.rules_per_bus} rules, of which the",
      "alarm takes one without alarm_actions;",
      "govern fewer resource types, set detection.event_matching of the root module to \"prefix\",",
      "or have the EventBridge quota raised.",
    ])
  }
}

variable "rules_per_bus" {
  description = "EventBridge's limit for the rules on one bus."
  type        = number
  default     = 300
  nullable    = false
}

variable "kms_key_arn" {
  description = "Key for the queue of undelivered events; it must let EventBridge use it. SQS encrypts with a key of its own when null."
  type        = string
  default     = null
}

variable "permissions_boundary_arn" {
  description = "Permissions boundary of the role that EventBridge takes on."
  type        = string
  default     = null
}

variable "alarm_actions" {
  description = <<-EOT
    ARNs told when an event could not be delivered, for example the alarms topic of the governance account. They have to be in
    the region of the forwarding. Without any, the alarm goes to the governance bus like other events, and from there to the
    alarms topic.
  EOT
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition = alltrue([for arn in var.alarm_actions : can(regex("^arn:aws[a-z-]*:[a-z0-9-]+:[a-z0-9-]*:[0-9a-z]*:.+$", arn))])
    error_message = join("\n", [
      for arn in var.alarm_actions :
      "alarm_actions: \"${arn}\" is no ARN; write the ARN of a topic (arn:aws:sns:REGION:ACCOUNT:NAME)."
      if !can(regex("^arn:aws[a-z-]*:[a-z0-9-]+:[a-z0-9-]*:[0-9a-z]*:.+$", arn))
    ])
  }
}

variable "resource_tags" {
  description = "Tags of everything created."
  type        = map(string)
  default     = {}
  nullable    = false
}

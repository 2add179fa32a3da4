variable "name" {
  description = "Name of the dashboard, and the namespace of the functions' metrics."
  type        = string
  nullable    = false
}

variable "scopes" {
  description = "Names of the scopes, each a line in the compliance graph."
  type        = list(string)
  nullable    = false
}

variable "function_name" {
  description = "Name of the function."
  type        = string
  nullable    = false
}

variable "settlement_function_name" {
  description = "Name of the settlement function."
  type        = string
  nullable    = false
}

variable "log_group_name" {
  description = "Name of the function's log group."
  type        = string
  nullable    = false
}

variable "events_queue_name" {
  description = "Name of the queue that the function reads."
  type        = string
  nullable    = false
}

variable "dead_letter_queue_name" {
  description = "Name of the queue of events that could not be handled."
  type        = string
  nullable    = false
}

variable "compliance_target_percent" {
  description = "Drawn as a line in the compliance graph."
  type        = number
  nullable    = false
}

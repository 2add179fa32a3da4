variable "region" {
  description = "Region to run in."
  type        = string
  default     = "us-east-1"
}

variable "mode" {
  description = "`observe` records, `notify` also tells, `remediate` also writes tags. Begin with `notify`."
  type        = string
  default     = "notify"
}

variable "email" {
  description = "Who is told of findings and changes; nobody when null."
  type        = string
  default     = null
}

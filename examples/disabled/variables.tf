variable "region" {
  description = "Region to run in."
  type        = string
  default     = "us-east-1"
}

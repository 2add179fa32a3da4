variable "sizes" {
  description = "Size of each item, in the order in which the items are to be packed."
  type        = list(number)
  nullable    = false
}

variable "capacity" {
  description = "What one bin holds."
  type        = number
  nullable    = false
}

variable "root_id" {
  description = "Root of the organization, `r-...`."
  type        = string
}

variable "production_unit_id" {
  description = "OU of the production accounts, `ou-...`."
  type        = string
}

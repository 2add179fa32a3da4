# The two ways to govern a member account, given the same: modules/member-account and the templates of modules/member-stackset.

terraform {
  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
  }
}

variable "resource_types" {
  type = list(string)
}

variable "external_id" {
  type    = string
  default = null
}

variable "permissions_boundary_name" {
  type    = string
  default = null
}

variable "untag" {
  type    = bool
  default = false
}

variable "template_bucket" {
  type    = string
  default = null
}

locals {
  name              = "tags"
  role_name         = "tags-member"
  function_role_arn = "arn:aws:iam::111122223333:role/tags-remediation"
  event_bus_arn     = "arn:aws:events:eu-west-1:111122223333:event-bus/tags"
  organization_id   = "o-abcdefghij"
  tag_keys          = ["Environment", "Owner", "env"]
  resource_tags     = { Owner = "platform-team", Purpose = "$${governance}" }
  event_patterns    = merge(module.catalogue.event_patterns, { tag-changes = module.catalogue.tag_change_pattern })
}

module "catalogue" {
  source = "../../../modules/internal/catalogue"

  resource_types = var.resource_types
}

module "account" {
  source = "../../../modules/member-account"

  name              = local.name
  role_name         = local.role_name
  function_role_arn = local.function_role_arn
  event_bus_arn     = local.event_bus_arn
  event_patterns    = local.event_patterns
  organization_id   = local.organization_id
  external_id       = var.external_id
  permissions_boundary_arn = (
    var.permissions_boundary_name == null ? null : "arn:aws:iam::444455556666:policy/${var.permissions_boundary_name}"
  )
  resource_types = var.resource_types
  tag_keys       = local.tag_keys
  untag          = var.untag
  resource_tags  = local.resource_tags
}

module "stackset" {
  source = "../../../modules/member-stackset"

  targets                   = { organizational_unit_ids = ["r-ab12"] }
  regions                   = ["eu-central-1"]
  name                      = local.name
  role_name                 = local.role_name
  function_role_arn         = local.function_role_arn
  event_bus_arn             = local.event_bus_arn
  event_patterns            = local.event_patterns
  organization_id           = local.organization_id
  external_id               = var.external_id
  permissions_boundary_name = var.permissions_boundary_name
  resource_types            = var.resource_types
  tag_keys                  = local.tag_keys
  untag                     = var.untag
  template_bucket           = var.template_bucket
  resource_tags             = local.resource_tags
}

# The function and the policies that protect it, planned together before anything is there. Computed: the organization.

terraform {
  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
  }
}

variable "organization_id" {
  type = string
}

resource "terraform_data" "organization" {
  input = var.organization_id
}

locals {
  tags   = { Owner = { deny_create_without = ["sqs:queue"], protected = true } }
  scopes = { all = { target_id = "444455556666" } }
}

module "function" {
  source = "../../.."

  resource_types  = ["sqs:queue"]
  tags            = local.tags
  scopes          = local.scopes
  organization    = { id = terraform_data.organization.output, tag_policies = false, service_control_policies = false }
  member_accounts = { role_name = "tag-governance-member" }
}

module "policies" {
  source = "../../.."

  remediation    = false
  resource_types = ["sqs:queue"]
  tags           = local.tags
  scopes         = local.scopes
  organization = {
    id                   = terraform_data.organization.output
    deployment_role_arns = ["arn:aws:iam::*:role/pipeline"]
    stacks = {
      tooling = {
        name               = "tag-governance"
        function_role_arns = [module.function.function_role_arn, module.function.settlement_function_role_arn]
        member_role_name   = "tag-governance-member"
      }
    }
  }
}

module "member_account" {
  source = "../../../modules/member-account"

  role_name         = "tag-governance-member"
  function_role_arn = module.function.function_role_arn
  event_bus_arn     = module.function.event_bus_arn
  event_patterns    = module.function.event_patterns
  tag_keys          = module.function.tag_keys
  organization_id   = terraform_data.organization.output
}

output "function_role_arns" {
  value = [module.function.function_role_arn, module.function.settlement_function_role_arn]
}

output "service_control_policy_documents" {
  value = module.policies.service_control_policy_documents
}

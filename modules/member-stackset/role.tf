# The template of the role, once per account: what modules/member-account makes, written for any account.

module "catalogue" {
  source = "../internal/catalogue"

  resource_types = var.resource_types
  partition      = local.partition
}

module "trust" {
  source = "../internal/member-trust"

  function_role_arn = "$${FunctionRoleArn}"
  organization_id   = "$${OrganizationId}"
  external_id       = var.external_id
}

module "tagging_permissions" {
  source = "../internal/tagging-permissions"

  account_id                = "$${AWS::AccountId}"
  catalogue_entries         = module.catalogue.entries
  tag_keys                  = var.tag_keys
  services_without_tag_keys = var.services_without_tag_keys
  own_role_names            = ["${var.name}-*", var.role_name]
  policies_per_role         = var.policies_per_role
  untag                     = var.untag
}

locals {
  # Both templates name it: nothing where there is no boundary.
  boundary = var.permissions_boundary_name == null ? {} : {
    PermissionsBoundary = "arn:${local.partition}:iam::$${AWS::AccountId}:policy/${var.permissions_boundary_name}"
  }

  role_template = {
    AWSTemplateFormatVersion = "2010-09-09"
    Description              = "The role with which ${var.name} reads and writes tags in this account."
    Parameters = {
      FunctionRoleArn = { Type = "String", Description = "Role of the function in the governance account." }
      OrganizationId  = { Type = "String", Description = "The organization of that account." }
    }
    Resources = merge(
      {
        MemberRole = {
          Type = "AWS::IAM::Role"
          Properties = merge(local.boundary, {
            RoleName                 = var.role_name
            Description              = "Lets the tag governance function read and write tags in this account."
            AssumeRolePolicyDocument = jsondecode(module.trust.policy_document)
          })
        }
      },
      {
        for number, document in module.tagging_permissions.policy_documents : "Tagging${number}" => {
          Type = "AWS::IAM::ManagedPolicy"
          Properties = {
            ManagedPolicyName = "${var.role_name}-tagging-${number}"
            Description       = "Reads and writes tags of the governed resource types."
            PolicyDocument    = jsondecode(document)
            Roles             = [{ Ref = "MemberRole" }]
          }
        }
      },
    )
  }
}

# CloudFormation's own check of required tags, in one account and region. The AWS provider has no resource that activates a
# public hook, so a stack does; its template is also what a StackSet takes to the other accounts and regions.

data "aws_region" "current" {}

locals {
  stack_names = {
    for list, names in { Include = var.stacks.include, Exclude = var.stacks.exclude } : list => names if length(names) > 0
  }

  # https://docs.aws.amazon.com/cloudformation-cli/latest/hooks-userguide/hook-configuration-schema.html
  # `HookInvocationStatus` is today's name of the older `TargetStacks`.
  configuration = jsonencode({
    CloudFormationConfiguration = {
      HookConfiguration = merge(
        {
          HookInvocationStatus = var.enabled ? "ENABLED" : "DISABLED"
          TargetOperations     = var.target_operations
          FailureMode          = var.failure_mode
          TargetFilters        = { Actions = ["CREATE", "UPDATE"] } # what is deleted needs no tags
          Properties           = {}
        },
        length(local.stack_names) == 0 ? {} : { StackFilters = { FilteringCriteria = "ALL", StackNames = local.stack_names } },
      )
    }
  })

  template = file("${path.module}/template.yaml")
  parameters = {
    HookConfiguration      = local.configuration
    PublisherId            = var.publisher_id
    ExecutionRoleName      = var.execution_role_name
    ExecutionRoleRegion    = coalesce(var.execution_role_region, data.aws_region.current.id)
    PermissionsBoundaryArn = var.permissions_boundary_arn == null ? "" : var.permissions_boundary_arn
  }
}

resource "aws_cloudformation_stack" "this" {
  # checkov:skip=CKV_AWS_124: Terraform waits for the stack and tells its failures; nothing else changes it

  name          = var.name
  template_body = local.template
  parameters    = local.parameters
  capabilities  = ["CAPABILITY_NAMED_IAM"]
  tags          = var.resource_tags

  lifecycle {
    precondition {
      condition     = length(local.problems) == 0
      error_message = join("\n", local.problems)
    }
  }
}

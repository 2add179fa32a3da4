# Two service-managed StackSets: roles are global, so a template for several regions would make them once in each.

data "aws_partition" "current" {}
data "aws_region" "current" {
  # Here, where it is asked once, before anything is planned with the settings.
  lifecycle {
    precondition {
      condition     = length(local.problems) == 0
      error_message = join("\n", local.problems)
    }

    # By itself: the bucket's name may be known after the apply only.
    precondition {
      condition     = length(local.missing_bucket) == 0
      error_message = join("\n", local.missing_bucket)
    }
  }
}

locals {
  partition = data.aws_partition.current.partition

  # What stands for the account, the region or a parameter, CloudFormation fills in where it is told to. Nothing that users
  # give has a dollar and a brace here: variables refuse it, or it is escaped.
  #
  #   "arn:aws:sqs:*:$${AWS::AccountId}:*"  ->  {"Fn::Sub":"arn:aws:sqs:*:$${AWS::AccountId}:*"}
  templates = {
    for kind, template in merge(
      { role = local.role_template },
      length(var.event_patterns) == 0 ? {} : { forwarding = local.forwarding_template },
    ) : kind => replace(jsonencode(template), "/\"((?:[^\"\\\\]|\\\\.)*[$][{](?:[^\"\\\\]|\\\\.)*)\"/", "{\"Fn::Sub\":\"$1\"}")
  }
  template_bytes = { for kind, template in local.templates : kind => floor(length(base64encode(template)) / 4 * 3) }

  stack_sets = {
    for kind, set in {
      role = {
        description = "The role with which ${var.name} reads and writes tags."
        parameters  = { FunctionRoleArn = var.function_role_arn, OrganizationId = var.organization_id }
        regions     = [module.catalogue.global_regions[0]]
      }
      forwarding = {
        description = "Forwards what ${var.name} governs to its bus."
        parameters  = { EventBusArn = var.event_bus_arn }
        regions     = sort(distinct(concat(var.regions, module.catalogue.global_regions)))
      }
    } : kind => merge(set, { template = local.templates[kind], key = "stack-sets/${kind}/${sha256(local.templates[kind])}.json" })
    if contains(keys(local.templates), kind)
  }

  # https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
  in_bucket  = { for kind, bytes in local.template_bytes : kind => bytes > 51200 }
  bucket_url = "https://${coalesce(var.template_bucket, "none")}.s3.${data.aws_region.current.id}.${data.aws_partition.current.dns_suffix}"
}

resource "aws_s3_object" "template" {
  for_each = { for kind, set in local.stack_sets : kind => set if local.in_bucket[kind] }

  bucket       = coalesce(var.template_bucket, "none") # refused above
  key          = each.value.key
  content      = each.value.template
  content_type = "application/json"
}

resource "aws_cloudformation_stack_set" "this" {
  for_each = local.stack_sets

  name             = "${var.name}-member-${each.key}"
  description      = each.value.description
  permission_model = "SERVICE_MANAGED"
  call_as          = var.call_as
  capabilities     = ["CAPABILITY_NAMED_IAM"]
  parameters       = each.value.parameters
  template_body    = local.in_bucket[each.key] ? null : each.value.template
  template_url     = local.in_bucket[each.key] ? "${local.bucket_url}/${each.value.key}" : null
  tags             = var.resource_tags

  auto_deployment {
    enabled                          = var.auto_deployment.enabled
    retain_stacks_on_account_removal = var.auto_deployment.enabled ? var.auto_deployment.retain_stacks : null
  }

  managed_execution {
    active = true # else a second operation fails while one runs
  }

  operation_preferences {
    failure_tolerance_percentage = var.operation.failure_tolerance_percentage
    max_concurrent_percentage    = var.operation.max_concurrent_percentage
    region_concurrency_type      = var.operation.region_concurrency
  }

  timeouts {
    update = var.operation.timeout
  }

  lifecycle {
    # AWS fills it in for service-managed sets, and provider 5 would remove it with every plan:
    # https://github.com/hashicorp/terraform-provider-aws/issues/23464
    ignore_changes = [administration_role_arn]
  }

  depends_on = [aws_s3_object.template]
}

resource "aws_cloudformation_stack_instances" "this" {
  for_each = local.stack_sets

  stack_set_name = aws_cloudformation_stack_set.this[each.key].name
  call_as        = var.call_as
  regions        = each.value.regions
  retain_stacks  = false

  deployment_targets {
    organizational_unit_ids = var.targets.organizational_unit_ids
    accounts                = length(var.targets.account_ids) == 0 ? null : var.targets.account_ids
    account_filter_type     = var.targets.account_filter
  }

  operation_preferences {
    failure_tolerance_percentage = var.operation.failure_tolerance_percentage
    max_concurrent_percentage    = var.operation.max_concurrent_percentage
    concurrency_mode             = var.operation.concurrency_mode
    region_concurrency_type      = var.operation.region_concurrency
  }

  timeouts {
    create = var.operation.timeout
    update = var.operation.timeout
    delete = var.operation.timeout
  }
}

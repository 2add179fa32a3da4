# Service control policies: no creation without required tags, hands off protected tags, hands off this stack.
# Statements that deny are inherited, so a scope gets only what the scopes above do not deny already.

locals {
  # What is denied, in parts that can be put into policies one by one. A part is the actions on the resources of one
  # type (or one service); parts of the same statement follow each other, and are merged in each policy.
  parts = {
    for name in keys(var.scopes) : name => flatten(values({
      for part in concat(local.required_tag_parts[name], local.protected_tag_parts[name], local.stack_parts[name]) :
      part.statement => part...
    }))
  }

  # Size of each statement with `*` for its resources and without its actions. A comma follows it.
  statement_frames = {
    for statement, content in local.statements : statement => 1 + length(jsonencode({
      Sid      = "${content.sid}00"
      Effect   = "Deny"
      Action   = []
      Resource = ["*"]
      Condition = {
        for test, conditions in { for condition in content.conditions : condition.test => condition... } :
        test => { for condition in conditions : condition.variable => condition.values }
      }
    }))
  }
  policy_frame = length(jsonencode({ Version = "2012-10-17", Statement = [] }))

  part_sizes = {
    for name, parts in local.parts : name => [
      for index, part in parts :
      # The characters of each with its comma; `*` is said once in the statement.
      length(jsonencode(part.actions)) - 1 + (part.resources == tolist(["*"]) ? 0 : length(jsonencode(part.resources)) - 1)
      + (index == 0 || part.statement != try(parts[index - 1].statement, "") ? local.statement_frames[part.statement] : 0)
    ]
  }

  policies = merge([
    for name, parts in local.parts : {
      for number, policy in distinct(module.policy_of_part[name].bins) : "${name}-${format("%02d", number + 1)}" => {
        scope = name
        parts = { for index, part in parts : part.statement => part... if module.policy_of_part[name].bins[index] == policy }
      }
    }
  ]...)
}

# A scope that is renamed keeps its policies when `moved` blocks say so.
locals {
  policy_name        = "${var.name}-service-control"
  policy_description = "Required tags, protected tags and the tag governance stack, for scope %s."
}

module "slots" {
  source = "../internal/policy-slots"

  name                = local.policy_name
  description         = local.policy_description
  targets             = { for name, scope in var.scopes : name => scope.target_id }
  attached_policies   = var.attached_policies
  policies_per_target = var.quotas.service_control_policies_per_target
  quota               = "quotas.service_control_policies_per_target"
}

module "policy_of_part" {
  source   = "../internal/packing"
  for_each = local.part_sizes

  sizes = each.value
  # A statement that is cut by the end of a policy is framed in the next one again.
  capacity = var.quotas.service_control_policy_size - local.policy_frame - max(0, values(local.statement_frames)...)
}

data "aws_iam_policy_document" "service_control" {
  for_each = local.policies

  dynamic "statement" {
    for_each = [for statement in sort(keys(each.value.parts)) : {
      content   = local.statements[statement]
      actions   = sort(distinct(flatten(each.value.parts[statement][*].actions)))
      resources = sort(distinct(flatten(each.value.parts[statement][*].resources)))
    }]

    content {
      # One tag can need several statements (request_tag_group), and a sid may hold letters and digits only.
      sid       = "${statement.value.content.sid}${statement.key + 1}"
      effect    = "Deny"
      actions   = statement.value.actions
      resources = statement.value.resources

      dynamic "condition" {
        for_each = statement.value.content.conditions

        content {
          test     = condition.value.test
          variable = condition.value.variable
          values   = distinct(condition.value.values)
        }
      }
    }
  }
}

resource "aws_organizations_policy" "service_control" {
  for_each = local.policies

  name        = "${local.policy_name}-${each.key}"
  description = format(local.policy_description, each.value.scope)
  type        = "SERVICE_CONTROL_POLICY"
  # White space counts against the size limit when a policy is sent through the API.
  content = data.aws_iam_policy_document.service_control[each.key].minified_json
  tags    = var.resource_tags
}

resource "aws_organizations_policy_attachment" "service_control" {
  for_each = local.policies

  policy_id = aws_organizations_policy.service_control[each.key].id
  target_id = var.scopes[each.value.scope].target_id
}

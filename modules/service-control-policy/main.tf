# Service control policies: no creation without required tags, hands off protected tags, hands off this stack.
# Statements that deny are inherited, so a scope gets only what the scopes above do not deny already.
#
# exemptions.tf      whom the statements spare, and until when
# required-tags.tf   what is denied without a tag: statements, and their parts in each scope
# protected-tags.tf  the same for changes of a protected tag
# stack.tf           the same for changes of the stack
# parts.tf           the parts of each policy
# documents.tf       the policies of each scope

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

resource "aws_organizations_policy" "service_control" {
  for_each = local.policies

  name        = "${local.policy_name}-${each.key}"
  description = format(local.policy_description, each.value.scope)
  type        = "SERVICE_CONTROL_POLICY"
  content     = each.value.content
  tags        = var.resource_tags
}

# Terraform looks at all policies for each reference to one of them, which is slow for hundreds.
locals {
  policy_ids = { for number, policy in aws_organizations_policy.service_control : number => policy.id }
}

resource "aws_organizations_policy_attachment" "service_control" {
  for_each = local.policies

  policy_id = local.policy_ids[each.key]
  target_id = var.scopes[each.value.scope].target_id
}

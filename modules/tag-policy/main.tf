# Tag policies: the keys as they are spelled, the values, and the resource types for which AWS refuses other values or
# reports a missing tag. One set for each scope, with what it adds to or changes of the scopes above.
#
# names.tf        the resource types as tag policies call them
# inheritance.tf  what each scope changes of the scopes above
# pieces.tf       what goes into a policy as a whole
# documents.tf    the pieces of each policy as JSON
#
# Syntax: https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_example-tag-policies.html

# A scope that is renamed keeps its policies when `moved` blocks say so.
locals {
  policy_name        = "${var.name}-tag"
  policy_description = "Spelling and values of tags, from the tag schema of scope %s."
}

module "slots" {
  source = "../internal/policy-slots"

  name                = local.policy_name
  description         = local.policy_description
  targets             = { for name, scope in var.scopes : name => scope.target_id }
  attached_policies   = var.attached_policies
  policies_per_target = var.quotas.tag_policies_per_target
  quota               = "quotas.tag_policies_per_target"
}

resource "aws_organizations_policy" "tag" {
  for_each = local.policies

  name        = "${local.policy_name}-${each.key}"
  description = format(local.policy_description, each.value.scope)
  type        = "TAG_POLICY"
  content     = each.value.document
  tags        = var.resource_tags
}

# Terraform looks at all policies for each reference to one of them, which is slow for hundreds.
locals {
  policy_ids = { for number, policy in aws_organizations_policy.tag : number => policy.id }
}

resource "aws_organizations_policy_attachment" "tag" {
  for_each = local.policies

  policy_id = local.policy_ids[each.key]
  target_id = var.scopes[each.value.scope].target_id
}

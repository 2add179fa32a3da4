module "trust" {
  source = "../internal/member-trust"

  function_role_arn = var.function_role_arn
  organization_id   = var.organization_id
  external_id       = var.external_id
}

resource "aws_iam_role" "member" {
  count = var.create_role ? 1 : 0

  name                 = var.role_name
  description          = "Lets the tag governance function read and write tags in this account."
  assume_role_policy   = module.trust.policy_document
  permissions_boundary = var.permissions_boundary_arn
  tags                 = var.resource_tags
}

module "tagging_permissions" {
  source = "../internal/tagging-permissions"

  catalogue_entries         = module.catalogue.entries
  tag_keys                  = var.tag_keys
  services_without_tag_keys = var.services_without_tag_keys
  own_role_names            = ["${var.name}-*", var.role_name]
  policies_per_role         = var.policies_per_role
  untag                     = var.untag
}

locals {
  policy_documents = { for number, document in module.tagging_permissions.policy_documents : number => document if var.create_role }
}

resource "aws_iam_policy" "tagging" {
  for_each = local.policy_documents

  name        = "${var.role_name}-tagging-${each.key}"
  description = "Reads and writes tags of the governed resource types."
  policy      = each.value
  tags        = var.resource_tags
}

resource "aws_iam_role_policy_attachment" "tagging" {
  for_each = local.policy_documents

  role       = aws_iam_role.member[0].name
  policy_arn = aws_iam_policy.tagging[each.key].arn
}

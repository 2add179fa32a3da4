resource "aws_iam_role" "forwarding" {
  name                 = module.forwarding.role.name
  description          = module.forwarding.role.description
  assume_role_policy   = module.forwarding.role.trust
  permissions_boundary = var.permissions_boundary_arn
  tags                 = var.resource_tags
}

resource "aws_iam_role_policy" "forwarding" {
  name   = module.forwarding.role.policy_name
  role   = aws_iam_role.forwarding.name
  policy = module.forwarding.role.policy
}

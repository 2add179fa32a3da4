# What the management account lets the two other accounts do. An organization has one resource policy: merge these
# statements with yours.
data "aws_caller_identity" "current" {}

module "policy_delegation" {
  source = "../../../modules/policy-delegation"

  organization_id       = var.organization_id
  management_account_id = data.aws_caller_identity.current.account_id
  policy_account_ids    = [var.policies_account_id]
  function_account_ids  = [var.tooling_account_id]
}

resource "aws_organizations_resource_policy" "delegation" {
  content = module.policy_delegation.document
}

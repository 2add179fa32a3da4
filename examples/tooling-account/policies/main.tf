# Tag policies and service control policies. No function: it runs in the tooling account.
module "schema" {
  source = "../schema"

  root_id            = var.root_id
  production_unit_id = var.production_unit_id
}

module "tag_governance" {
  source = "../../.."

  name           = var.name
  remediation    = false
  resource_types = module.schema.resource_types
  tags           = module.schema.tags
  scopes         = module.schema.scopes

  organization = {
    id = var.organization_id
    # Whoever may change protected tags and tag governance itself, and whoever may only deploy it.
    administrator_role_arns = ["arn:aws:iam::*:role/OrganizationAdministrator"]
    deployment_role_arns    = ["arn:aws:iam::*:role/${var.deployment_role_name}"]
    stacks                  = { tooling = var.tooling_stack }
  }
}

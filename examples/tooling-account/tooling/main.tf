# The function, its ledger and its events. No policies: those of the organization are managed in another account.
module "schema" {
  source = "../schema"

  root_id            = var.root_id
  production_unit_id = var.production_unit_id
}

module "tag_governance" {
  source = "../../.."

  name           = var.name
  resource_types = module.schema.resource_types
  tags           = module.schema.tags
  scopes         = module.schema.scopes

  organization = {
    id                       = var.organization_id
    tag_policies             = false
    service_control_policies = false
  }

  member_accounts = {
    role_name   = var.member_role_name
    external_id = var.organization_id
  }

  detection = {
    settle_seconds = var.settle_seconds
  }

  notifications = {
    owner_tag      = "Owner"
    digest_minutes = var.digest_minutes
  }

  # The stack is governed, too.
  resource_tags = {
    Environment = "prod"
    Application = "tag-governance"
    Owner       = "platform-team"
    CostCenter  = "CC-0000"
  }

  # So that `terraform destroy` works at once. Leave it out where the history of changes matters.
  ledger_deletion_protection = false
}

# Every governed account needs this, so a landing zone has it in the baseline of its accounts.
module "member_account" {
  source = "../../../modules/member-account"

  providers = {
    aws = aws.member
  }

  name              = var.name
  role_name         = var.member_role_name
  function_role_arn = module.tag_governance.function_role_arn
  event_bus_arn     = module.tag_governance.event_bus_arn
  event_patterns    = module.tag_governance.event_patterns
  tag_keys          = module.tag_governance.tag_keys
  organization_id   = var.organization_id
  external_id       = var.organization_id
  resource_types    = module.schema.resource_types
  alarm_actions     = [module.tag_governance.alarms_topic_arn]

  resource_tags = {
    Environment = "prod"
    Application = "tag-governance"
    Owner       = "platform-team"
    CostCenter  = "CC-0000"
  }
}

# What the consumer wrote becomes one finished schema in schema.tf. Everything here is made from it.

module "tag_policy" {
  source = "./modules/tag-policy"
  count  = local.tag_policies ? 1 : 0

  name              = var.name
  scopes            = local.targets
  catalogue_entries = module.catalogue.entries
  wildcards         = module.catalogue.tag_policy_wildcards
  attached_policies = local.attached_policies["TAG_POLICY"]
  quotas            = var.quotas
  resource_tags     = var.resource_tags
}

module "service_control_policy" {
  source = "./modules/service-control-policy"
  count  = local.service_control_policies && length(local.protection_without_administrators) == 0 ? 1 : 0

  name                  = var.name
  scopes                = local.targets
  catalogue_entries     = module.catalogue.entries
  keyless_untag_actions = module.catalogue.keyless_untag_actions
  administrator_arns    = local.administrator_arns
  deployment_arns       = var.organization.deployment_role_arns
  exemptions            = local.spared
  stack_arns            = local.stack_arns
  stack_role_arns       = local.stack_role_arns
  attached_policies     = local.attached_policies["SERVICE_CONTROL_POLICY"]
  quotas                = var.quotas
  resource_tags         = var.resource_tags
}

module "policy_delegation" {
  source = "./modules/policy-delegation"
  count  = var.create && var.organization != null ? 1 : 0

  organization_id       = var.organization.id
  management_account_id = local.management_account_id
  policy_account_ids    = local.tag_policies || local.service_control_policies ? [local.account_id] : []
  function_account_ids  = [for stack in values(local.stacks) : stack.account_id]
}

module "remediation" {
  source = "./modules/remediation"
  count  = local.remediation ? 1 : 0

  name                       = var.name
  policy_document            = local.policy_document
  catalogue_entries          = module.catalogue.entries
  tag_keys                   = local.tag_keys
  services_without_tag_keys  = var.services_without_tag_keys
  policies_per_role          = var.quotas.policies_per_role
  untag                      = local.untag
  event_bus_arn              = module.event_routing[0].event_bus_arn
  event_rule_arns            = module.event_routing[0].rule_arns
  alarms_rule_arn            = module.event_routing[0].alarms_rule_arn
  organization_id            = try(var.organization.id, null)
  member_role_name           = try(var.member_accounts.role_name, null)
  settle_seconds             = var.detection.settle_seconds
  function                   = var.function
  lambda_package             = var.lambda_package
  subscriptions              = var.notifications.subscriptions
  mail                       = { sender = var.notifications.email_from, account_contact = var.notifications.email_account_contact }
  chat                       = var.notifications.chat
  compliance_target_percent  = var.compliance_target_percent
  kms_key_arn                = var.kms_key_arn
  permissions_boundary_arn   = var.permissions_boundary_arn
  log_retention_days         = var.log_retention_days
  ledger_retention_days      = var.ledger_retention_days
  ledger_deletion_protection = var.ledger_deletion_protection
  resource_tags              = var.resource_tags
}

module "event_routing" {
  source = "./modules/event-routing"
  count  = local.remediation ? 1 : 0

  name                  = var.name
  organization          = var.organization
  events_queue_arn      = module.remediation[0].events_queue_arn
  dead_letter_queue_arn = module.remediation[0].dead_letter_queue_arn
  alarms_topic_arn      = module.remediation[0].alarms_topic_arn
  kms_key_arn           = module.remediation[0].kms_key_arn
  cloudtrail            = var.detection.cloudtrail
  tag_changes           = var.detection.tag_changes
  instance_state        = local.instance_state
  resource_tags         = var.resource_tags
}

module "event_forwarding" {
  source = "./modules/event-forwarding"
  count  = local.remediation && length(local.event_patterns) > 0 ? 1 : 0

  name                     = var.name
  event_bus_arn            = module.event_routing[0].event_bus_arn
  event_patterns           = local.event_patterns
  rules_per_bus            = var.quotas.rules_per_bus
  kms_key_arn              = module.remediation[0].kms_key_arn
  permissions_boundary_arn = var.permissions_boundary_arn
  alarm_actions            = [module.remediation[0].alarms_topic_arn]
  resource_tags            = var.resource_tags
}

module "dashboard" {
  source = "./modules/dashboard"
  count  = local.remediation && var.dashboard ? 1 : 0

  name                      = var.name
  scopes                    = keys(module.tag_schema.scopes)
  function_name             = module.remediation[0].function_name
  settlement_function_name  = module.remediation[0].settlement_function_name
  log_group_name            = module.remediation[0].log_group_name
  events_queue_name         = module.remediation[0].events_queue_name
  dead_letter_queue_name    = module.remediation[0].dead_letter_queue_name
  compliance_target_percent = var.compliance_target_percent
}

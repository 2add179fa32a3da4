data "aws_partition" "current" {}

module "catalogue" {
  source = "../internal/catalogue"

  resource_types = var.resource_types
  partition      = data.aws_partition.current.partition
}

module "event_forwarding" {
  source = "../event-forwarding"
  count  = length(var.event_patterns) > 0 ? 1 : 0

  name                     = var.name
  event_bus_arn            = var.event_bus_arn
  event_patterns           = var.event_patterns
  kms_key_arn              = var.kms_key_arn
  permissions_boundary_arn = var.permissions_boundary_arn
  alarm_actions            = var.alarm_actions
  resource_tags            = var.resource_tags
}

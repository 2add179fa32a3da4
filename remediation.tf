locals {
  tag_policies = var.create && try(var.organization.tag_policies, false)
  remediation  = var.create && var.remediation

  instance_state = var.detection.instance_state && module.catalogue.instance_state_pattern != null

  # One forwarding rule is made of each of these, here and in every member account.
  event_patterns = merge(
    var.detection.cloudtrail ? module.catalogue.event_patterns : {},
    var.detection.tag_changes ? { tag-changes = module.catalogue.tag_change_pattern } : {},
    local.instance_state ? { instance-state = module.catalogue.instance_state_pattern } : {},
  )

  # Tags are removed only where a tag takes the place of its misspelt keys.
  untag = anytrue(flatten([for scope in module.tag_schema.scopes : [for tag in scope.tags : tag.replace_key_aliases]]))
}

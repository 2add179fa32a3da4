locals {
  # The contract with the function, which receives finished schemas and never merges. Its schema is
  # lambda_src/tag_governance/policy.schema.json.
  policy_document = jsonencode({
    version        = 1
    name           = var.name
    partition      = local.partition
    account        = local.account_id
    resource_types = module.catalogue.types
    scopes = {
      for name, scope in module.tag_schema.scopes : name => {
        target = scope.target_id
        mode   = scope.mode
        tags = [
          for key, tag in scope.tags : {
            key                 = key
            required            = tag.required
            allowed_values      = tag.allowed_values
            pattern             = tag.pattern
            default             = tag.default
            derive_from         = tag.derive_from
            key_aliases         = tag.key_aliases
            value_aliases       = tag.value_aliases
            replace_key_aliases = tag.replace_key_aliases
            resource_types      = tag.resource_types
          }
        ]
      }
    }
    accounts = local.scope_accounts
    exemptions = [
      for name, exemption in var.exemptions : merge(exemption, {
        name           = name
        resource_types = module.catalogue.selected_types["exemptions[\"${name}\"].resource_types"]
      })
    ]
    function_role_name = "${var.name}-remediation"
    member_role_name   = try(var.member_accounts.role_name, null)
    owner_tag          = var.notifications.owner_tag
    event_matching     = var.detection.event_matching
  })
}

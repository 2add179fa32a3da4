locals {
  # What the functions know of a tag: the fields that the schema of the document names.
  policy_fields = keys(jsondecode(file("${path.module}/lambda_src/tag_governance/policy.schema.json"))["$defs"].rule.properties)
  policy_rows = flatten([
    for name, scope in module.tag_schema.scopes : [for key, tag in scope.tags : merge(tag, { scope = name, key = key })]
  ])
  policy_tags = {
    for row in local.policy_rows : "${row.scope}/${row.key}" => { for field in local.policy_fields : field => row[field] }
  }

  # The contract with the functions, which receive finished schemas and never merge.
  policy_document = jsonencode({
    version         = 2
    name            = var.name
    partition       = local.partition
    account         = local.account_id
    organization_id = try(var.organization.id, null)
    resource_types  = module.catalogue.types
    scopes = {
      for name, scope in module.tag_schema.scopes : name => {
        target    = scope.target_id
        parent    = name == "default" ? null : reverse(concat(["default"], scope.ancestors))[0]
        mode      = scope.mode
        sets_mode = name == "default" ? true : var.scopes[name].mode != null
        tags      = [for key in keys(scope.tags) : local.policy_tags["${name}/${key}"]]
        overrides = {
          for key, fields in scope.overrides : key => sort(setintersection(fields, local.policy_fields))
          if length(setintersection(fields, local.policy_fields)) > 0
        }
      }
    }
    # Who creates is for service control policies alone.
    exemptions = concat(
      [
        for name, exemption in var.exemptions : merge({ for field, value in exemption : field => value if field != "principals" }, {
          name           = name
          resource_types = module.catalogue.selected_types["exemptions[\"${name}\"].resource_types"]
        }) if length(exemption.principals) == 0
      ],
      local.own_roles,
    )
    function_role_name = "${var.name}-remediation"
    member_role_name   = try(var.member_accounts.role_name, null)
    member_external_id = try(var.member_accounts.external_id, null)
    owner_tag          = var.notifications.owner_tag
    settle_seconds     = var.detection.settle_seconds
    digest_minutes     = var.notifications.digest_minutes
    actor_from         = var.detection.actor_from
    # AWS says that CloudTrail delivers within about five minutes.
    creation_wait_seconds = var.detection.cloudtrail ? 300 : 0
    contest_after         = var.contest_after
    managed_by_aws        = var.managed_by_aws
    mail = var.notifications.email_from == null ? null : {
      sender          = var.notifications.email_from
      pattern         = var.notifications.email_pattern
      addresses       = var.notifications.email_addresses
      account_contact = var.notifications.email_account_contact
    }
  })

  # The roles of the stack may not change their own tags, so nobody asks it of them.
  own_roles = !var.create || !contains(module.catalogue.types, "iam:role") ? [] : [{
    name = "own roles"
    arns = [
      for name in concat(["${var.name}-*"], var.member_accounts == null ? [] : [var.member_accounts.role_name]) :
      "arn:${local.partition}:iam::*:role/${name}"
    ]
    accounts       = []
    resource_types = ["iam:role"]
    tags           = {}
    reason         = "the roles of ${var.name} may not change their own tags"
    owner          = var.name
    expires        = "9999-12-31"
  }]
}

# Protected tags.

locals {
  # tag:TagResources and tag:UntagResources know neither the resource nor its tags; the service's own action, which
  # is evaluated as well, does. One pattern for each service keeps a thousand types within one policy. Actions are
  # compared without case, so it matches others too, but the conditions below do not hold for them: they carry no tag
  # keys, or meet no resource that has tags. Where they would hold (PutAggregationAuthorization), actions are named.
  services_by_action = ["config", "dataexchange"]
  changing_tags = toset(flatten([
    for entry in values(var.catalogue_entries) : concat(entry.tag_actions, entry.untag_actions)
  ]))
  tagging_actions = sort(distinct([
    for action in local.changing_tags :
    contains(local.services_by_action, split(":", action)[0]) ? action : replace(action, "/(?i):[a-z]*tag[a-z]*$/", ":*Tag*")
    if !startswith(action, "tag:")
  ]))

  # Without a list of keys these remove all tags, and aws:TagKeys is absent. They are named one by one: calls that read
  # tags carry no keys either.
  stripping_actions = setintersection(var.keyless_untag_actions, flatten(values(var.catalogue_entries)[*].untag_actions))

  # These services evaluate their tagging action while a resource is created, too, and say so in a condition key
  # (IAM reference, condition keys named CreateAction). Tags that are given at creation are no change.
  create_action_services = ["cloudformation", "drs", "ec2", "ecs", "elasticfilesystem", "elasticloadbalancing", "mgn", "vpc-lattice"]
  services_of_tagging    = [for action in local.tagging_actions : split(":", action)[0]]
  no_creation = [
    for service in setintersection(local.create_action_services, local.services_of_tagging) :
    { test = "Null", variable = "${service}:CreateAction", values = ["true"] }
  ]

  # What is not protected already by the scopes above.
  newly_protected = [for tag in values(local.tags) : tag if tag.protected && !tag.above.protected]
  protecting_parts = {
    protected = [for action in local.tagging_actions : { actions = [action], resources = ["*"] }]
    stripped  = [for action in local.stripping_actions : { actions = [action], resources = ["*"] }]
  }
  protected_tag_parts = [
    for row in setproduct(local.newly_protected, keys(local.protecting_parts), try(local.periods_of_set[local.exemptions_of_all], [])) :
    { scope = row[0].scope, statement = "${row[1]} ${row[0].key} ${row[2]}", parts = row[1] }
  ]

  # Who is not spared: nobody else than administrators, and in each period the exempt.
  protected_tag_periods = {
    for row in setproduct(local.tag_keys, try(local.periods_of_set[local.exemptions_of_all], [])) : "${row[0]} ${row[1]}" => {
      key        = row[0]
      conditions = local.periods[row[1]].conditions
      spared = [{
        test     = "ArnNotLike"
        variable = "aws:PrincipalArn"
        values   = concat(var.administrator_arns, local.periods[row[1]].principals)
      }]
    }
  }
  protected_tag_statements = merge(
    {
      for name, period in local.protected_tag_periods : "protected ${name}" => {
        sid     = "Protect${local.sid_of_key[period.key]}"
        purpose = "protected ${period.key}"
        conditions = concat(
          [
            { test = "Null", variable = "aws:ResourceTag/${period.key}", values = ["false"] },
            # In another letter case it is the same tag to IAM.
            { test = "ForAnyValue:StringEqualsIgnoreCase", variable = "aws:TagKeys", values = [period.key] },
          ],
          local.no_creation,
          period.conditions,
          period.spared,
        )
      }
    },
    {
      for name, period in local.protected_tag_periods : "stripped ${name}" => {
        sid     = "KeepAll${local.sid_of_key[period.key]}"
        purpose = "protected ${period.key}"
        conditions = concat(
          [
            { test = "Null", variable = "aws:ResourceTag/${period.key}", values = ["false"] },
            { test = "Null", variable = "aws:TagKeys", values = ["true"] },
          ],
          period.conditions,
          period.spared,
        )
      }
    },
  )
}

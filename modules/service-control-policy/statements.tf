# The statements, and the parts each of them has in each scope.

locals {
  statements = merge(local.required_tag_statements, local.protected_tag_statements, local.stack_statements)

  tag_keys = distinct(flatten([for scope in var.scopes : keys(scope.tags)]))

  # The words of a key, for a sid.
  sid_of_key = { for key in local.tag_keys : key => replace(title(key), "/[^A-Za-z0-9]/", "") }

  # What is denied already by the scopes above. A scope cannot take it back, so the nearest one says it all.
  inherited = {
    for name, scope in var.scopes : name => {
      for key in keys(scope.tags) : key => try(
        var.scopes[reverse(scope.ancestors)[0]].tags[key],
        { deny_create_without = [], protected = false },
      )
    }
  }

  but_administrators = { test = "ArnNotLike", variable = "aws:PrincipalArn", values = var.administrator_arns }

  #
  # Required tags
  #

  # Keys in one condition are ANDed, so each missing tag takes a statement of its own. It names the resource that takes
  # the tags: a call is evaluated for every resource that it touches, and `aws:RequestTag` is absent for the others.
  # Types of one request_tag_group can share a statement, because no action of one touches a resource of another
  # without the tags of the request.
  required_tag_parts = {
    for name, scope in var.scopes : name => flatten([
      for key, tag in scope.tags : [
        # Types in the order of their groups, so that the parts of a statement follow each other.
        for row in sort([
          for type in setsubtract(tag.deny_create_without, local.inherited[name][key].deny_create_without) :
          "${format("%06d", var.catalogue_entries[type].request_tag_group)} ${type}"
        ]) :
        {
          statement = "required ${key} ${substr(row, 0, 6)}"
          actions   = var.catalogue_entries[substr(row, 7, -1)].request_tag_actions
          resources = [var.catalogue_entries[substr(row, 7, -1)].arn_pattern]
        }
      ]
    ])
  }
  required_tag_statements = merge([
    for key in local.tag_keys : {
      for group in distinct(values(var.catalogue_entries)[*].request_tag_group) :
      "required ${key} ${format("%06d", group)}" => {
        sid        = "Require${local.sid_of_key[key]}"
        conditions = [{ test = "Null", variable = "aws:RequestTag/${key}", values = ["true"] }]
      } if group != null
    }
  ]...)

  #
  # Protected tags
  #

  # tag:TagResources and tag:UntagResources know neither the resource nor its tags; the service's own action, which
  # is evaluated as well, does. One pattern for each service keeps a thousand types within one policy. Actions are
  # compared without case, so it matches others too, but the conditions below do not hold for them: they carry no tag
  # keys, or meet no resource that has tags. Where they would hold (PutAggregationAuthorization), actions are named.
  services_by_action = ["config", "dataexchange"]
  tagging_actions = sort(distinct([
    for action in distinct(flatten([for entry in values(var.catalogue_entries) : concat(entry.tag_actions, entry.untag_actions)])) :
    contains(local.services_by_action, split(":", action)[0]) ? action : replace(action, "/(?i):[a-z]*tag[a-z]*$/", ":*Tag*")
    if !startswith(action, "tag:")
  ]))

  # These services evaluate their tagging action while a resource is created, too, and say so in a condition key
  # (IAM reference, condition keys named CreateAction). Tags that are given at creation are no change.
  create_action_services = ["cloudformation", "drs", "ec2", "ecs", "elasticfilesystem", "elasticloadbalancing", "mgn", "vpc-lattice"]

  protected_tag_parts = {
    for name, scope in var.scopes : name => flatten([
      for key, tag in scope.tags : [
        for action in local.tagging_actions : { statement = "protected ${key}", actions = [action], resources = ["*"] }
      ] if tag.protected && !local.inherited[name][key].protected
    ])
  }
  protected_tag_statements = {
    for key in local.tag_keys : "protected ${key}" => {
      sid = "Protect${local.sid_of_key[key]}"
      conditions = concat(
        [
          { test = "Null", variable = "aws:ResourceTag/${key}", values = ["false"] },
          # In another letter case it is the same tag to IAM.
          { test = "ForAnyValue:StringEqualsIgnoreCase", variable = "aws:TagKeys", values = [key] },
          local.but_administrators,
        ],
        [
          for service in local.create_action_services : { test = "Null", variable = "${service}:CreateAction", values = ["true"] }
          if contains([for action in local.tagging_actions : split(":", action)[0]], service)
        ],
      )
    }
  }

  #
  # This stack
  #

  # Outermost scopes only: the statement is the same everywhere.
  stack_parts = {
    for name, scope in var.scopes : name => length(scope.ancestors) > 0 ? [] : [
      for service, arns in var.stack_arns : {
        statement = "stack"
        actions   = formatlist("${service}:%s", local.changing_actions[service])
        resources = arns
      }
    ]
  }
  stack_statements = {
    stack = { sid = "ProtectTagGovernance", conditions = [local.but_administrators] }
  }

  changing_actions = {
    dynamodb = ["BatchWriteItem", "Delete*", "Put*", "Update*"]
    # Not PutEvents: the forwarding roles of all accounts put events on the bus.
    events = ["Delete*", "DisableRule", "EnableRule", "PutPermission", "PutRule", "PutTargets", "Remove*", "Update*"]
    iam    = ["Attach*", "Create*", "Delete*", "Detach*", "Put*", "Set*", "Update*"]
    lambda = ["Add*", "Create*", "Delete*", "Invoke*", "Publish*", "Put*", "Remove*", "Update*"]
    logs   = ["Delete*", "Put*"]
    s3     = ["Delete*", "Put*"]
    sns    = ["AddPermission", "DeleteTopic", "RemovePermission", "Set*"]
    sqs    = ["AddPermission", "DeleteQueue", "PurgeQueue", "RemovePermission", "SetQueueAttributes"]
  }
}

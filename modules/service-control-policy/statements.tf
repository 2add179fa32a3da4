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

  #
  # Required tags
  #

  # Keys in one condition are ANDed, so each missing tag takes a statement of its own. It names the resource on which
  # the tags are known: a call is evaluated for every resource that it touches. Types of one request_tag_group can share
  # a statement, because no action of one touches a resource of another without the tags of the request; actions that
  # know the tags whatever they touch share the one on `*`.
  denials = flatten([
    for name, scope in var.scopes : [
      for key, tag in scope.tags : [
        for type in setsubtract(tag.deny_create_without, local.inherited[name][key].deny_create_without) : [
          for action, resources in var.catalogue_entries[type].request_tag_actions : {
            scope      = name
            key        = key
            group      = contains(resources, "*") ? "*" : tostring(var.catalogue_entries[type].request_tag_group)
            exemptions = jsonencode(local.exemptions_of_type[type])
            action     = action
            resources  = resources
          }
        ]
      ]
    ]
  ])
  # One denial with two periods becomes two parts.
  required_tag_parts = {
    for name in keys(var.scopes) : name => flatten([
      for denial in local.denials : [
        for period in keys(local.periods[denial.exemptions]) : {
          statement = "required ${denial.key} on ${denial.group} ${period}"
          actions   = [denial.action]
          resources = denial.resources
        }
      ] if denial.scope == name
    ])
  }
  required_tag_statements = merge(flatten([
    for key in local.tag_keys : [
      for group in distinct(local.denials[*].group) : [
        for periods in values(local.periods) : {
          for name, period in periods : "required ${key} on ${group} ${name}" => {
            sid     = "Require${local.sid_of_key[key]}"
            purpose = "required ${key}"
            conditions = concat(
              [{ test = "Null", variable = "aws:RequestTag/${key}", values = ["true"] }],
              period.conditions,
              [
                for arns in [period.principals] : { test = "ArnNotLike", variable = "aws:PrincipalArn", values = arns }
                if length(arns) > 0
              ],
            )
          }
        }
      ]
    ]
  ])...)

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

  # Without a list of keys these remove all tags, and aws:TagKeys is absent. They are named one by one: calls that read
  # tags carry no keys either.
  stripping_actions = setintersection(
    var.keyless_untag_actions,
    flatten([for entry in values(var.catalogue_entries) : entry.untag_actions]),
  )

  # These services evaluate their tagging action while a resource is created, too, and say so in a condition key
  # (IAM reference, condition keys named CreateAction). Tags that are given at creation are no change.
  create_action_services = ["cloudformation", "drs", "ec2", "ecs", "elasticfilesystem", "elasticloadbalancing", "mgn", "vpc-lattice"]

  protected_keys = {
    for name, scope in var.scopes : name => [
      for key, tag in scope.tags : key if tag.protected && !local.inherited[name][key].protected
    ]
  }
  protected_tag_parts = {
    for name, keys in local.protected_keys : name => flatten([
      for key in keys : [
        for period in keys(local.periods[jsonencode(local.exemptions_of_all)]) : concat(
          [for action in local.tagging_actions : { statement = "protected ${key} ${period}", actions = [action], resources = ["*"] }],
          [for action in local.stripping_actions : { statement = "stripped ${key} ${period}", actions = [action], resources = ["*"] }],
        )
      ]
    ])
  }
  protected_tag_statements = merge(flatten([
    for key in local.tag_keys : [
      for name, period in local.periods[jsonencode(local.exemptions_of_all)] : {
        "protected ${key} ${name}" = {
          sid     = "Protect${local.sid_of_key[key]}"
          purpose = "protected ${key}"
          conditions = concat(
            [
              { test = "Null", variable = "aws:ResourceTag/${key}", values = ["false"] },
              # In another letter case it is the same tag to IAM.
              { test = "ForAnyValue:StringEqualsIgnoreCase", variable = "aws:TagKeys", values = [key] },
            ],
            [
              for service in local.create_action_services : { test = "Null", variable = "${service}:CreateAction", values = ["true"] }
              if contains([for action in local.tagging_actions : split(":", action)[0]], service)
            ],
            period.conditions,
            [{ test = "ArnNotLike", variable = "aws:PrincipalArn", values = concat(var.administrator_arns, period.principals) }],
          )
        }
        "stripped ${key} ${name}" = {
          sid     = "KeepAll${local.sid_of_key[key]}"
          purpose = "protected ${key}"
          conditions = concat(
            [
              { test = "Null", variable = "aws:ResourceTag/${key}", values = ["false"] },
              { test = "Null", variable = "aws:TagKeys", values = ["true"] },
            ],
            period.conditions,
            [{ test = "ArnNotLike", variable = "aws:PrincipalArn", values = concat(var.administrator_arns, period.principals) }],
          )
        }
      }
    ]
  ])...)

  #
  # The stack
  #

  # Outermost scopes only: the statements are the same everywhere.
  stack_parts = {
    for name, scope in var.scopes : name => length(scope.ancestors) > 0 ? [] : concat(
      [
        for service, arns in var.stack_arns : {
          statement = "stack"
          actions   = formatlist("${service}:%s", local.changing_actions[service])
          resources = arns
        }
      ],
      [
        for statement, special in local.special : {
          statement = statement
          actions   = special.actions
          resources = special.resources
        }
      ],
    )
  }
  stack_statements = {
    for statement, conditions in merge({ stack = [] }, { for name, special in local.special : name => special.conditions }) :
    statement => {
      sid     = "ProtectTagGovernance"
      purpose = "stack"
      conditions = concat(conditions, [{
        test     = "ArnNotLike"
        variable = "aws:PrincipalArn"
        values   = concat(var.administrator_arns, var.deployment_arns)
      }])
    }
  }

  # What AWS names, by a random id, is known by what it belongs to: the key by its alias, what feeds a function by the
  # function. And a role of the stack works for the stack alone. Roles that are spared by name are passed by their users, and
  # the roles of member accounts trust nobody but the function and the stack's rules.
  special = merge(
    length(var.stack_role_arns) == 0 ? {} : {
      "stack roles" = {
        actions    = ["iam:PassRole"]
        resources  = var.stack_role_arns
        conditions = []
      }
    },
    !contains(keys(var.stack_arns), "kms") ? {} : {
      "stack keys" = {
        actions = formatlist("kms:%s", [
          "DeleteAlias", "DisableKey*", "PutKeyPolicy", "RevokeGrant", "ScheduleKeyDeletion", "UpdateAlias",
        ])
        resources = [for arn in var.stack_arns.kms : replace(arn, "/:alias/.*$/", ":key/*")]
        conditions = [{
          test     = "ForAnyValue:StringLike"
          variable = "kms:ResourceAliases"
          values   = [for arn in var.stack_arns.kms : replace(arn, "/^.*:alias//", "alias/")]
        }]
      }
    },
    !contains(keys(var.stack_arns), "lambda") ? {} : {
      "stack mappings" = {
        actions    = ["lambda:DeleteEventSourceMapping", "lambda:UpdateEventSourceMapping"]
        resources  = [for arn in var.stack_arns.lambda : replace(arn, "/:function:.*$/", ":event-source-mapping:*")]
        conditions = [{ test = "ArnLike", variable = "lambda:FunctionArn", values = var.stack_arns.lambda }]
      }
    },
  )

  changing_actions = {
    cloudwatch = ["Delete*", "Disable*", "Put*", "Set*"]
    dynamodb   = ["BatchWriteItem", "Delete*", "PartiQLDelete", "PartiQLInsert", "PartiQLUpdate", "Put*", "Update*"]
    # Not PutEvents: the forwarding roles of all accounts put events on the bus.
    events = ["Delete*", "DisableRule", "EnableRule", "PutPermission", "PutRule", "PutTargets", "Remove*", "Update*"]
    # The credentials and devices of users among them.
    iam = [
      "Attach*", "Create*", "Deactivate*", "Delete*", "Detach*", "Enable*", "Put*", "Reset*", "Resync*", "Set*", "Update*", "Upload*",
    ]
    kms       = ["DeleteAlias", "UpdateAlias"]
    lambda    = ["Add*", "Create*", "Delete*", "Invoke*", "Publish*", "Put*", "Remove*", "Update*"]
    logs      = ["AssociateKmsKey", "Delete*", "DisassociateKmsKey", "Put*"]
    s3        = ["Delete*", "Put*"]
    scheduler = ["Create*", "Delete*", "Update*"]
    sns       = ["AddPermission", "DeleteTopic", "PutDataProtectionPolicy", "RemovePermission", "Set*"]
    sqs       = ["AddPermission", "DeleteQueue", "PurgeQueue", "RemovePermission", "SetQueueAttributes"]
  }
}

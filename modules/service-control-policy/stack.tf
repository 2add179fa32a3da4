# The stack. Outermost scopes only: the statements are the same everywhere.

locals {
  stack_parts = flatten([
    for name, scope in var.scopes : [
      for statement in keys(local.stack_statements) : { scope = name, statement = statement, parts = statement }
    ] if length(scope.ancestors) == 0
  ])
  parts_of_stack_statement = merge(
    length(var.stack_arns) == 0 ? {} : {
      stack = [
        for service, arns in var.stack_arns : { actions = formatlist("${service}:%s", local.changing_actions[service]), resources = arns }
      ]
    },
    { for statement, special in local.special : statement => [{ actions = special.actions, resources = special.resources }] },
  )
  stack_statements = {
    for statement in keys(local.parts_of_stack_statement) : statement => {
      sid     = "ProtectTagGovernance"
      purpose = "stack"
      conditions = concat(try(local.special[statement].conditions, []), [{
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

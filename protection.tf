# What service control policies need to know about this stack. Names in place of resources: the policies and the roles
# they name would wait for each other otherwise.

data "aws_iam_session_context" "current" {
  count = local.service_control_policies ? 1 : 0

  arn = data.aws_caller_identity.current[0].arn
}

locals {
  service_control_policies = var.create && try(var.organization.service_control_policies, false)

  # The scopes that policies can be attached to.
  targets = { for name, scope in module.tag_schema.scopes : name => scope if scope.target_id != null }

  # Whoever deploys the stack is among them, so that no one locks out the pipeline.
  administrator_arns = local.service_control_policies ? distinct(concat(
    [
      "arn:${local.partition}:iam::${local.account_id}:role/${var.name}-*",
      data.aws_iam_session_context.current[0].issuer_arn,
    ],
    var.member_accounts == null ? [] : ["arn:${local.partition}:iam::*:role/${var.member_accounts.role_name}"],
    var.organization.administrator_role_arns,
  )) : []

  # Everything of this stack is called `name` or begins with `name-`. The parts that member accounts have too carry no
  # account.
  stack_arns = local.service_control_policies ? tomap({
    dynamodb = ["arn:${local.partition}:dynamodb:*:${local.account_id}:table/${var.name}-*"]
    events = [
      "arn:${local.partition}:events:*:${local.account_id}:event-bus/${var.name}",
      "arn:${local.partition}:events:*:${local.account_id}:rule/${var.name}/*",
      "arn:${local.partition}:events:*:*:rule/${var.name}-*",
    ]
    iam = concat(
      [
        "arn:${local.partition}:iam::*:policy/${var.name}-*",
        "arn:${local.partition}:iam::*:role/${var.name}-*",
      ],
      var.member_accounts == null ? [] : [
        "arn:${local.partition}:iam::*:policy/${var.member_accounts.role_name}-*",
        "arn:${local.partition}:iam::*:role/${var.member_accounts.role_name}",
      ],
    )
    lambda = ["arn:${local.partition}:lambda:*:${local.account_id}:function:${var.name}-*"]
    logs   = ["arn:${local.partition}:logs:*:${local.account_id}:log-group:/aws/lambda/${var.name}-*"]
    s3     = ["arn:${local.partition}:s3:::${var.name}-policy-${local.account_id}-*"]
    sns    = ["arn:${local.partition}:sns:*:${local.account_id}:${var.name}-*"]
    sqs    = ["arn:${local.partition}:sqs:*:*:${var.name}-*"]
  }) : tomap({})
}

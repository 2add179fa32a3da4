# What service control policies need to know about the stacks they protect: this one, and those that run elsewhere. Names in
# place of resources: the policies and the roles they name would wait for each other otherwise. Nothing here depends on
# who plans.

locals {
  service_control_policies = var.create && try(var.organization.service_control_policies, false)

  # The scopes that policies can be attached to.
  targets = { for name, scope in module.tag_schema.scopes : name => scope if scope.target_id != null }

  stacks = merge(
    !local.remediation ? {} : {
      this = {
        name             = var.name
        account_id       = local.account_id
        member_role_name = try(var.member_accounts.role_name, null)
      }
    },
    {
      for label, stack in try(var.organization.stacks, {}) : "stacks[\"${label}\"]" => {
        name             = stack.name
        account_id       = split(":", stack.function_role_arns[0])[4]
        member_role_name = stack.member_role_name
      } if var.create
    },
  )

  stack_role_arns = [
    for stack in values(local.stacks) : "arn:${local.partition}:iam::${stack.account_id}:role/${stack.name}-*"
  ]

  # The roles of the stacks are among them, so that the function can write what is protected.
  administrator_arns = local.service_control_policies ? distinct(concat(
    local.stack_role_arns,
    [for name in compact(values(local.stacks)[*].member_role_name) : "arn:${local.partition}:iam::*:role/${name}"],
    var.organization.administrator_role_arns,
  )) : []

  # Everything of a stack is called `name` or begins with `name-`. The parts that member accounts have too carry no
  # account.
  stack_resources = [
    for stack in values(local.stacks) : {
      # Alarms of member accounts watch what could not be delivered from there.
      cloudwatch = ["cloudwatch:*:*:alarm:${stack.name}-*", "cloudwatch::${stack.account_id}:dashboard/${stack.name}"]
      dynamodb   = ["dynamodb:*:${stack.account_id}:table/${stack.name}-*"]
      events = [
        "events:*:${stack.account_id}:event-bus/${stack.name}",
        "events:*:${stack.account_id}:rule/${stack.name}/*",
        "events:*:*:rule/${stack.name}-*",
      ]
      iam = concat(
        ["iam::*:policy/${stack.name}-*", "iam::*:role/${stack.name}-*"],
        formatlist("iam::*:policy/%s-*", compact([stack.member_role_name])),
        formatlist("iam::*:role/%s", compact([stack.member_role_name])),
      )
      kms       = ["kms:*:${stack.account_id}:alias/${stack.name}"]
      lambda    = ["lambda:*:${stack.account_id}:function:${stack.name}-*"]
      logs      = ["logs:*:${stack.account_id}:log-group:/aws/lambda/${stack.name}-*"]
      scheduler = ["scheduler:*:${stack.account_id}:schedule/default/${stack.name}-*"]
      s3        = ["s3:::${stack.name}-policy-${stack.account_id}-*"]
      sns       = ["sns:*:${stack.account_id}:${stack.name}-*"]
      sqs       = ["sqs:*:*:${stack.name}-*"]
    }
  ]
  stack_services = distinct(concat(
    flatten([for resources in local.stack_resources : keys(resources)]),
    length(local.spared_role_arns) > 0 ? ["iam"] : [],
  ))
  stack_arns = {
    for service in local.stack_services : service => distinct(concat(
      formatlist("arn:${local.partition}:%s", flatten(local.stack_resources[*][service])),
      service == "iam" ? local.spared_role_arns : [],
    ))
  }

  # Roles and users that policies spare by their name: whoever could make one of that name in an account of theirs would be
  # spared as well. An exemption for some types opens no protected tag, and its roles are made by teams and services.
  # Service-linked roles and those of IAM Identity Center are made by AWS alone. Where nobody is named who may, no one could
  # make the roles any more.
  named_arns = concat(try(var.organization.administrator_role_arns, []), try(var.organization.deployment_role_arns, []))
  spared_role_arns = length(local.administrator_arns) == 0 || length(local.named_arns) == 0 ? [] : distinct([
    for arn in concat(
      local.named_arns,
      flatten([for exemption in values(local.spared) : exemption.principals if length(exemption.resource_types) == 0]),
    ) : replace(arn, "/^arn:[^:]*:/", "arn:${local.partition}:")
    if !can(regex(":(?:role|user)/(?:[*?]+$|aws-service-role/|aws-reserved/)", arn))
  ])

  # Exemptions that a policy can tell: by who asks, and by what is created. Principals of an exemption that names accounts as
  # well are those of these accounts.
  spared = {
    for name, exemption in var.exemptions : name => {
      accounts = length(exemption.principals) == 0 ? exemption.accounts : []
      principals = length(exemption.accounts) == 0 ? exemption.principals : distinct([
        for pair in setproduct(exemption.principals, exemption.accounts) :
        replace(pair[0], "/^(arn:[^:]*:iam::)[^:]*/", "$${1}${pair[1]}") if contains(["*", pair[1]], split(":", pair[0])[4])
      ])
      resource_types = module.catalogue.selected_types["exemptions[\"${name}\"].resource_types"]
      expires        = exemption.expires
    } if length(exemption.arns) + length(exemption.tags) == 0
  }

  # Policies bind nobody in the management account. Elsewhere they would bind the pipeline.
  lockouts = !local.service_control_policies || length(local.named_arns) > 0 ? [] : [
    for stack in values(local.stacks) : join(" ", [
      "organization.deployment_role_arns and administrator_role_arns are empty, and the stack ${stack.name} runs in account",
      "${stack.account_id}, outside the management account ${local.management_account_id}: the policies that protect it would",
      "lock out the pipeline that deploys it. Name the role it runs as: arn:${local.partition}:iam::${stack.account_id}:role/NAME.",
    ]) if stack.account_id != local.management_account_id
  ]
}

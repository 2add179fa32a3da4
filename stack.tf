# The stack is governed like everything else in its account: where its own tags fall short of the schema, the function
# adds what the next apply takes away. Its roles are exempt by name (locals.tf).

data "aws_default_tags" "current" {
  count = local.remediation ? 1 : 0
}

locals {
  own_tags = merge(try(data.aws_default_tags.current[0].tags, {}), var.resource_tags)
  # The nearest scope above the account of the stack: the one with the most scopes above itself.
  own_scope = reverse(concat(["default"], values({
    for name, scope in var.scopes : format("%02d", length(local.ancestors[name])) => name
    if scope.target_id == local.account_id || anytrue([for account in lookup(local.accounts_below, name, []) : account == local.account_id])
  })))[0]
  own_types = setintersection(module.catalogue.types, [
    "cloudwatch:alarm", "dynamodb:table", "events:event-bus", "events:rule-on-custom-event-bus",
    "events:rule-on-default-event-bus", "iam:policy", "kms:key", "lambda:eventSourceMapping", "lambda:function",
    "logs:log-group", "s3:bucket", "sns:topic", "sqs:queue",
  ])
  is_stack_corrected = local.remediation ? module.tag_schema.scopes[local.own_scope].mode == "remediate" : false
  is_stack_exempt = anytrue([
    for exemption in var.exemptions :
    anytrue([for arn in exemption.arns : strcontains(arn, var.name)])
    || (
      anytrue([for account in exemption.accounts : account == local.account_id])
      && length(exemption.resource_types) + length(exemption.tags) + length(exemption.principals) == 0
    )
  ])

  # The tags that the schema wants of the stack, or would have right.
  own_rules = {
    for key, tag in try(module.tag_schema.scopes[local.own_scope].tags, {}) : key => tag
    if tag.resource_types == null || length(setintersection(coalesce(tag.resource_types, []), local.own_types)) > 0
  }
  missing_own_tags = [
    for key, tag in local.own_rules : join(" ", [
      "resource_tags has no ${key}, which the tag schema wants of the stack itself (scope \"${local.own_scope}\").",
      local.own_tag_advice,
    ]) if tag.required && !contains(keys(local.own_tags), key)
  ]
  wrong_own_tags = [
    for key, tag in local.own_rules : join(" ", [
      "resource_tags[\"${key}\"] is \"${lookup(local.own_tags, key, "")}\",",
      "which the tag schema does not allow (scope \"${local.own_scope}\").", local.own_tag_advice,
    ]) if contains(keys(local.own_tags), key) && anytrue([for rule in tag.value_rules : !can(regex(rule, local.own_tags[key]))])
  ]

  # An exemption may name what is still to be made: then it is known at apply.
  own_tag_problems = (
    !local.is_stack_corrected ? [] : local.is_stack_exempt ? [] : concat(local.missing_own_tags, local.wrong_own_tags)
  )
  own_tag_advice = "Set it there or in the provider's default_tags, or exempt \"arn:*:*:*:*:*${var.name}*\" (exemptions, arns)."
}

check "own_tags" {
  assert {
    condition     = length(local.own_tag_problems) == 0
    error_message = join("\n", local.own_tag_problems)
  }
}

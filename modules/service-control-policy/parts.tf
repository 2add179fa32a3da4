# What is denied, in parts that can be put into policies one by one. A part is the actions on the resources of one type (or one
# service). Parts of one statement follow each other, and are merged in each policy.
#
#   statements_of_scope["sandbox required Owner on 0 [] start"].parts = "5f0c…-97d1… 0 []"
#   parts["sandbox"] = [ec2:RunInstances on instances (its size has the frame of the statement), ec2:RunInstances on volumes, …]

locals {
  statements = merge(local.required_tag_statements, local.protected_tag_statements, local.stack_statements)

  # Size of each statement with `*` for its resources and without its actions. A comma follows it.
  conditions_by_test = {
    for statement, content in local.statements : statement => {
      for condition in content.conditions : condition.test => { (condition.variable) = condition.values }...
    }
  }
  statement_frames = {
    for statement, tests in local.conditions_by_test : statement => 1 + length(jsonencode({
      Sid       = "${local.statements[statement].sid}00"
      Effect    = "Deny"
      Action    = []
      Resource  = ["*"]
      Condition = { for test, variables in tests : test => merge(variables...) }
    }))
  }
  policy_frame = length(jsonencode({ Version = "2012-10-17", Statement = [] }))

  parts_of_statement = merge(local.parts_of_denied_group, local.protecting_parts, local.parts_of_stack_statement)
  # The characters of each with its comma; `*` is said once in the statement.
  sizes_of_parts = {
    for name, parts in local.parts_of_statement : name => [
      for part in parts :
      length(jsonencode(part.actions)) - 1 + (contains(part.resources, "*") ? 0 : length(jsonencode(part.resources)) - 1)
    ]
  }

  statements_of_scope = {
    for row in concat(local.required_tag_parts, local.protected_tag_parts, local.stack_parts) : "${row.scope} ${row.statement}" => row
  }

  # Scopes that deny the same have the same policies, which are made for the first of them.
  denials       = { for name, row in local.statements_of_scope : row.scope => [row.statement, row.parts]... }
  scopes_alike  = { for name, rows in local.denials : sha1(jsonencode(rows)) => name... }
  first_alike   = { for name, rows in local.denials : name => local.scopes_alike[sha1(jsonencode(rows))][0] }
  scopes_of_own = toset(values(local.first_alike))

  part_list = flatten([
    for row in local.statements_of_scope : [
      for index, part in local.parts_of_statement[row.parts] : {
        scope     = row.scope
        statement = row.statement
        actions   = part.actions
        resources = part.resources
        size      = local.sizes_of_parts[row.parts][index] + (index == 0 ? local.statement_frames[row.statement] : 0)
      }
    ] if contains(local.scopes_of_own, row.scope)
  ])
  parts = { for part in local.part_list : part.scope => part... }
}

module "policy_of_part" {
  source   = "../internal/packing"
  for_each = local.parts

  sizes = each.value[*].size
  # A statement that is cut by the end of a policy is framed in the next one again.
  capacity = var.quotas.service_control_policy_size - local.policy_frame - max(0, values(local.statement_frames)...)
}

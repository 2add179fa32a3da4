# The policies of each scope.

locals {
  placed_parts = flatten([
    for name, parts in local.parts : [
      for index, part in parts : {
        policy    = "${name}-${format("%02d", module.policy_of_part[name].bins[index] + 1)}"
        scope     = name
        statement = part.statement
        actions   = part.actions
        resources = part.resources
      }
    ]
  ])
  placed_statements = { for part in local.placed_parts : "${part.policy} ${part.statement}" => part... }

  # Document => its statements.
  documents_to_make = {
    for parts in local.placed_statements : parts[0].policy => {
      content   = local.statements[parts[0].statement]
      actions   = sort(distinct(flatten(parts[*].actions)))
      resources = sort(distinct(flatten(parts[*].resources)))
    }...
  }
  documents_of_first = { for part in local.placed_parts : part.scope => part.policy... }

  # White space counts against the size limit when a policy is sent through the API.
  contents = { for document, rendered in data.aws_iam_policy_document.service_control : document => rendered.minified_json }

  # "sandbox-01" => the document of the first scope that denies the same
  policies = merge([
    for name, first in local.first_alike : {
      for index, document in distinct(local.documents_of_first[first]) :
      "${name}-${format("%02d", index + 1)}" => { scope = name, content = local.contents[document] }
    }
  ]...)
  policies_of_scope = { for number, policy in local.policies : policy.scope => policy.content... }
  documents         = { for name in keys(var.scopes) : name => try(local.policies_of_scope[name], []) }
}

data "aws_iam_policy_document" "service_control" {
  for_each = local.documents_to_make

  dynamic "statement" {
    for_each = each.value

    content {
      # One tag can need several statements (request_tag_group), and a sid may hold letters and digits only.
      sid       = "${statement.value.content.sid}${statement.key + 1}"
      effect    = "Deny"
      actions   = statement.value.actions
      resources = statement.value.resources

      dynamic "condition" {
        for_each = statement.value.content.conditions

        content {
          test     = condition.value.test
          variable = condition.value.variable
          values   = distinct(condition.value.values)
        }
      }
    }
  }
}

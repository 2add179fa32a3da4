locals {
  documents = {
    for name in keys(var.scopes) : name => [
      for number in sort([for number, policy in local.policies : number if policy.scope == name]) :
      data.aws_iam_policy_document.service_control[number].minified_json
    ]
  }

  # The characters that each statement takes, for whoever has to choose what to drop.
  sizes_by_statement = {
    for name, parts in local.parts : name => {
      for statement, sizes in { for index, part in parts : part.statement => local.part_sizes[name][index]... } :
      statement => sum(sizes)
    }
  }
  sizes_by_purpose = {
    for name, sizes in local.sizes_by_statement : name => {
      for purpose, all in { for statement, size in sizes : local.statements[statement].purpose => size... } :
      purpose => sum(all)
    }
  }
}

output "documents" {
  description = "The policies (JSON) of each scope; none for a scope that denies nothing beyond what it inherits."
  value       = local.documents

  precondition {
    condition = alltrue(flatten([
      for documents in local.documents : [for document in documents : length(document) <= var.quotas.service_control_policy_size]
    ]))
    error_message = join("\n", flatten([
      for name, documents in local.documents : [
        for index, document in documents :
        join(" ", [
          "scope \"${name}\": service control policy ${local.policy_name}-${name}-${format("%02d", index + 1)}",
          "has ${length(document)} characters, quotas.service_control_policy_size is ${var.quotas.service_control_policy_size};",
          "one statement alone does not fit.",
        ])
        if length(document) > var.quotas.service_control_policy_size
      ]
    ]))
  }

  precondition {
    condition = alltrue([for name, documents in local.documents : length(documents) <= module.slots.free[name]])
    error_message = join("\n", [
      for name, documents in local.documents :
      join(" ", [
        "scope \"${name}\": its denials need ${length(documents)} service control policies,",
        "${local.policy_name}-${name}-01 to -${format("%02d", length(documents))},",
        "of ${var.quotas.service_control_policy_size} characters each, but ${module.slots.words[name]}",
        "Detach or merge some of these, drop types from deny_create_without or protection from tags, or deny them in a scope above;",
        "characters: ${join(", ", [for purpose, size in local.sizes_by_purpose[name] : "${purpose} ${size}"])}.",
      ])
      if length(documents) > module.slots.free[name]
    ])
  }
}

output "policy_ids" {
  description = "Ids of the policies by scope and number, such as `sandbox-01`."
  value       = { for number, policy in aws_organizations_policy.service_control : number => policy.id }
}

output "moves" {
  description = <<-EOT
    Policies and attachments of scopes that were renamed: addresses within this module, from the former name to the new one.
  EOT
  value = flatten([
    for type in ["aws_organizations_policy", "aws_organizations_policy_attachment"] : [
      for policy in module.slots.renamed : {
        scope = policy.scope
        from  = "${type}.service_control[\"${policy.from}\"]"
        to    = "${type}.service_control[\"${policy.to}\"]"
      }
    ]
  ])
}

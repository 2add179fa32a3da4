# Reads the catalogue of taggable resource types and answers questions about it. No resources.

locals {
  catalogue = jsondecode(file("${path.module}/../../../lambda_src/tag_governance/catalogue.json"))

  all_entries = { for entry in local.catalogue.types : entry.type => entry }
  all_types   = join("\n", keys(local.all_entries))

  # A list of patterns becomes one regular expression that is matched against all type names at once, one name a line.
  # Loops and set functions over a thousand types take minutes where this takes milliseconds.
  expressions = {
    for field, patterns in local.patterns : field => "(?m)^(?:${join("|", [
      for pattern in patterns : replace(replace(pattern, "/[.+?()|\\[\\]{}^$\\\\]/", "\\$0"), "*", ".*")
    ])})$"
  }
  patterns = merge(
    { for field, selection in var.selections : field => selection.patterns },
    { resource_types = var.resource_types },
  )

  types   = length(var.resource_types) == 0 ? [] : regexall(local.expressions.resource_types, local.all_types)
  entries = { for type in local.types : type => local.all_entries[type] }

  # The governed types that a field can select from, one a line.
  selectable = {
    governed            = join("\n", local.types)
    enforced_for        = join("\n", [for type, entry in local.entries : type if entry.enforced_for != null])
    report_required_for = join("\n", [for type, entry in local.entries : type if entry.report_required_tag_for != null])
    request_tags        = join("\n", [for type, entry in local.entries : type if length(entry.request_tag_actions) > 0])
  }

  selected = {
    for field, selection in var.selections : field => length(selection.patterns) == 0 ? [] :
    regexall(local.expressions[field], local.selectable[selection.among])
  }
}

# Reads the catalogue of taggable resource types and answers questions about it. No resources.

locals {
  # Made by tools/catalogue, with what can be said without the variables: here types are selected.
  catalogue = jsondecode(replace(file("${path.module}/catalogue.json"), "$${Partition}", var.partition))
  all_types = join("\n", keys(local.catalogue.entries))

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
  entries = { for type in local.types : type => local.catalogue.entries[type] }

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

output "scopes" {
  description = <<-EOT
    The finished schema of every scope, and of what no scope covers under `default`.
    `resource_types` is null for a tag of every governed type. `value_rules` are regular expressions: a value is right when it
    matches all of them.
  EOT
  value = {
    for name, tags in local.tags_of_scope : name => {
      target_id = try(var.scopes[name].target_id, null)
      mode      = local.modes[name]
      # The scopes above, outermost first.
      ancestors = try(var.ancestors[name], [])
      tags = {
        for key, tag in tags : key => merge(tag, {
          resource_types = contains(tag.resource_types, "*") ? null : tag.resource_types
          value_rules    = local.set_value_rules[name][key]
        })
      }
    }
  }

  precondition {
    condition     = length(local.problems) == 0
    error_message = join("\n", local.problems)
  }
}

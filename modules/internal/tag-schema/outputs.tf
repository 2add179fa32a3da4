output "scopes" {
  description = <<-EOT
    The finished schema of every scope, and of what no scope covers under `default`.
    `resource_types` is null for a tag of every governed type. `value_rules` are regular expressions: a value is right when it
    matches all of them.
  EOT
  value = {
    for name, keys in local.keys_of_scope : name => {
      target_id = try(var.scopes[name].target_id, null)
      mode      = local.modes[name]
      # The fields that the scope sets itself, by key: in `tags`, those that differ from the defaults.
      overrides = {
        for key in keys : key => [
          for field, value in local.fields["${name}/${key}"] : field
          if name != "default" || jsonencode(value) != jsonencode(local.defaults[field])
        ] if contains(keys(local.fields), "${name}/${key}")
      }
      # The scopes above, outermost first.
      ancestors = try(var.ancestors[name], [])
      tags = {
        for key in keys : key => merge(local.tags["${name}/${key}"], {
          resource_types = (
            contains(local.tags["${name}/${key}"].resource_types, "*") ? null : local.tags["${name}/${key}"].resource_types
          )
          value_rules = compact(values(local.value_rules["${name}/${key}"]))
        })
      }
    }
  }

  precondition {
    condition     = length(local.problems) == 0
    error_message = join("\n", local.problems)
  }
}

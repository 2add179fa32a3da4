output "types" {
  description = "The governed resource types."
  value       = local.types

  # Not on selected_types, by which the schema is judged: what is wrong with it is said in the same plan.
  precondition {
    condition     = length(local.problems) == 0
    error_message = join("\n", local.problems)
  }
}

output "selected_types" {
  description = "The governed resource types that each of the `selections` stands for."
  value       = local.selected
}

output "entries" {
  description = <<-EOT
    The governed resource types: ARN pattern, IAM actions and which of them take no resource, tagging API,
    and names in the lists of tag policies (null where they do not take it).
  EOT
  value = {
    for type, entry in local.entries : type => {
      arn = entry.arn
      arn_pattern = replace(
        replace(entry.arn, "$${Partition}", var.partition),
        "/\\$\\{[^}]+\\}/", "*",
      )
      # Where an ARN begins with a variable in the place of the resource type, IAM takes no wildcard: each value is written.
      request_tag_actions = {
        for action, arn in entry.request_tag_actions : action => [
          for spelled in coalescelist(
            flatten([for variable, values in entry.arn_values : [for value in values : replace(arn, "$${${variable}}", value)]]),
            [arn],
          ) : replace(replace(spelled, "$${Partition}", var.partition), "/\\$\\{[^}]+\\}/", "*")
        ]
      }
      request_tag_group = entry.request_tag_group
      tag_api           = entry.tag_api
      tag_actions       = entry.tag_actions
      untag_actions     = entry.untag_actions
      read_actions      = entry.read_actions
      unscoped_actions = setintersection(
        concat(entry.tag_actions, entry.untag_actions, entry.read_actions),
        local.catalogue.unscoped_actions,
      )
      any_key_actions         = setintersection(concat(entry.tag_actions, entry.untag_actions), local.catalogue.any_key_actions)
      enforced_for            = entry.enforced_for
      report_required_tag_for = entry.report_required_tag_for
    }
  }
}

output "tag_policy_wildcards" {
  description = <<-EOT
    The names that SERVICE:ALL_SUPPORTED stands for in each list of a tag policy, by service;
    for services that have it, and more than one name.
  EOT
  value       = local.tag_policy_wildcards
}

output "event_patterns" {
  description = <<-EOT
    Event patterns (JSON) that match the successful creations of the governed types,
    and with `event_matching = "exact"` nothing else.
  EOT
  value       = local.creation_patterns
}

output "tag_change_pattern" {
  description = "Event pattern (JSON) that matches changes of governed tags."
  value       = local.tag_change_pattern
}

output "instance_state_pattern" {
  description = "Event pattern (JSON) that matches EC2's own events of instances that start; null when instances are not governed."
  value       = local.instance_state_pattern
}

output "keyless_untag_actions" {
  description = <<-EOT
    Untagging actions that a call may ask for without `aws:TagKeys`: without a list they remove all tags,
    or IAM does not tell.
  EOT
  value       = local.catalogue.keyless_untag_actions
}

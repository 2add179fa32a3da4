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
    The governed resource types: ARN pattern, IAM actions and which of them take no resource or any key,
    and names in the lists of tag policies (null where they do not take it).
  EOT
  value       = local.entries
}

output "tag_policy_wildcards" {
  description = <<-EOT
    The names that SERVICE:ALL_SUPPORTED stands for in each list of a tag policy, by service;
    for services that have it, and more than one name.
  EOT
  value       = local.catalogue.tag_policy_wildcards
}

output "event_patterns" {
  description = <<-EOT
    Event patterns (JSON) that match the successful creations of the governed types,
    and with `event_matching = "exact"` nothing else.
  EOT
  value       = local.creation_patterns
}

output "global_regions" {
  description = "Regions in which AWS reports the governed types that are of no region, first that of IAM, which is always there."
  value = distinct(concat([local.catalogue.regions["iam:role"][var.partition]], sort([
    for type in local.types : local.catalogue.regions[type][var.partition] if can(local.catalogue.regions[type][var.partition])
  ])))
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

# `try(module.x[0].y, null)` rather than `one(module.x[*].y)`: the splat would wait for all of module x, and so would
# everything that uses the output.

output "tag_policy_ids" {
  description = "Ids of the tag policies by scope and number, such as `sandbox-01`."
  value       = try(module.tag_policy[0].policy_ids, {})
}

output "tag_policy_documents" {
  description = "The tag policies (JSON) of each scope; none for a scope that changes nothing of what it inherits."
  value       = try(module.tag_policy[0].documents, {})
}

output "service_control_policy_ids" {
  description = "Ids of the service control policies by scope and number, such as `sandbox-01`."
  value       = try(module.service_control_policy[0].policy_ids, {})
}

output "service_control_policy_documents" {
  description = "The service control policies (JSON) of each scope; none for a scope that denies nothing beyond what it inherits."
  value       = try(module.service_control_policy[0].documents, {})

  precondition {
    condition     = length(local.lockouts) == 0
    error_message = join("\n", local.lockouts)
  }
}

output "moved_blocks" {
  description = <<-EOT
    `moved` blocks by scope, for scopes that have another name than when they were applied: with these in your configuration their
    policies are renamed, and not made anew. They are for a call `module "tag_governance"`.
  EOT
  value       = local.moved_blocks
}

output "delegation_policy_document" {
  description = <<-EOT
    What the management account has to allow in the organization's resource policy (JSON) for this configuration: managing
    policies from this account, and the function's reads of the tree and of account tags. Null when all runs in the
    management account. An organization has one such policy: merge it with yours.
  EOT
  value       = try(module.policy_delegation[0].document, null)
}

output "event_patterns" {
  description = <<-EOT
    Event patterns (JSON) by name, one for each forwarding rule;
    input of `modules/member-account` and `modules/event-forwarding`.
  EOT
  value       = local.remediation ? local.event_patterns : {}

  precondition {
    condition = !var.detection.instance_state || local.instance_state
    error_message = join(" ", [
      "detection.instance_state is true, and resource_types does not govern ec2:instance;",
      "add it, or leave instance_state out.",
    ])
  }
}

output "event_bus_name" {
  description = "Name of the governance bus."
  value       = try(module.event_routing[0].event_bus_name, null)
}

output "event_bus_arn" {
  description = "ARN of the governance bus, to which every account and region forwards."
  value       = try(module.event_routing[0].event_bus_arn, null)
}

output "function_name" {
  description = "Name of the function."
  value       = try(module.remediation[0].function_name, null)
}

output "function_arn" {
  description = "ARN of the function."
  value       = try(module.remediation[0].function_arn, null)
}

output "settlement_function_name" {
  description = "Name of the function that tells what is due and settles what was interrupted, every five minutes."
  value       = try(module.remediation[0].settlement_function_name, null)
}

output "function_role_arn" {
  description = "ARN of the function's role, which the role in each member account trusts."
  value       = try(module.remediation[0].function_role_arn, null)
}

output "settlement_function_role_arn" {
  description = "ARN of the role of the settlement function."
  value       = try(module.remediation[0].settlement_function_role_arn, null)
}

output "log_group_name" {
  description = "Name of the function's log group."
  value       = try(module.remediation[0].log_group_name, null)
}

output "events_queue_arn" {
  description = "ARN of the queue that the function reads."
  value       = try(module.remediation[0].events_queue_arn, null)
}

output "events_queue_url" {
  description = "URL of the queue that the function reads."
  value       = try(module.remediation[0].events_queue_url, null)
}

output "dead_letter_queue_arn" {
  description = "ARN of the queue of events that could not be handled."
  value       = try(module.remediation[0].dead_letter_queue_arn, null)
}

output "dead_letter_queue_url" {
  description = "URL of the queue of events that could not be handled."
  value       = try(module.remediation[0].dead_letter_queue_url, null)
}

output "undelivered_queue_arn" {
  description = "ARN of the queue of events that could not be forwarded from this account; null when nothing is detected."
  value       = try(module.event_forwarding[0].undelivered_queue_arn, null)
}

output "notifications_topic_arn" {
  description = "ARN of the topic of findings and changes."
  value       = try(module.remediation[0].notifications_topic_arn, null)
}

output "alarms_topic_arn" {
  description = "ARN of the topic of alarms about the stack itself and the compliance target."
  value       = try(module.remediation[0].alarms_topic_arn, null)
}

output "ledger_table_name" {
  description = "Name of the table of open findings and of every change made."
  value       = try(module.remediation[0].ledger_table_name, null)
}

output "ledger_table_arn" {
  description = "ARN of the table of open findings and of every change made."
  value       = try(module.remediation[0].ledger_table_arn, null)
}

output "policy_document" {
  description = "The policy (JSON) that the function applies: the finished schema of every scope."
  value       = local.remediation ? local.policy_document : null
}

output "policy_bucket_name" {
  description = "Name of the bucket that keeps the versions of the policy."
  value       = try(module.remediation[0].policy_bucket_name, null)
}

output "kms_key_arn" {
  description = "ARN of the key that encrypts everything: the one given, or the one made."
  value       = try(module.remediation[0].kms_key_arn, null)
}

output "kms_key_policy_document" {
  description = "The key policy (JSON) of the key that is made; a key of your own must allow the same."
  value       = try(module.remediation[0].kms_key_policy_document, null)
}

output "dashboard_url" {
  description = "Address of the dashboard; null without one."
  value       = try(module.dashboard[0].dashboard_url, null)
}

output "member_role_arn_pattern" {
  description = "ARN of the role in member accounts with `*` for the account; null when the function keeps to its own."
  value = (
    local.remediation && var.member_accounts != null
    ? "arn:${local.partition}:iam::*:role/${var.member_accounts.role_name}" : null
  )
}

output "tag_keys" {
  description = "The governed tag keys and their aliases, which are all that the function may write; input of `modules/member-account`."
  value       = local.tag_keys

  # Not on an output by which policies or the function are made: what is wrong with the schema is said in the same plan.
  precondition {
    condition     = length(local.setting_problems.known_at_plan) == 0
    error_message = join("\n", local.setting_problems.known_at_plan)
  }

  precondition {
    condition     = length(local.setting_problems.exempt_arns) == 0
    error_message = join("\n", local.setting_problems.exempt_arns)
  }

  precondition {
    condition     = length(local.setting_problems.exempt_accounts) == 0
    error_message = join("\n", local.setting_problems.exempt_accounts)
  }

  precondition {
    condition     = length(local.setting_problems.exempt_arns_of_accounts) == 0
    error_message = join("\n", local.setting_problems.exempt_arns_of_accounts)
  }

  precondition {
    condition     = length(local.setting_problems.kms_key) == 0
    error_message = join("\n", local.setting_problems.kms_key)
  }

  precondition {
    condition     = length(local.setting_problems.permissions_boundary) == 0
    error_message = join("\n", local.setting_problems.permissions_boundary)
  }
}

output "ignore_tags" {
  description = <<-EOT
    Tag keys that the function may write, and the aliases that it removes (`replace_key_aliases`), for the `ignore_tags`
    block of the providers that manage governed resources, so that they do not undo each other. A spelling that differs
    from a key in letter case alone is removed too: list it yourself where you use one.
  EOT
  value = local.remediation ? sort(distinct(flatten([
    for scope in module.tag_schema.scopes : [
      for key, tag in scope.tags : concat([key], tag.replace_key_aliases ? tag.key_aliases : [])
    ] if scope.mode == "remediate"
  ]))) : []
}

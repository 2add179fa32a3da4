output "stack" {
  description = "What the policies have to know of this stack: variable `tooling_stack` of `policies`."
  value = {
    name = var.name
    function_role_arns = [
      module.tag_governance.function_role_arn,
      module.tag_governance.settlement_function_role_arn,
    ]
    member_role_name = var.member_role_name
  }
}

output "member_role_arn" {
  description = "The role that the function assumes in the governed account."
  value       = module.member_account.role_arn
}

output "function_name" {
  description = "The function that decides and corrects."
  value       = module.tag_governance.function_name
}

output "settlement_function_name" {
  description = "The function that tells what is due and settles what was interrupted."
  value       = module.tag_governance.settlement_function_name
}

output "events_queue_url" {
  description = "The queue it reads."
  value       = module.tag_governance.events_queue_url
}

output "dead_letter_queue_url" {
  description = "The queue of events that it could not handle."
  value       = module.tag_governance.dead_letter_queue_url
}

output "ledger_table_name" {
  description = "The table of open findings and changes."
  value       = module.tag_governance.ledger_table_name
}

output "notifications_topic_arn" {
  description = "The topic of findings and changes."
  value       = module.tag_governance.notifications_topic_arn
}

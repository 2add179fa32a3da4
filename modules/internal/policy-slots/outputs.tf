output "free" {
  description = "How many policies the target of each scope has room for."
  value       = { for scope, holders in local.holders : scope => max(0, var.policies_per_target - length(holders)) }
}

output "words" {
  description = "The same in words, with the names of the policies that take the rest."
  value = {
    for scope, holders in local.holders : scope => join(" ", concat(
      ["${var.targets[scope]} has room for ${max(0, var.policies_per_target - length(holders))}:"],
      ["${var.quota} is ${var.policies_per_target}, and"],
      [length(holders) == 0 ? "no other policy is attached." : "${length(holders)} held by others: ${join(", ", holders)}."],
    ))
  }
}

output "renamed" {
  description = <<-EOT
    Policies on the target of a scope that were made for it under another name, and the key that each has now. None where it is not
    clear which policy became which, because Terraform moves one to one: these are made anew.
  EOT
  value = [
    for move in local.moves : move
    if length([for other in local.moves : other if other.from == move.from || other.to == move.to]) == 1
  ]
}

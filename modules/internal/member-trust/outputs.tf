output "policy_document" {
  description = "The trust policy (JSON)."
  value       = data.aws_iam_policy_document.trust.json
}

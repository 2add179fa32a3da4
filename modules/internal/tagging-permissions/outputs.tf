output "policy_documents" {
  description = "IAM policy documents (JSON) by a running number; each fits one managed policy."
  value       = { for number, document in data.aws_iam_policy_document.tagging : number => document.minified_json }

  precondition {
    condition     = length(local.problems) == 0
    error_message = join("\n", local.problems)
  }
}

# One account and region: what happens on its default bus goes to the governance bus.

data "aws_caller_identity" "current" {}
data "aws_region" "current" {}

locals {
  # Policy documents name these in place of the resources: Terraform leaves a document for the apply as soon as anything
  # changes in a resource that it names directly, and the plan would not show the policy.
  rule_arns             = { for name, rule in aws_cloudwatch_event_rule.forward : name => rule.arn }
  undelivered_queue_arn = aws_sqs_queue.undelivered.arn
}

resource "aws_cloudwatch_event_rule" "forward" {
  for_each = var.event_patterns

  name          = "${var.name}-${each.key}"
  description   = "Forwards ${each.key} events to the tag governance bus."
  event_pattern = each.value
  tags          = var.resource_tags
}

resource "aws_cloudwatch_event_target" "governance_bus" {
  for_each = var.event_patterns

  rule      = aws_cloudwatch_event_rule.forward[each.key].name
  target_id = "governance-bus"
  arn       = var.event_bus_arn
  role_arn  = aws_iam_role.forwarding.arn

  dead_letter_config {
    arn = aws_sqs_queue.undelivered.arn
  }

  retry_policy {
    maximum_event_age_in_seconds = 86400
    maximum_retry_attempts       = 185
  }

  # Without the policy, an event that fails in the first seconds would find no queue to go to.
  depends_on = [aws_sqs_queue_policy.undelivered, aws_iam_role_policy.forwarding]
}

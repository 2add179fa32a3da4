# One account and region: what happens on its default bus goes to the governance bus.

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}

module "forwarding" {
  source = "../internal/forwarding"

  name = var.name
  place = {
    account_id = data.aws_caller_identity.current.account_id
    region     = data.aws_region.current.id
    partition  = data.aws_partition.current.partition
  }
  event_bus_arn         = var.event_bus_arn
  undelivered_queue_arn = aws_sqs_queue.undelivered.arn
  event_patterns        = var.event_patterns
  alarm_by_bus          = length(var.alarm_actions) == 0
}

resource "aws_cloudwatch_event_rule" "forward" {
  for_each = module.forwarding.rules

  name          = each.value.name
  description   = each.value.description
  event_pattern = each.value.pattern
  tags          = var.resource_tags
}

resource "aws_cloudwatch_event_target" "governance_bus" {
  for_each = module.forwarding.rules

  rule      = aws_cloudwatch_event_rule.forward[each.key].name
  target_id = module.forwarding.target.id
  arn       = var.event_bus_arn
  role_arn  = aws_iam_role.forwarding.arn

  dead_letter_config {
    arn = aws_sqs_queue.undelivered.arn
  }

  retry_policy {
    maximum_event_age_in_seconds = module.forwarding.target.maximum_event_age_in_seconds
    maximum_retry_attempts       = module.forwarding.target.maximum_retry_attempts
  }

  # Without the policy, an event that fails in the first seconds would find no queue to go to.
  depends_on = [aws_sqs_queue_policy.undelivered, aws_iam_role_policy.forwarding]
}

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}

locals {
  account_id = data.aws_caller_identity.current.account_id
  partition  = data.aws_partition.current.partition
  region     = data.aws_region.current.id

  kms_key_arn = var.kms_key_arn == null ? aws_kms_key.this[0].arn : var.kms_key_arn

  function_name   = "${var.name}-remediation"
  settlement_name = "${var.name}-settlement"
  relay_name      = "${var.name}-relay"

  # A key policy stands before whatever uses the key, a role before the schedule that uses it, and member roles and
  # organization nodes are outside this state. Their ARNs are written from their names here and nowhere else.
  log_group_arns = [
    for function in [local.function_name, local.settlement_name, local.relay_name] :
    "arn:${local.partition}:logs:${local.region}:${local.account_id}:log-group:/aws/lambda/${function}"
  ]
  role_arns = {
    for role, name in { function = local.function_name, settlement = local.settlement_name } :
    role => "arn:${local.partition}:iam::${local.account_id}:role/${name}"
  }
  schedule_arn  = "arn:${local.partition}:scheduler:${local.region}:${local.account_id}:schedule/default/${local.settlement_name}"
  event_bus_arn = "arn:${local.partition}:events:${local.region}:${local.account_id}:event-bus/${var.name}"
  event_rule_arns = [
    for rule in ["${var.name}-*", "${var.name}/*"] :
    "arn:${local.partition}:events:${local.region}:${local.account_id}:rule/${rule}"
  ]
  alarm_arns              = "arn:${local.partition}:cloudwatch:${local.region}:${local.account_id}:alarm:${var.name}-*"
  organization_alarm_arns = "arn:${local.partition}:cloudwatch:*:*:alarm:${var.name}-*"
  member_role_arns        = var.member_role_name == null ? [] : ["arn:${local.partition}:iam::*:role/${var.member_role_name}"]
  organization_node_arns = var.organization_id == null ? [] : [
    for node in ["account", "ou"] : "arn:${local.partition}:organizations::*:${node}/${var.organization_id}/*"
  ]

  # Policy documents name these in place of the resources: Terraform leaves a document for the apply as soon as anything
  # changes in a resource that it names directly, and the plan would not show the policy.
  events_queue_arn         = aws_sqs_queue.events.arn
  dead_letter_queue_arn    = aws_sqs_queue.dead_letter.arn
  ledger_table_arn         = aws_dynamodb_table.ledger.arn
  function_log_group_arn   = aws_cloudwatch_log_group.function.arn
  settlement_log_group_arn = aws_cloudwatch_log_group.settlement.arn
  settlement_function_arn  = aws_lambda_function.settlement.arn
  policy_bucket_arn        = aws_s3_bucket.policy.arn
  topic_arns               = { for name, topic in aws_sns_topic.this : name => topic.arn }
}

# The function with everything around it. The real provider renders the policies; nothing is asked of AWS.

provider "aws" {
  region                      = "eu-central-1"
  access_key                  = "test"
  secret_key                  = "test"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true
}

override_data {
  target = data.aws_caller_identity.current
  values = { account_id = "111122223333" }
}

override_data {
  target = module.tagging_permissions.data.aws_caller_identity.current
  values = { account_id = "111122223333" }
}

override_resource {
  target          = aws_kms_key.this
  override_during = plan
  values          = { arn = "arn:aws:kms:eu-central-1:111122223333:key/11111111-2222-3333-4444-555555555555" }
}

override_resource {
  target          = aws_sqs_queue.events
  override_during = plan
  values          = { arn = "arn:aws:sqs:eu-central-1:111122223333:tg-events", url = "https://sqs/tg-events" }
}

override_resource {
  target          = aws_sqs_queue.dead_letter
  override_during = plan
  values = {
    arn = "arn:aws:sqs:eu-central-1:111122223333:tg-events-dead-letter"
    url = "https://sqs/tg-events-dead-letter"
  }
}

override_resource {
  target          = aws_sns_topic.this
  override_during = plan
  values          = { arn = "arn:aws:sns:eu-central-1:111122223333:tg" }
}

override_resource {
  target          = aws_dynamodb_table.ledger
  override_during = plan
  values          = { arn = "arn:aws:dynamodb:eu-central-1:111122223333:table/tg-ledger" }
}

override_resource {
  target          = aws_s3_bucket.policy
  override_during = plan
  values = {
    id  = "tg-policy-111122223333-eu-central-1"
    arn = "arn:aws:s3:::tg-policy-111122223333-eu-central-1"
  }
}

override_resource {
  target          = aws_s3_object.policy
  override_during = plan
  values = {
    arn        = "arn:aws:s3:::tg-policy-111122223333-eu-central-1/policy.json"
    version_id = "v1"
  }
}

override_resource {
  target          = aws_cloudwatch_log_group.function
  override_during = plan
  values          = { arn = "arn:aws:logs:eu-central-1:111122223333:log-group:/aws/lambda/tg-remediation" }
}

override_resource {
  target          = aws_iam_role.function
  override_during = plan
  values          = { arn = "arn:aws:iam::111122223333:role/tg-remediation" }
}

override_resource {
  target          = aws_lambda_function.remediation
  override_during = plan
  values          = { arn = "arn:aws:lambda:eu-central-1:111122223333:function:tg-remediation" }
}

variables {
  name             = "tg"
  policy_document  = jsonencode({ version = 1 })
  event_bus_arn    = "arn:aws:events:eu-central-1:111122223333:event-bus/tg"
  event_rule_arns  = ["arn:aws:events:eu-central-1:111122223333:rule/tg/tg-creations"]
  organization_id  = "o-abcdefghij"
  member_role_name = "tg-member"
  catalogue_entries = {
    "dynamodb:table" = {
      arn_pattern      = "arn:aws:dynamodb:*:*:table/*"
      read_actions     = ["tag:GetResources"]
      tag_actions      = ["dynamodb:TagResource", "tag:TagResources"]
      untag_actions    = ["dynamodb:UntagResource", "tag:UntagResources"]
      unscoped_actions = ["tag:GetResources", "tag:TagResources", "tag:UntagResources"]
    }
    "ec2:image" = {
      arn_pattern      = "arn:aws:ec2:*::image/*"
      read_actions     = ["ec2:DescribeTags"]
      tag_actions      = ["ec2:CreateTags"]
      untag_actions    = ["ec2:DeleteTags"]
      unscoped_actions = ["ec2:DescribeTags"]
    }
    "ec2:instance" = {
      arn_pattern      = "arn:aws:ec2:*:*:instance/*"
      read_actions     = ["ec2:DescribeTags"]
      tag_actions      = ["ec2:CreateTags"]
      untag_actions    = ["ec2:DeleteTags"]
      unscoped_actions = ["ec2:DescribeTags"]
    }
    "s3:bucket" = {
      arn_pattern      = "arn:aws:s3:::*"
      read_actions     = ["s3:GetBucketTagging"]
      tag_actions      = ["s3:PutBucketTagging"]
      untag_actions    = ["s3:PutBucketTagging"]
      unscoped_actions = []
    }
  }
}

run "settings" {
  command = plan

  module {
    source = "./modules/remediation"
  }

  assert {
    condition = aws_lambda_function.remediation.environment[0].variables == tomap({
      POLICY_BUCKET          = "tg-policy-111122223333-eu-central-1"
      POLICY_KEY             = "policy.json"
      POLICY_VERSION_ID      = "v1"
      POLICY_SHA256          = sha256(var.policy_document)
      POLICY_INLINE          = base64gzip(var.policy_document)
      LEDGER_TABLE           = "tg-ledger"
      NOTIFICATION_TOPIC_ARN = "arn:aws:sns:eu-central-1:111122223333:tg"
      DEAD_LETTER_QUEUE_URL  = "https://sqs/tg-events-dead-letter"
      METRIC_NAMESPACE       = "tg"
      MAX_RECEIVE_COUNT      = "5"
      LEDGER_RETENTION_DAYS  = "400"
    })
    error_message = "The function reads its settings under these names."
  }

  assert {
    condition = alltrue([
      aws_lambda_function.remediation.runtime == "python3.13",
      aws_lambda_function.remediation.architectures == tolist(["arm64"]),
      aws_lambda_function.remediation.handler == "tag_governance.handlers.remediate.handle",
      aws_lambda_function.remediation.logging_config[0].log_format == "JSON",
      aws_lambda_function.remediation.source_code_hash == filebase64sha256("modules/remediation/lambda/tag_governance.zip"),
    ])
    error_message = "The function runs the packaged handler on arm64 and logs JSON."
  }

  assert {
    condition = (
      aws_lambda_event_source_mapping.events.function_response_types == toset(["ReportBatchItemFailures"])
      && aws_lambda_event_source_mapping.events.maximum_batching_window_in_seconds <= 5
      && aws_lambda_event_source_mapping.events.scaling_config[0].maximum_concurrency == 10
    )
    error_message = "One bad record must not take its batch along, and concurrency is bounded."
  }

  assert {
    condition = (
      aws_sqs_queue.events.visibility_timeout_seconds == 6 * 60
      && aws_sqs_queue.events.delay_seconds == 60
      && jsondecode(aws_sqs_queue.events.redrive_policy) == {
        deadLetterTargetArn = "arn:aws:sqs:eu-central-1:111122223333:tg-events-dead-letter"
        maxReceiveCount     = 6
      }
    )
    error_message = "SQS sets a message aside one receive after the function should have done so with its cause."
  }

  assert {
    condition = (
      aws_dynamodb_table.ledger.hash_key == "resource"
      && aws_dynamodb_table.ledger.range_key == "entry"
      && aws_dynamodb_table.ledger.ttl[0].attribute_name == "expires_at"
      && aws_dynamodb_table.ledger.point_in_time_recovery[0].enabled
      && aws_dynamodb_table.ledger.deletion_protection_enabled
    )
    error_message = "The ledger keeps its keys, can be restored, and is not deleted by accident."
  }
}

run "everything_is_encrypted_with_the_key_that_is_made" {
  command = plan

  module {
    source = "./modules/remediation"
  }

  assert {
    condition = alltrue([
      for key in [
        aws_sqs_queue.events.kms_master_key_id,
        aws_sqs_queue.dead_letter.kms_master_key_id,
        aws_sns_topic.this["alarms"].kms_master_key_id,
        aws_sns_topic.this["notifications"].kms_master_key_id,
        aws_dynamodb_table.ledger.server_side_encryption[0].kms_key_arn,
        aws_cloudwatch_log_group.function.kms_key_id,
        aws_lambda_function.remediation.kms_key_arn,
        one(one(aws_s3_bucket_server_side_encryption_configuration.policy.rule).apply_server_side_encryption_by_default).kms_master_key_id,
      ] : key == aws_kms_key.this[0].arn
    ])
    error_message = "Something is not encrypted with the key."
  }

  assert {
    condition     = aws_kms_key.this[0].enable_key_rotation
    error_message = "The key rotates."
  }
}

run "a_key_of_the_consumer_replaces_the_one_that_is_made" {
  command = plan

  module {
    source = "./modules/remediation"
  }

  variables {
    kms_key_arn = "arn:aws:kms:eu-central-1:111122223333:key/99999999-2222-3333-4444-555555555555"
  }

  assert {
    condition     = length(aws_kms_key.this) == 0 && length(aws_kms_alias.this) == 0
    error_message = "No second key is made."
  }

  assert {
    condition     = aws_sqs_queue.events.kms_master_key_id == var.kms_key_arn && output.kms_key_arn == var.kms_key_arn
    error_message = "The given key is used."
  }
}

run "key_policy" {
  command = plan

  module {
    source = "./modules/remediation"
  }

  assert {
    condition = alltrue([
      for statement in jsondecode(data.aws_iam_policy_document.key.json).Statement :
      length(setintersection(
        flatten([for test in values(statement.Condition) : keys(test)]),
        ["aws:SourceAccount", "aws:SourceOrgID", "kms:EncryptionContext:aws:logs:arn"],
      )) > 0
      if can(statement.Principal.Service)
    ])
    error_message = "A service may use the key without saying for whom."
  }

  assert {
    condition = alltrue([
      for statement in jsondecode(data.aws_iam_policy_document.key.json).Statement :
      statement.Principal.AWS == "arn:aws:iam::111122223333:root" if can(statement.Principal.AWS)
    ])
    error_message = "Only this account's IAM policies may give out the key."
  }

  assert {
    condition = alltrue(flatten([
      for statement in jsondecode(data.aws_iam_policy_document.key.json).Statement : [
        for action in flatten([statement.Action]) : !strcontains(action, "*")
      ]
    ]))
    error_message = "Every action is named."
  }

  assert {
    condition = toset([
      for statement in jsondecode(data.aws_iam_policy_document.key.json).Statement : statement.Principal.Service
      if can(statement.Principal.Service)
    ]) == toset(["logs.eu-central-1.amazonaws.com", "events.amazonaws.com", "cloudwatch.amazonaws.com"])
    error_message = "The log group, EventBridge and alarms use the key on their own, nothing else does."
  }
}

run "queue_policies" {
  command = plan

  module {
    source = "./modules/remediation"
  }

  assert {
    condition = jsondecode(data.aws_iam_policy_document.queue["events"].json).Statement[0] == {
      Sid       = "EventBridge"
      Effect    = "Allow"
      Principal = { Service = "events.amazonaws.com" }
      Action    = "sqs:SendMessage"
      Resource  = "arn:aws:sqs:eu-central-1:111122223333:tg-events"
      Condition = {
        StringEquals = { "aws:SourceAccount" = "111122223333" }
        ArnEquals    = { "aws:SourceArn" = "arn:aws:events:eu-central-1:111122223333:rule/tg/tg-creations" }
      }
    }
    error_message = "Only the rules of the governance bus send to the events queue."
  }

  assert {
    condition = toset(jsondecode(data.aws_iam_policy_document.queue["dead_letter"].json).Statement[0].Condition.ArnEquals["aws:SourceArn"]) == toset([
      "arn:aws:events:eu-central-1:111122223333:event-bus/tg",
      "arn:aws:events:eu-central-1:111122223333:rule/tg/tg-creations",
    ])
    error_message = "The bus and its rules may set events aside."
  }

  assert {
    condition = alltrue(concat(
      [
        for name, document in data.aws_iam_policy_document.queue : anytrue([
          for statement in jsondecode(document.json).Statement :
          statement.Effect == "Deny" && try(statement.Condition.Bool["aws:SecureTransport"], "") == "false"
        ])
      ],
      [
        for name, document in data.aws_iam_policy_document.topic : anytrue([
          for statement in jsondecode(document.json).Statement :
          statement.Effect == "Deny" && try(statement.Condition.Bool["aws:SecureTransport"], "") == "false"
        ])
      ],
      [
        for statement in jsondecode(data.aws_iam_policy_document.policy_bucket.json).Statement :
        statement.Effect == "Deny" && statement.Condition.Bool["aws:SecureTransport"] == "false"
      ],
    ))
    error_message = "Queues, topics and the bucket refuse calls without TLS."
  }
}

run "without_rules_nobody_sends_to_the_events_queue" {
  command = plan

  module {
    source = "./modules/remediation"
  }

  variables {
    event_rule_arns = []
  }

  assert {
    condition     = [for statement in jsondecode(data.aws_iam_policy_document.queue["events"].json).Statement : statement.Effect] == ["Deny"]
    error_message = "An allow statement is left without a sender."
  }
}

run "function_permissions" {
  command = plan

  module {
    source = "./modules/remediation"
  }

  assert {
    condition = alltrue([
      for statement in jsondecode(data.aws_iam_policy_document.function.json).Statement :
      !contains(flatten([statement.Resource]), "*") && alltrue([for action in flatten([statement.Action]) : !strcontains(action, "*")])
    ])
    error_message = "Every statement names its actions and resources."
  }

  assert {
    condition = [
      for statement in jsondecode(data.aws_iam_policy_document.function.json).Statement : statement
      if statement.Sid == "ActInMemberAccounts"
      ] == [{
        Sid       = "ActInMemberAccounts"
        Effect    = "Allow"
        Action    = "sts:AssumeRole"
        Resource  = "arn:aws:iam::*:role/tg-member"
        Condition = { StringEquals = { "aws:ResourceOrgID" = "o-abcdefghij" } }
    }]
    error_message = "The function assumes one role by name, within the organization only."
  }

  assert {
    condition = alltrue([
      for statement in jsondecode(data.aws_iam_policy_document.function.json).Statement :
      alltrue([for arn in flatten([statement.Resource]) : strcontains(arn, "o-abcdefghij")])
      if statement.Sid == "FindScopeAndAccountTags"
    ])
    error_message = "AWS Organizations is read for this organization only."
  }

  assert {
    condition = jsondecode(data.aws_iam_policy_document.function_trust.json).Statement == [{
      Sid       = "Lambda"
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "lambda.amazonaws.com" }
      Condition = { StringEqualsIfExists = { "aws:SourceAccount" = "111122223333" } }
    }]
    error_message = "Only Lambda takes on the function's role."
  }
}

run "one_account_alone" {
  command = plan

  module {
    source = "./modules/remediation"
  }

  variables {
    organization_id  = null
    member_role_name = null
  }

  assert {
    condition = length(setintersection(
      [for statement in jsondecode(data.aws_iam_policy_document.function.json).Statement : statement.Sid],
      ["ActInMemberAccounts", "FindScopeAndAccountTags"],
    )) == 0
    error_message = "Without an organization there is nothing to read of one, and no other account to act in."
  }

  assert {
    condition     = !strcontains(data.aws_iam_policy_document.key.json, "SourceOrgID") && !strcontains(data.aws_iam_policy_document.topic["alarms"].json, "SourceOrgID")
    error_message = "No other account's alarms are let in."
  }
}

run "tagging_permissions" {
  command = plan

  module {
    source = "./modules/tagging-permissions"
  }

  assert {
    condition = jsonencode({ for statement in jsondecode(output.policy_documents["00"]).Statement : statement.Sid => statement }) == jsonencode({
      ActionsWithoutResources = {
        Sid      = "ActionsWithoutResources"
        Effect   = "Allow"
        Action   = ["tag:TagResources", "tag:GetResources", "ec2:DescribeTags"]
        Resource = "*"
      }
      TagsOfGovernedServices = {
        Sid    = "TagsOfGovernedServices"
        Effect = "Allow"
        Action = ["s3:PutBucketTagging", "s3:GetBucketTagging", "ec2:CreateTags", "dynamodb:TagResource"]
        Resource = [
          "arn:aws:s3:::*",
          "arn:aws:ec2:*::*",
          "arn:aws:ec2:*:111122223333:*",
          "arn:aws:dynamodb:*:111122223333:*",
        ]
      }
    })
    error_message = "Tags are written with the actions of the enabled types, to resources of this account, and not removed."
  }
}

run "tagging_permissions_with_untag" {
  command = plan

  module {
    source = "./modules/tagging-permissions"
  }

  variables {
    untag = true
  }

  assert {
    condition = length(setsubtract(
      ["dynamodb:UntagResource", "tag:UntagResources", "ec2:DeleteTags"],
      flatten([for statement in jsondecode(output.policy_documents["00"]).Statement : statement.Action]),
    )) == 0
    error_message = "Replacing a misspelt key takes the right to remove it."
  }
}

run "verbs_of_api_gateway_are_kept_to_tags" {
  command = plan

  module {
    source = "./modules/tagging-permissions"
  }

  variables {
    catalogue_entries = {
      "apigateway:RestApi" = {
        arn_pattern      = "arn:aws:apigateway:*::/restapis/*"
        read_actions     = ["apigateway:GET"]
        tag_actions      = ["apigateway:PUT"]
        untag_actions    = ["apigateway:DELETE"]
        unscoped_actions = []
      }
    }
    untag = true
  }

  assert {
    condition = jsonencode(jsondecode(output.policy_documents["00"]).Statement) == jsonencode([{
      Sid      = "TagsOfGovernedServices"
      Effect   = "Allow"
      Action   = ["apigateway:PUT", "apigateway:GET", "apigateway:DELETE"]
      Resource = "arn:aws:apigateway:*::/tags/*"
    }])
    error_message = "The right to remove a tag must not be the right to delete an API, nor that to read one the right to read all."
  }
}

run "large_policy_stays_out_of_the_environment" {
  command = plan

  module {
    source = "./modules/remediation"
  }

  variables {
    # Hashes do not compress.
    policy_document = jsonencode([for index in range(100) : sha512(index)])
  }

  assert {
    condition     = aws_lambda_function.remediation.environment[0].variables.POLICY_INLINE == ""
    error_message = "The environment of a function holds 4 KB."
  }
}

run "alarms" {
  command = plan

  module {
    source = "./modules/remediation"
  }

  assert {
    condition     = toset(keys(aws_cloudwatch_metric_alarm.this)) == toset(["dead-letters", "events-wait", "function-errors", "function-throttles", "not-evaluated"])
    error_message = "Every way in which a message can be stuck has its alarm."
  }

  assert {
    condition = alltrue([
      for alarm in concat(values(aws_cloudwatch_metric_alarm.this), [aws_cloudwatch_metric_alarm.compliance]) :
      alarm.treat_missing_data == "notBreaching" && alarm.alarm_actions == toset(["arn:aws:sns:eu-central-1:111122223333:tg"])
    ])
    error_message = "Alarms go to the alarms topic, and silence is no failure."
  }

  assert {
    condition = (
      aws_cloudwatch_metric_alarm.compliance.threshold == 95
      && aws_cloudwatch_metric_alarm.compliance.comparison_operator == "LessThanThreshold"
      && one([for query in aws_cloudwatch_metric_alarm.compliance.metric_query : query.expression if query.return_data == true]) == "IF(FILL(evaluated, 0) > 0, 100 * FILL(compliant, 0) / evaluated, 100)"
    )
    error_message = "The compliance alarm compares the share with the target, and an hour without resources with nothing."
  }
}

run "subscriptions" {
  command = plan

  module {
    source = "./modules/remediation"
  }

  override_resource {
    target          = aws_sns_topic.this["alarms"]
    values          = { arn = "arn:aws:sns:eu-central-1:111122223333:tg-alarms" }
    override_during = plan
  }

  variables {
    subscriptions = {
      everything = { protocol = "email", endpoint = "team@example.com" }
      operators  = { protocol = "email", endpoint = "on-call@example.com", topic = "alarms" }
      sandbox    = { protocol = "email", endpoint = "sandbox@example.com", filter_policy = { scope = ["sandbox"] } }
    }
  }

  assert {
    condition = (
      aws_sns_topic_subscription.this["everything"].filter_policy == null
      && jsondecode(aws_sns_topic_subscription.this["sandbox"].filter_policy) == { scope = ["sandbox"] }
      && aws_sns_topic_subscription.this["sandbox"].filter_policy_scope == "MessageAttributes"
    )
    error_message = "Subscriptions are filtered on message attributes where they ask for it."
  }

  assert {
    condition = (
      endswith(aws_sns_topic_subscription.this["operators"].topic_arn, "-alarms")
      && !endswith(aws_sns_topic_subscription.this["everything"].topic_arn, "-alarms")
    )
    error_message = "A subscription is to the topic that it names, findings and changes unless it says otherwise."
  }
}

run "package_from_s3" {
  command = plan

  module {
    source = "./modules/remediation"
  }

  variables {
    lambda_package = { s3_bucket = "packages", s3_key = "tag_governance.zip", source_code_hash = "hash" }
  }

  assert {
    condition = (
      aws_lambda_function.remediation.filename == null
      && aws_lambda_function.remediation.s3_bucket == "packages"
      && aws_lambda_function.remediation.source_code_hash == "hash"
    )
    error_message = "Another package replaces the one that comes along."
  }
}

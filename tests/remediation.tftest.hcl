# The functions with everything around them. The real provider renders the policies; nothing is asked of AWS.

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
  target          = aws_sns_topic.this["alarms"]
  override_during = plan
  values          = { arn = "arn:aws:sns:eu-central-1:111122223333:tg-alarms" }
}

override_resource {
  target          = aws_sns_topic.this["notifications"]
  override_during = plan
  values          = { arn = "arn:aws:sns:eu-central-1:111122223333:tg-notifications" }
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
  target          = aws_cloudwatch_log_group.function
  override_during = plan
  values          = { arn = "arn:aws:logs:eu-central-1:111122223333:log-group:/aws/lambda/tg-remediation" }
}

override_resource {
  target          = aws_cloudwatch_log_group.settlement
  override_during = plan
  values          = { arn = "arn:aws:logs:eu-central-1:111122223333:log-group:/aws/lambda/tg-settlement" }
}

override_resource {
  target          = aws_iam_role.function
  override_during = plan
  values          = { arn = "arn:aws:iam::111122223333:role/tg-remediation" }
}

override_resource {
  target          = aws_iam_role.settlement
  override_during = plan
  values          = { arn = "arn:aws:iam::111122223333:role/tg-settlement" }
}

override_resource {
  target          = aws_iam_role.schedule
  override_during = plan
  values          = { arn = "arn:aws:iam::111122223333:role/tg-schedule" }
}

override_resource {
  target          = aws_lambda_function.remediation
  override_during = plan
  values          = { arn = "arn:aws:lambda:eu-central-1:111122223333:function:tg-remediation" }
}

override_resource {
  target          = aws_lambda_function.settlement
  override_during = plan
  values          = { arn = "arn:aws:lambda:eu-central-1:111122223333:function:tg-settlement" }
}

variables {
  name             = "tg"
  policy_document  = jsonencode({ version = 1 })
  event_bus_arn    = "arn:aws:events:eu-central-1:111122223333:event-bus/tg"
  event_rule_arns  = ["arn:aws:events:eu-central-1:111122223333:rule/tg/tg-creations"]
  alarms_rule_arn  = "arn:aws:events:eu-central-1:111122223333:rule/tg/tg-alarms"
  organization_id  = "o-abcdefghij"
  member_role_name = "tg-member"
  tag_keys         = ["Environment", "env"]
  catalogue_entries = {
    "dynamodb:table" = {
      arn_pattern      = "arn:aws:dynamodb:*:*:table/*"
      read_actions     = ["tag:GetResources"]
      tag_actions      = ["dynamodb:TagResource", "tag:TagResources"]
      untag_actions    = ["dynamodb:UntagResource", "tag:UntagResources"]
      unscoped_actions = ["tag:GetResources", "tag:TagResources", "tag:UntagResources"]
      any_key_actions  = ["tag:TagResources", "tag:UntagResources"]
    }
    "ec2:image" = {
      arn_pattern      = "arn:aws:ec2:*::image/*"
      read_actions     = ["ec2:DescribeTags"]
      tag_actions      = ["ec2:CreateTags"]
      untag_actions    = ["ec2:DeleteTags"]
      unscoped_actions = ["ec2:DescribeTags"]
      any_key_actions  = []
    }
    "ec2:instance" = {
      arn_pattern      = "arn:aws:ec2:*:*:instance/*"
      read_actions     = ["ec2:DescribeTags"]
      tag_actions      = ["ec2:CreateTags"]
      untag_actions    = ["ec2:DeleteTags"]
      unscoped_actions = ["ec2:DescribeTags"]
      any_key_actions  = []
    }
    "s3:bucket" = {
      arn_pattern      = "arn:aws:s3:::*"
      read_actions     = ["s3:GetBucketTagging"]
      tag_actions      = ["s3:PutBucketTagging"]
      untag_actions    = ["s3:PutBucketTagging"]
      unscoped_actions = []
      any_key_actions  = ["s3:PutBucketTagging"]
    }
  }
}

run "settings" {
  command = plan

  module {
    source = "./modules/remediation"
  }

  assert {
    condition     = aws_lambda_function.settlement.environment[0].variables == aws_lambda_function.remediation.environment[0].variables
    error_message = "Both functions have the same settings."
  }

  assert {
    condition = aws_lambda_function.remediation.environment[0].variables == tomap({
      POLICY_BUCKET          = "tg-policy-111122223333-eu-central-1"
      POLICY_SHA256          = sha256(var.policy_document)
      POLICY_INLINE          = base64gzip(var.policy_document)
      LEDGER_TABLE           = "tg-ledger"
      NOTIFICATION_TOPIC_ARN = "arn:aws:sns:eu-central-1:111122223333:tg-notifications"
      CHAT_TOPIC_ARN         = ""
      EVENTS_QUEUE_URL       = "https://sqs/tg-events"
      DEAD_LETTER_QUEUE_URL  = "https://sqs/tg-events-dead-letter"
      METRIC_NAMESPACE       = "tg"
      MAX_FAILURES           = "5"
      MAX_RECEIVE_COUNT      = "100"
      LEDGER_RETENTION_DAYS  = "400"
    })
    error_message = "The function reads its settings under these names."
  }

  assert {
    condition = (
      aws_s3_object.policy_by_hash.key == "policy/${sha256(var.policy_document)}.json"
      && aws_s3_object.policy_by_hash.content == var.policy_document
    )
    error_message = "The function finds its policy by the hash."
  }

  assert {
    condition     = aws_s3_object.policy.key == "policy.json" && aws_s3_object.policy.content == var.policy_document
    error_message = "People find the policy, and by its versions the former ones, under one name."
  }

  assert {
    condition = alltrue(flatten([
      for function in [aws_lambda_function.remediation, aws_lambda_function.settlement] : [
        function.runtime == "python3.13",
        function.architectures == tolist(["arm64"]),
        function.timeout == 120,
        function.tracing_config[0].mode == "PassThrough",
        function.logging_config[0].log_format == "JSON",
        function.logging_config[0].log_group == "/aws/lambda/${function.function_name}",
        function.source_code_hash == filebase64sha256("modules/remediation/lambda/tag_governance.zip"),
      ]
    ]))
    error_message = "The functions run the package on arm64 and log JSON, each to a group of its own."
  }

  assert {
    condition = (
      aws_lambda_function.remediation.handler == "tag_governance.handlers.remediate.handle"
      && aws_lambda_function.settlement.handler == "tag_governance.handlers.settle.handle"
      && aws_lambda_function.remediation.role == aws_iam_role.function.arn
      && aws_lambda_function.settlement.role == aws_iam_role.settlement.arn
      && aws_lambda_function.settlement.memory_size == 256
    )
    error_message = "Each function has its handler and its role."
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
      aws_sqs_queue.events.visibility_timeout_seconds == 6 * 120
      && aws_sqs_queue.events.delay_seconds == 60
      && jsondecode(aws_sqs_queue.events.redrive_policy) == {
        deadLetterTargetArn = "arn:aws:sqs:eu-central-1:111122223333:tg-events-dead-letter"
        maxReceiveCount     = 100
      }
    )
    error_message = "SQS sets a message aside only when the function, at the same limit, did not do so with its cause."
  }

  assert {
    condition     = [for queue in [aws_sqs_queue.events, aws_sqs_queue.dead_letter] : queue.message_retention_seconds] == [1209600, 1209600]
    error_message = "Queues keep messages for fourteen days."
  }

  assert {
    condition = jsondecode(aws_sqs_queue_redrive_allow_policy.dead_letter.redrive_allow_policy) == {
      redrivePermission = "byQueue"
      sourceQueueArns   = ["arn:aws:sqs:eu-central-1:111122223333:tg-events"]
    }
    error_message = "Only the events queue sets messages aside in the dead-letter queue."
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

run "settlement" {
  command = plan

  module {
    source = "./modules/remediation"
  }

  assert {
    condition = (
      aws_scheduler_schedule.settlement.name == "tg-settlement"
      && aws_scheduler_schedule.settlement.schedule_expression == "rate(5 minutes)"
      && aws_scheduler_schedule.settlement.state == "ENABLED"
      && aws_scheduler_schedule.settlement.flexible_time_window[0].mode == "OFF"
      && aws_scheduler_schedule.settlement.kms_key_arn == aws_kms_key.this[0].arn
      && aws_scheduler_schedule.settlement.target[0].arn == "arn:aws:lambda:eu-central-1:111122223333:function:tg-settlement"
      && aws_scheduler_schedule.settlement.target[0].role_arn == "arn:aws:iam::111122223333:role/tg-schedule"
      && aws_scheduler_schedule.settlement.target[0].retry_policy[0].maximum_retry_attempts == 0
    )
    error_message = "The settlement runs every five minutes, with a role of its own."
  }

  assert {
    condition = (
      aws_lambda_function_event_invoke_config.settlement.function_name == "tg-settlement"
      && aws_lambda_function_event_invoke_config.settlement.maximum_retry_attempts == 0
      && aws_lambda_function_event_invoke_config.settlement.maximum_event_age_in_seconds == 300
    )
    error_message = "A run that fails is not repeated: the next one comes anyway."
  }

  assert {
    condition = jsonencode({
      for statement in jsondecode(aws_iam_role_policy.settlement.policy).Statement : statement.Sid => statement
      }) == jsonencode({
      ReadPolicy = {
        Sid    = "ReadPolicy"
        Effect = "Allow"
        Action = "s3:GetObject"
        Resource = [
          "arn:aws:s3:::tg-policy-111122223333-eu-central-1/policy/*",
          "arn:aws:s3:::tg-policy-111122223333-eu-central-1/policy.json",
        ]
      }
      Notify = {
        Sid      = "Notify"
        Effect   = "Allow"
        Action   = "sns:Publish"
        Resource = "arn:aws:sns:eu-central-1:111122223333:tg-notifications"
      }
      UseKey = {
        Sid      = "UseKey"
        Effect   = "Allow"
        Action   = ["kms:GenerateDataKey", "kms:Encrypt", "kms:DescribeKey", "kms:Decrypt"]
        Resource = "arn:aws:kms:eu-central-1:111122223333:key/11111111-2222-3333-4444-555555555555"
      }
      KeepLedger = {
        Sid      = "KeepLedger"
        Effect   = "Allow"
        Action   = ["dynamodb:PutItem", "dynamodb:BatchGetItem"]
        Resource = "arn:aws:dynamodb:eu-central-1:111122223333:table/tg-ledger"
      }
      FindWhatIsDue = {
        Sid      = "FindWhatIsDue"
        Effect   = "Allow"
        Action   = "dynamodb:Query"
        Resource = "arn:aws:dynamodb:eu-central-1:111122223333:table/tg-ledger/index/due"
      }
      AskForAnotherLook = {
        Sid      = "AskForAnotherLook"
        Effect   = "Allow"
        Action   = "sqs:SendMessage"
        Resource = "arn:aws:sqs:eu-central-1:111122223333:tg-events"
      }
      FindScope = {
        Sid    = "FindScope"
        Effect = "Allow"
        Action = "organizations:ListParents"
        Resource = [
          "arn:aws:organizations::*:ou/o-abcdefghij/*",
          "arn:aws:organizations::*:account/o-abcdefghij/*",
        ]
      }
      WriteLog = {
        Sid      = "WriteLog"
        Effect   = "Allow"
        Action   = ["logs:PutLogEvents", "logs:CreateLogStream"]
        Resource = "arn:aws:logs:eu-central-1:111122223333:log-group:/aws/lambda/tg-settlement:*"
      }
    })
    error_message = "The settlement reads the policy, keeps the ledger, tells, and asks for another look. Nothing else."
  }

  assert {
    condition     = aws_iam_role.settlement.assume_role_policy == aws_iam_role.function.assume_role_policy
    error_message = "Only Lambda takes on the settlement's role."
  }

  assert {
    condition = jsonencode(jsondecode(aws_iam_role.schedule.assume_role_policy).Statement) == jsonencode([{
      Sid       = "Schedules"
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "scheduler.amazonaws.com" }
      Condition = { StringEquals = { "aws:SourceAccount" = "111122223333" } }
    }])
    error_message = "Only EventBridge Scheduler of this account takes on the schedule's role."
  }

  assert {
    condition = jsonencode({
      for statement in jsondecode(aws_iam_role_policy.schedule.policy).Statement : statement.Sid => statement
      }) == jsonencode({
      RunSettlement = {
        Sid      = "RunSettlement"
        Effect   = "Allow"
        Action   = "lambda:InvokeFunction"
        Resource = "arn:aws:lambda:eu-central-1:111122223333:function:tg-settlement"
      }
      DecryptSchedule = {
        Sid      = "DecryptSchedule"
        Effect   = "Allow"
        Action   = "kms:Decrypt"
        Resource = "arn:aws:kms:eu-central-1:111122223333:key/11111111-2222-3333-4444-555555555555"
        Condition = {
          StringEquals = {
            "kms:EncryptionContext:aws:scheduler:schedule:arn" = (
              "arn:aws:scheduler:eu-central-1:111122223333:schedule/default/tg-settlement"
            )
          }
        }
      }
    })
    error_message = "The schedule runs one function, and decrypts itself."
  }
}

run "a_permissions_boundary_bounds_every_role" {
  command = plan

  module {
    source = "./modules/remediation"
  }

  variables {
    permissions_boundary_arn = "arn:aws:iam::111122223333:policy/boundary"
  }

  assert {
    condition = alltrue([
      for role in [aws_iam_role.function, aws_iam_role.settlement, aws_iam_role.schedule] :
      role.permissions_boundary == var.permissions_boundary_arn
    ])
    error_message = "A role is without its boundary."
  }
}

run "function_settings_of_the_consumer" {
  command = plan

  module {
    source = "./modules/remediation"
  }

  variables {
    function = { timeout_seconds = 300, max_failures = 9, maximum_concurrency = 4, batch_size = 5 }
  }

  assert {
    condition = (
      aws_lambda_function.remediation.environment[0].variables.MAX_FAILURES == "9"
      && aws_lambda_function.remediation.timeout == 300
      && aws_lambda_function.settlement.timeout == 300
      && aws_sqs_queue.events.visibility_timeout_seconds == 6 * 300
      && jsondecode(aws_sqs_queue.events.redrive_policy).maxReceiveCount == 100
      && aws_lambda_event_source_mapping.events.batch_size == 5
      && aws_lambda_event_source_mapping.events.scaling_config[0].maximum_concurrency == 4
    )
    error_message = "What the consumer sets does not arrive."
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
        aws_cloudwatch_log_group.settlement.kms_key_id,
        aws_lambda_function.remediation.kms_key_arn,
        aws_lambda_function.settlement.kms_key_arn,
        aws_scheduler_schedule.settlement.kms_key_arn,
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
    condition = jsonencode({
      for statement in jsondecode(data.aws_iam_policy_document.key.json).Statement : statement.Sid => statement.Condition
      if can(statement.Principal.Service)
      }) == jsonencode({
      LogGroupsOfTheFunctions = {
        ArnEquals = {
          "kms:EncryptionContext:aws:logs:arn" = [
            "arn:aws:logs:eu-central-1:111122223333:log-group:/aws/lambda/tg-remediation",
            "arn:aws:logs:eu-central-1:111122223333:log-group:/aws/lambda/tg-settlement",
            "arn:aws:logs:eu-central-1:111122223333:log-group:/aws/lambda/tg-relay",
          ]
        }
      }
      EventBridgeSeesTheKey = {
        StringEquals = { "aws:SourceAccount" = "111122223333" }
      }
      BusAndItsRules = {
        StringEquals = { "aws:SourceAccount" = "111122223333" }
        ArnLike = {
          "aws:SourceArn" = [
            "arn:aws:events:eu-central-1:111122223333:event-bus/tg",
            "arn:aws:events:eu-central-1:111122223333:rule/tg-*",
            "arn:aws:events:eu-central-1:111122223333:rule/tg/*",
          ]
        }
      }
      AlarmsOfThisAccount = {
        StringEquals = { "aws:SourceAccount" = "111122223333" }
        ArnLike      = { "aws:SourceArn" = "arn:aws:cloudwatch:eu-central-1:111122223333:alarm:tg-*" }
      }
      AlarmsOfMemberAccounts = {
        StringEquals = { "aws:SourceOrgID" = "o-abcdefghij" }
        ArnLike      = { "aws:SourceArn" = "arn:aws:cloudwatch:*:*:alarm:tg-*" }
      }
    })
    error_message = "A service may use the key for someone else."
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
    condition = jsonencode(jsondecode(data.aws_iam_policy_document.queue["dead_letter"].json).Statement[0]) == jsonencode({
      Sid       = "EventBridge"
      Effect    = "Allow"
      Principal = { Service = "events.amazonaws.com" }
      Action    = "sqs:SendMessage"
      Resource  = "arn:aws:sqs:eu-central-1:111122223333:tg-events-dead-letter"
      Condition = {
        StringEquals = { "aws:SourceAccount" = "111122223333" }
        ArnEquals = {
          "aws:SourceArn" = [
            "arn:aws:events:eu-central-1:111122223333:rule/tg/tg-creations",
            "arn:aws:events:eu-central-1:111122223333:rule/tg/tg-alarms",
            "arn:aws:events:eu-central-1:111122223333:event-bus/tg",
          ]
        }
      }
    })
    error_message = "The bus and its rules, and nobody else, may set events aside."
  }

  assert {
    condition = alltrue(concat(
      [
        for document in concat(values(data.aws_iam_policy_document.queue), values(data.aws_iam_policy_document.topic)) : anytrue([
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

run "topic_policies" {
  command = plan

  module {
    source = "./modules/remediation"
  }

  assert {
    condition = jsonencode([
      for statement in jsondecode(aws_sns_topic_policy.this["alarms"].policy).Statement : statement if statement.Effect == "Allow"
      ]) == jsonencode([
      {
        Sid       = "AlarmsOfMemberAccounts"
        Effect    = "Allow"
        Principal = { Service = "cloudwatch.amazonaws.com" }
        Action    = "sns:Publish"
        Resource  = "arn:aws:sns:eu-central-1:111122223333:tg-alarms"
        Condition = {
          StringEquals = { "aws:SourceOrgID" = "o-abcdefghij" }
          ArnLike      = { "aws:SourceArn" = "arn:aws:cloudwatch:*:*:alarm:tg-*" }
        }
      },
      {
        Sid       = "AlarmsOfThisAccount"
        Effect    = "Allow"
        Principal = { Service = "cloudwatch.amazonaws.com" }
        Action    = "sns:Publish"
        Resource  = "arn:aws:sns:eu-central-1:111122223333:tg-alarms"
        Condition = {
          StringEquals = { "aws:SourceAccount" = "111122223333" }
          ArnLike      = { "aws:SourceArn" = "arn:aws:cloudwatch:eu-central-1:111122223333:alarm:tg-*" }
        }
      },
      {
        Sid       = "AlarmsFromTheBus"
        Effect    = "Allow"
        Principal = { Service = "events.amazonaws.com" }
        Action    = "sns:Publish"
        Resource  = "arn:aws:sns:eu-central-1:111122223333:tg-alarms"
        Condition = {
          StringEquals = { "aws:SourceAccount" = "111122223333" }
          ArnEquals    = { "aws:SourceArn" = "arn:aws:events:eu-central-1:111122223333:rule/tg/tg-alarms" }
        }
      },
    ])
    error_message = "Alarms of this stack, here and in the organization, and nothing else reach the alarms topic."
  }

  assert {
    condition = {
      for name, policy in aws_sns_topic_policy.this : name => [policy.arn, jsondecode(policy.policy).Statement[*].Resource]
      } == {
      alarms = [
        "arn:aws:sns:eu-central-1:111122223333:tg-alarms",
        [for _ in range(4) : "arn:aws:sns:eu-central-1:111122223333:tg-alarms"],
      ]
      notifications = [
        "arn:aws:sns:eu-central-1:111122223333:tg-notifications",
        ["arn:aws:sns:eu-central-1:111122223333:tg-notifications"],
      ]
    }
    error_message = "Each topic's policy is about that topic."
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
    condition = [
      for statement in jsondecode(data.aws_iam_policy_document.queue["events"].json).Statement : statement.Effect
    ] == ["Deny"]
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
    condition = jsonencode({
      for statement in jsondecode(aws_iam_role_policy.function.policy).Statement :
      statement.Sid => [statement.Action, statement.Resource]
      if !contains(["ActInMemberAccounts", "FindScopeAndAccountTags"], statement.Sid)
      }) == jsonencode({
      ReadPolicy = [
        "s3:GetObject",
        [
          "arn:aws:s3:::tg-policy-111122223333-eu-central-1/policy/*",
          "arn:aws:s3:::tg-policy-111122223333-eu-central-1/policy.json",
        ],
      ]
      Notify = ["sns:Publish", "arn:aws:sns:eu-central-1:111122223333:tg-notifications"]
      UseKey = [
        ["kms:GenerateDataKey", "kms:Encrypt", "kms:DescribeKey", "kms:Decrypt"],
        "arn:aws:kms:eu-central-1:111122223333:key/11111111-2222-3333-4444-555555555555",
      ]
      ReceiveEvents = [
        ["sqs:ReceiveMessage", "sqs:GetQueueAttributes", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility"],
        "arn:aws:sqs:eu-central-1:111122223333:tg-events",
      ]
      SetAsideEvents = ["sqs:SendMessage", "arn:aws:sqs:eu-central-1:111122223333:tg-events-dead-letter"]
      KeepLedger = [
        ["dynamodb:UpdateItem", "dynamodb:PutItem", "dynamodb:BatchGetItem"],
        "arn:aws:dynamodb:eu-central-1:111122223333:table/tg-ledger",
      ]
      WriteLog = [
        ["logs:PutLogEvents", "logs:CreateLogStream"],
        "arn:aws:logs:eu-central-1:111122223333:log-group:/aws/lambda/tg-remediation:*",
      ]
    })
    error_message = "The function may do more, or less, than it has to."
  }

  assert {
    condition = [
      for statement in jsondecode(data.aws_iam_policy_document.function.json).Statement : statement
      if statement.Sid == "ActInMemberAccounts"
      ] == [{
        Sid       = "ActInMemberAccounts"
        Effect    = "Allow"
        Action    = ["sts:SetSourceIdentity", "sts:AssumeRole"]
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
    condition = !anytrue([
      strcontains(data.aws_iam_policy_document.key.json, "SourceOrgID"),
      strcontains(data.aws_iam_policy_document.topic["alarms"].json, "SourceOrgID"),
    ])
    error_message = "No other account's alarms are let in."
  }
}

run "tagging_permissions" {
  command = plan

  module {
    source = "./modules/internal/tagging-permissions"
  }

  variables {
    own_role_names = ["tg-*", "tg-member"]
  }

  assert {
    condition = jsonencode({
      for statement in flatten([for document in output.policy_documents : jsondecode(document).Statement]) : statement.Sid => statement
      }) == jsonencode({
      ActionsWithoutResources = {
        Sid      = "ActionsWithoutResources"
        Effect   = "Allow"
        Action   = ["tag:TagResources", "tag:GetResources", "ec2:DescribeTags", "autoscaling:DescribeTags"]
        Resource = "*"
      }
      AskWhoChangedTagsBack = {
        Sid      = "AskWhoChangedTagsBack"
        Effect   = "Allow"
        Action   = "cloudtrail:LookupEvents"
        Resource = "*"
      }
      ReadTags = {
        Sid      = "ReadTags"
        Effect   = "Allow"
        Action   = "s3:GetBucketTagging"
        Resource = "arn:aws:s3:::*"
      }
      WriteGovernedTags = {
        Sid      = "WriteGovernedTags"
        Effect   = "Allow"
        Action   = ["ec2:CreateTags", "dynamodb:TagResource"]
        Resource = ["arn:aws:ec2:*::*", "arn:aws:ec2:*:111122223333:*", "arn:aws:dynamodb:*:111122223333:*"]
        Condition = {
          "ForAllValues:StringEqualsIgnoreCase" = { "aws:TagKeys" = ["env", "environment"] }
          Null                                  = { "aws:TagKeys" = "false" }
        }
      }
      WriteTagsOfAnyKey = {
        Sid      = "WriteTagsOfAnyKey"
        Effect   = "Allow"
        Action   = "s3:PutBucketTagging"
        Resource = "arn:aws:s3:::*"
      }
    })
    error_message = "Governed tags are written with the actions of the enabled types, to resources of this account, and not removed."
  }
}

run "tagging_permissions_with_untag" {
  command = plan

  module {
    source = "./modules/internal/tagging-permissions"
  }

  variables {
    untag = true
  }

  assert {
    condition = jsonencode({
      for statement in flatten([for document in output.policy_documents : jsondecode(document).Statement]) :
      statement.Sid => statement.Action if contains(["ActionsWithoutResources", "WriteGovernedTags"], statement.Sid)
      }) == jsonencode({
      ActionsWithoutResources = [
        "tag:UntagResources", "tag:TagResources", "tag:GetResources", "ec2:DescribeTags", "autoscaling:DescribeTags",
      ]
      WriteGovernedTags = ["ec2:DeleteTags", "ec2:CreateTags", "dynamodb:UntagResource", "dynamodb:TagResource"]
    })
    error_message = "Replacing a misspelt key takes the right to remove it, and none other."
  }
}

run "a_service_that_does_not_tell_tag_keys_is_left_out" {
  command = plan

  module {
    source = "./modules/internal/tagging-permissions"
  }

  variables {
    services_without_tag_keys = ["dynamodb"]
  }

  assert {
    condition = jsonencode({
      for statement in flatten([for document in output.policy_documents : jsondecode(document).Statement]) :
      statement.Sid => statement.Action if startswith(statement.Sid, "Write")
      }) == jsonencode({
      WriteGovernedTags = "ec2:CreateTags"
      WriteTagsOfAnyKey = ["s3:PutBucketTagging", "dynamodb:TagResource"]
    })
    error_message = "One service is let off, and it alone."
  }
}

run "services_that_are_left_out_for_nothing" {
  command = plan

  module {
    source = "./modules/internal/tagging-permissions"
  }

  variables {
    services_without_tag_keys = ["s3", "sagemker"]
  }

  expect_failures = [output.policy_documents]
}

run "more_policies_than_a_role_may_have" {
  command = plan

  module {
    source = "./modules/internal/tagging-permissions"
  }

  variables {
    policies_per_role = 1
  }

  expect_failures = [output.policy_documents]
}

run "without_keys_nothing_is_written" {
  command = plan

  module {
    source = "./modules/internal/tagging-permissions"
  }

  variables {
    tag_keys = []
    untag    = true
  }

  assert {
    condition = !anytrue([
      for action in flatten([for document in output.policy_documents : jsondecode(document).Statement[*].Action]) :
      can(regex("Tag(s|ging|Resources?)$", action)) && !can(regex(":(Describe|Get)", action))
    ])
    error_message = "A schema without tags writes none."
  }
}

run "own_roles_are_out_of_reach" {
  command = plan

  module {
    source = "./modules/internal/tagging-permissions"
  }

  variables {
    own_role_names = ["tg-*", "tg-member"]
    catalogue_entries = {
      "iam:role" = {
        arn_pattern      = "arn:aws:iam::*:role/*"
        read_actions     = ["iam:ListRoleTags"]
        tag_actions      = ["iam:TagRole"]
        untag_actions    = ["iam:UntagRole"]
        unscoped_actions = []
        any_key_actions  = []
      }
    }
  }

  assert {
    condition = jsonencode([
      for statement in flatten([for document in output.policy_documents : jsondecode(document).Statement]) : statement
      if statement.Effect == "Deny"
      ]) == jsonencode([{
        Sid      = "KeepOffOwnRoles"
        Effect   = "Deny"
        Action   = ["iam:UntagRole", "iam:TagRole"]
        Resource = ["arn:aws:iam::111122223333:role/tg-member", "arn:aws:iam::111122223333:role/tg-*"]
    }])
    error_message = "A role could tag itself."
  }
}

run "verbs_of_api_gateway_are_kept_to_tags" {
  command = plan

  module {
    source = "./modules/internal/tagging-permissions"
  }

  variables {
    catalogue_entries = {
      "apigateway:RestApi" = {
        arn_pattern      = "arn:aws:apigateway:*::/restapis/*"
        read_actions     = ["apigateway:GET"]
        tag_actions      = ["apigateway:PUT"]
        untag_actions    = ["apigateway:DELETE"]
        unscoped_actions = []
        any_key_actions  = []
      }
    }
    untag = true
  }

  assert {
    condition = jsonencode({
      for statement in flatten([for document in output.policy_documents : jsondecode(document).Statement]) :
      statement.Sid => [statement.Action, statement.Resource]
      if !contains(["ActionsWithoutResources", "AskWhoChangedTagsBack"], statement.Sid)
      }) == jsonencode({
      ReadTags          = ["apigateway:GET", "arn:aws:apigateway:*::/tags/*"]
      WriteGovernedTags = [["apigateway:PUT", "apigateway:DELETE"], "arn:aws:apigateway:*::/tags/*"]
    })
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

  # Metric, statistic, comparison, threshold, seconds, what no data means, and of what.
  assert {
    condition = jsonencode({
      for name, alarm in aws_cloudwatch_metric_alarm.this : name => [
        "${alarm.namespace} ${alarm.metric_name}", alarm.statistic, alarm.comparison_operator, alarm.threshold, alarm.period,
        alarm.treat_missing_data, alarm.dimensions,
      ]
      }) == jsonencode({
      accounts-denied = ["tg AccountsDenied", "Maximum", "GreaterThanThreshold", 0, 900, "notBreaching", null]
      contested       = ["tg Contested", "Sum", "GreaterThanThreshold", 0, 300, "notBreaching", null]
      dead-letters = [
        "AWS/SQS ApproximateNumberOfMessagesVisible", "Maximum", "GreaterThanThreshold", 0, 300, "notBreaching",
        { QueueName = "tg-events-dead-letter" },
      ]
      events-wait = [
        "AWS/SQS ApproximateAgeOfOldestMessage", "Maximum", "GreaterThanThreshold", 960, 300, "notBreaching",
        { QueueName = "tg-events" },
      ]
      function-errors = [
        "AWS/Lambda Errors", "Sum", "GreaterThanThreshold", 0, 300, "notBreaching", { FunctionName = "tg-remediation" },
      ]
      function-throttles = [
        "AWS/Lambda Throttles", "Sum", "GreaterThanThreshold", 0, 300, "notBreaching", { FunctionName = "tg-remediation" },
      ]
      not-evaluated = ["tg NotEvaluated", "Sum", "GreaterThanThreshold", 0, 300, "notBreaching", null]
      overdue       = ["tg Overdue", "Maximum", "GreaterThanThreshold", 0, 900, "notBreaching", null]
      settlement-errors = [
        "AWS/Lambda Errors", "Sum", "GreaterThanThreshold", 0, 300, "notBreaching", { FunctionName = "tg-settlement" },
      ]
      settlement-missing = [
        "AWS/Lambda Invocations", "Sum", "LessThanThreshold", 1, 900, "breaching", { FunctionName = "tg-settlement" },
      ]
      settlement-throttles = [
        "AWS/Lambda Throttles", "Sum", "GreaterThanThreshold", 0, 300, "notBreaching", { FunctionName = "tg-settlement" },
      ]
      undeliverable = ["tg Undeliverable", "Sum", "GreaterThanThreshold", 0, 300, "notBreaching", null]
    })
    error_message = "Every way in which something can be stuck has its alarm."
  }

  assert {
    condition = alltrue(flatten([
      for alarm in concat(values(aws_cloudwatch_metric_alarm.this), [aws_cloudwatch_metric_alarm.compliance]) : [
        alarm.evaluation_periods == 1,
        alarm.alarm_actions == toset(["arn:aws:sns:eu-central-1:111122223333:tg-alarms"]),
        alarm.ok_actions == toset(["arn:aws:sns:eu-central-1:111122223333:tg-alarms"]),
      ]
    ]))
    error_message = "Alarms go to the alarms topic, and so does their end."
  }

  # https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
  assert {
    condition = alltrue(flatten([
      for alarm in aws_cloudwatch_metric_alarm.this : [
        length(alarm.alarm_description) <= 1024,
        !strcontains(alarm.alarm_description, "\n"),
        can(regex("^[A-Z].*[.] .*[.]$", alarm.alarm_description)),
      ]
    ]))
    error_message = "An alarm says what happened, and then what to do."
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.compliance.treat_missing_data == "notBreaching"
    error_message = "Silence is no failure."
  }

  assert {
    condition = (
      aws_cloudwatch_metric_alarm.compliance.threshold == 95
      && aws_cloudwatch_metric_alarm.compliance.comparison_operator == "LessThanThreshold"
      && one([for query in aws_cloudwatch_metric_alarm.compliance.metric_query : query.expression if query.return_data == true])
      == "IF(FILL(evaluated, 0) > 0, 100 * FILL(compliant, 0) / evaluated, 100)"
    )
    error_message = "The compliance alarm compares the share with the target, and an hour without resources with nothing."
  }
}

run "subscriptions" {
  command = plan

  module {
    source = "./modules/remediation"
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
      && aws_lambda_function.settlement.filename == null
      && aws_lambda_function.settlement.s3_bucket == "packages"
      && aws_lambda_function.settlement.source_code_hash == "hash"
    )
    error_message = "Another package replaces the one that comes along."
  }
}

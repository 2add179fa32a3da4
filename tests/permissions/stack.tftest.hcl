# The stack as it governs all of AWS in an organization, and one of its member accounts: everything that may be asked for
# permission. The real provider renders the policies; nothing is asked of AWS. The ARNs are those that AWS would give.

provider "aws" {
  region                      = "us-east-1"
  access_key                  = "test"
  secret_key                  = "test"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true
}

# What `home` and `alone` would get in their account; `member` sets its own in its place. An override of what a run does
# not plan does nothing there.

override_data {
  target = data.aws_caller_identity.current
  values = { account_id = "111122223333" }
}

override_data {
  target = module.remediation[0].data.aws_caller_identity.current
  values = { account_id = "111122223333" }
}

override_data {
  target = module.remediation[0].module.tagging_permissions.data.aws_caller_identity.current
  values = { account_id = "111122223333" }
}

override_data {
  target = module.event_forwarding[0].data.aws_caller_identity.current
  values = { account_id = "111122223333" }
}

override_resource {
  target          = module.remediation[0].aws_kms_key.this
  override_during = plan
  values          = { arn = "arn:aws:kms:us-east-1:111122223333:key/11111111-2222-3333-4444-555555555555" }
}

override_resource {
  target          = module.remediation[0].aws_sqs_queue.events
  override_during = plan
  values = {
    arn = "arn:aws:sqs:us-east-1:111122223333:tag-governance-events"
    url = "https://sqs.us-east-1.amazonaws.com/111122223333/tag-governance-events"
  }
}

override_resource {
  target          = module.remediation[0].aws_sqs_queue.dead_letter
  override_during = plan
  values = {
    arn = "arn:aws:sqs:us-east-1:111122223333:tag-governance-events-dead-letter"
    url = "https://sqs.us-east-1.amazonaws.com/111122223333/tag-governance-events-dead-letter"
  }
}

override_resource {
  target          = module.remediation[0].aws_sns_topic.this["alarms"]
  override_during = plan
  values          = { arn = "arn:aws:sns:us-east-1:111122223333:tag-governance-alarms" }
}

override_resource {
  target          = module.remediation[0].aws_sns_topic.this["notifications"]
  override_during = plan
  values          = { arn = "arn:aws:sns:us-east-1:111122223333:tag-governance-notifications" }
}

override_resource {
  target          = module.remediation[0].aws_dynamodb_table.ledger
  override_during = plan
  values          = { arn = "arn:aws:dynamodb:us-east-1:111122223333:table/tag-governance-ledger" }
}

override_resource {
  target          = module.remediation[0].aws_s3_bucket.policy
  override_during = plan
  values = {
    id  = "tag-governance-policy-111122223333-us-east-1"
    arn = "arn:aws:s3:::tag-governance-policy-111122223333-us-east-1"
  }
}

override_resource {
  target          = module.remediation[0].aws_cloudwatch_log_group.function
  override_during = plan
  values          = { arn = "arn:aws:logs:us-east-1:111122223333:log-group:/aws/lambda/tag-governance-remediation" }
}

override_resource {
  target          = module.remediation[0].aws_cloudwatch_log_group.settlement
  override_during = plan
  values          = { arn = "arn:aws:logs:us-east-1:111122223333:log-group:/aws/lambda/tag-governance-settlement" }
}

override_resource {
  target          = module.remediation[0].aws_iam_role.function
  override_during = plan
  values          = { arn = "arn:aws:iam::111122223333:role/tag-governance-remediation" }
}

override_resource {
  target          = module.remediation[0].aws_iam_role.settlement
  override_during = plan
  values          = { arn = "arn:aws:iam::111122223333:role/tag-governance-settlement" }
}

override_resource {
  target          = module.remediation[0].aws_iam_role.schedule
  override_during = plan
  values          = { arn = "arn:aws:iam::111122223333:role/tag-governance-schedule" }
}

override_resource {
  target          = module.remediation[0].aws_lambda_function.remediation
  override_during = plan
  values          = { arn = "arn:aws:lambda:us-east-1:111122223333:function:tag-governance-remediation" }
}

override_resource {
  target          = module.remediation[0].aws_lambda_function.settlement
  override_during = plan
  values          = { arn = "arn:aws:lambda:us-east-1:111122223333:function:tag-governance-settlement" }
}

override_resource {
  target          = module.remediation[0].aws_scheduler_schedule.settlement
  override_during = plan
  values          = { arn = "arn:aws:scheduler:us-east-1:111122223333:schedule/default/tag-governance-settlement" }
}

override_resource {
  target          = module.remediation[0].aws_cloudwatch_metric_alarm.this
  override_during = plan
  values          = { arn = "arn:aws:cloudwatch:us-east-1:111122223333:alarm:tag-governance-dead-letters" }
}

override_resource {
  target          = module.remediation[0].aws_cloudwatch_metric_alarm.compliance
  override_during = plan
  values          = { arn = "arn:aws:cloudwatch:us-east-1:111122223333:alarm:tag-governance-compliance-under-target" }
}

override_resource {
  target          = module.event_routing[0].aws_cloudwatch_event_bus.governance
  override_during = plan
  values          = { arn = "arn:aws:events:us-east-1:111122223333:event-bus/tag-governance" }
}

override_resource {
  target          = module.event_routing[0].aws_cloudwatch_event_rule.queue["creations"]
  override_during = plan
  values          = { arn = "arn:aws:events:us-east-1:111122223333:rule/tag-governance/tag-governance-creations" }
}

override_resource {
  target          = module.event_routing[0].aws_cloudwatch_event_rule.alarms
  override_during = plan
  values          = { arn = "arn:aws:events:us-east-1:111122223333:rule/tag-governance/tag-governance-alarms" }
}

override_resource {
  target          = module.event_routing[0].aws_cloudwatch_event_rule.queue["tag-changes"]
  override_during = plan
  values          = { arn = "arn:aws:events:us-east-1:111122223333:rule/tag-governance/tag-governance-tag-changes" }
}

override_resource {
  target          = module.remediation[0].aws_iam_policy.tagging["00"]
  override_during = plan
  values          = { arn = "arn:aws:iam::111122223333:policy/tag-governance-remediation-tagging-00" }
}

override_resource {
  target          = module.remediation[0].aws_iam_policy.tagging["01"]
  override_during = plan
  values          = { arn = "arn:aws:iam::111122223333:policy/tag-governance-remediation-tagging-01" }
}

override_resource {
  target          = module.remediation[0].aws_iam_policy.tagging["02"]
  override_during = plan
  values          = { arn = "arn:aws:iam::111122223333:policy/tag-governance-remediation-tagging-02" }
}

override_resource {
  target          = module.remediation[0].aws_iam_policy.tagging["03"]
  override_during = plan
  values          = { arn = "arn:aws:iam::111122223333:policy/tag-governance-remediation-tagging-03" }
}

override_resource {
  target          = module.remediation[0].aws_iam_policy.tagging["04"]
  override_during = plan
  values          = { arn = "arn:aws:iam::111122223333:policy/tag-governance-remediation-tagging-04" }
}

override_resource {
  target          = module.remediation[0].aws_iam_policy.tagging["05"]
  override_during = plan
  values          = { arn = "arn:aws:iam::111122223333:policy/tag-governance-remediation-tagging-05" }
}

override_resource {
  target          = module.remediation[0].aws_iam_policy.tagging["06"]
  override_during = plan
  values          = { arn = "arn:aws:iam::111122223333:policy/tag-governance-remediation-tagging-06" }
}

override_resource {
  target          = module.remediation[0].aws_iam_policy.tagging["07"]
  override_during = plan
  values          = { arn = "arn:aws:iam::111122223333:policy/tag-governance-remediation-tagging-07" }
}

override_resource {
  target          = module.remediation[0].aws_iam_policy.tagging["08"]
  override_during = plan
  values          = { arn = "arn:aws:iam::111122223333:policy/tag-governance-remediation-tagging-08" }
}

override_resource {
  target          = module.remediation[0].aws_iam_policy.tagging["09"]
  override_during = plan
  values          = { arn = "arn:aws:iam::111122223333:policy/tag-governance-remediation-tagging-09" }
}

override_resource {
  target          = module.event_forwarding[0].aws_cloudwatch_event_rule.forward
  override_during = plan
  values          = { arn = "arn:aws:events:us-east-1:111122223333:rule/tag-governance-tag-changes" }
}

override_resource {
  target          = module.event_forwarding[0].aws_sqs_queue.undelivered
  override_during = plan
  values = {
    arn = "arn:aws:sqs:us-east-1:111122223333:tag-governance-undelivered"
    url = "https://sqs.us-east-1.amazonaws.com/111122223333/tag-governance-undelivered"
  }
}

override_resource {
  target          = module.event_forwarding[0].aws_iam_role.forwarding
  override_during = plan
  values          = { arn = "arn:aws:iam::111122223333:role/tag-governance-forwarding-us-east-1" }
}

override_resource {
  target          = module.event_forwarding[0].aws_cloudwatch_metric_alarm.undelivered
  override_during = plan
  values          = { arn = "arn:aws:cloudwatch:us-east-1:111122223333:alarm:tag-governance-undelivered" }
}

run "home" {
  command = plan

  variables {
    name = "tag-governance"
    tags = {
      Environment = { default = "dev", key_aliases = ["env"], replace_key_aliases = true }
      CostCenter  = {}
      Owner       = {}
      Stage       = {}
    }
    scopes          = { everything = { target_id = "r-ab12", mode = "remediate" } }
    organization    = { id = "o-abcdefghij", tag_policies = false, service_control_policies = false }
    member_accounts = { role_name = "tag-governance-member", external_id = "governance:prod" }
    dashboard       = false
  }

  override_data {
    target = data.aws_organizations_organization.current
    values = { master_account_id = "111122223333" }
  }

  override_data {
    target = data.aws_organizations_organizational_unit_descendant_organizational_units.scope
    values = { children = [] }
  }

  override_data {
    target = data.aws_organizations_organizational_unit_descendant_accounts.scope
    values = { accounts = [] }
  }
}

run "member" {
  command = plan

  module {
    source = "./modules/member-account"
  }

  variables {
    role_name         = "tag-governance-member"
    untag             = true
    tag_keys          = ["CostCenter", "Environment", "Owner", "Stage", "env"]
    function_role_arn = "arn:aws:iam::111122223333:role/tag-governance-remediation"
    event_bus_arn     = "arn:aws:events:us-east-1:111122223333:event-bus/tag-governance"
    event_patterns    = { tag-changes = jsonencode({ source = ["aws.tag"] }) }
    organization_id   = "o-abcdefghij"
    external_id       = "governance:prod"
    alarm_actions     = ["arn:aws:sns:us-east-1:111122223333:tag-governance-alarms"]
  }

  override_data {
    target = module.tagging_permissions.data.aws_caller_identity.current
    values = { account_id = "222233334444" }
  }

  override_data {
    target = module.event_forwarding[0].data.aws_caller_identity.current
    values = { account_id = "222233334444" }
  }

  override_resource {
    target          = aws_iam_role.member
    override_during = plan
    values          = { arn = "arn:aws:iam::222233334444:role/tag-governance-member" }
  }

  override_resource {
    target          = aws_iam_policy.tagging["00"]
    override_during = plan
    values          = { arn = "arn:aws:iam::222233334444:policy/tag-governance-member-tagging-00" }
  }

  override_resource {
    target          = aws_iam_policy.tagging["01"]
    override_during = plan
    values          = { arn = "arn:aws:iam::222233334444:policy/tag-governance-member-tagging-01" }
  }

  override_resource {
    target          = aws_iam_policy.tagging["02"]
    override_during = plan
    values          = { arn = "arn:aws:iam::222233334444:policy/tag-governance-member-tagging-02" }
  }

  override_resource {
    target          = aws_iam_policy.tagging["03"]
    override_during = plan
    values          = { arn = "arn:aws:iam::222233334444:policy/tag-governance-member-tagging-03" }
  }

  override_resource {
    target          = aws_iam_policy.tagging["04"]
    override_during = plan
    values          = { arn = "arn:aws:iam::222233334444:policy/tag-governance-member-tagging-04" }
  }

  override_resource {
    target          = aws_iam_policy.tagging["05"]
    override_during = plan
    values          = { arn = "arn:aws:iam::222233334444:policy/tag-governance-member-tagging-05" }
  }

  override_resource {
    target          = aws_iam_policy.tagging["06"]
    override_during = plan
    values          = { arn = "arn:aws:iam::222233334444:policy/tag-governance-member-tagging-06" }
  }

  override_resource {
    target          = aws_iam_policy.tagging["07"]
    override_during = plan
    values          = { arn = "arn:aws:iam::222233334444:policy/tag-governance-member-tagging-07" }
  }

  override_resource {
    target          = aws_iam_policy.tagging["08"]
    override_during = plan
    values          = { arn = "arn:aws:iam::222233334444:policy/tag-governance-member-tagging-08" }
  }

  override_resource {
    target          = aws_iam_policy.tagging["09"]
    override_during = plan
    values          = { arn = "arn:aws:iam::222233334444:policy/tag-governance-member-tagging-09" }
  }

  override_resource {
    target          = module.event_forwarding[0].aws_cloudwatch_event_rule.forward
    override_during = plan
    values          = { arn = "arn:aws:events:us-east-1:222233334444:rule/tag-governance-tag-changes" }
  }

  override_resource {
    target          = module.event_forwarding[0].aws_sqs_queue.undelivered
    override_during = plan
    values = {
      arn = "arn:aws:sqs:us-east-1:222233334444:tag-governance-undelivered"
      url = "https://sqs.us-east-1.amazonaws.com/222233334444/tag-governance-undelivered"
    }
  }

  override_resource {
    target          = module.event_forwarding[0].aws_iam_role.forwarding
    override_during = plan
    values          = { arn = "arn:aws:iam::222233334444:role/tag-governance-forwarding-us-east-1" }
  }

  override_resource {
    target          = module.event_forwarding[0].aws_cloudwatch_metric_alarm.undelivered
    override_during = plan
    values          = { arn = "arn:aws:cloudwatch:us-east-1:222233334444:alarm:tag-governance-undelivered" }
  }
}

run "alone" {
  command = plan

  variables {
    name           = "tag-governance"
    resource_types = ["sqs:queue"]
    tags           = { Environment = { default = "dev" } }
    scopes         = { account = { target_id = "111122223333", mode = "remediate" } }
    resource_tags  = { Environment = "dev" }
    dashboard      = false
  }
}

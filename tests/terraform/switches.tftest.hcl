# What each switch of the root module leaves out.

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
  values = { account_id = "111122223333", arn = "arn:aws:iam::111122223333:role/deployer" }
}

override_data {
  target = data.aws_iam_session_context.current
  values = { issuer_arn = "arn:aws:iam::111122223333:role/deployer" }
}

override_data {
  target = data.aws_organizations_organizational_unit_descendant_organizational_units.scope
  values = { children = [] }
}

override_data {
  target = data.aws_organizations_organizational_unit_descendant_accounts.scope
  values = { accounts = [] }
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

variables {
  resource_types = ["ec2:instance", "sqs:queue"]
  tags = {
    Environment = { allowed_values = ["dev", "prod"], enforced_for = ["ec2:instance"], deny_create_without = ["ec2:instance"] }
  }
  scopes          = { everything = { target_id = "r-ab12", mode = "remediate" } }
  organization    = { id = "o-abcdefghij" }
  member_accounts = { role_name = "tag-governance-member" }
}

run "everything" {
  command = plan

  assert {
    condition = [
      length(module.tag_policy), length(module.service_control_policy), length(module.remediation),
      length(module.event_routing), length(module.event_forwarding), length(module.dashboard),
    ] == [1, 1, 1, 1, 1, 1]
    error_message = "A part is missing."
  }

  assert {
    condition     = length(output.tag_policy_documents["everything"]) == 1 && length(output.service_control_policy_documents["everything"]) == 1
    error_message = "The scope has its policies."
  }

  assert {
    condition     = output.member_role_arn_pattern == "arn:aws:iam::*:role/tag-governance-member"
    error_message = "The role in member accounts is known by its name."
  }

  assert {
    condition     = output.ignore_tags == tolist(["Environment"])
    error_message = "Providers have to ignore what the function writes."
  }

  assert {
    condition     = output.dashboard_url == "https://console.aws.amazon.com/cloudwatch/home?region=eu-central-1#dashboards/dashboard/tag-governance"
    error_message = "The dashboard has an address."
  }
}

# With fake keys and nothing overridden below, this run fails on the first call to AWS.
run "create_is_false" {
  command = plan

  variables {
    create = false
  }

  assert {
    condition = [
      length(module.tag_policy), length(module.service_control_policy), length(module.remediation),
      length(module.event_routing), length(module.event_forwarding), length(module.dashboard),
      length(data.aws_caller_identity.current), length(data.aws_organizations_organizational_unit_descendant_accounts.scope),
    ] == [0, 0, 0, 0, 0, 0, 0, 0]
    error_message = "Something is made, or asked of AWS."
  }

  assert {
    condition = alltrue([
      for value in [
        output.event_bus_name, output.event_bus_arn, output.function_name, output.function_arn, output.function_role_arn,
        output.log_group_name, output.events_queue_arn, output.events_queue_url, output.dead_letter_queue_arn,
        output.dead_letter_queue_url, output.undelivered_queue_arn, output.notifications_topic_arn,
        output.alarms_topic_arn, output.ledger_table_name, output.ledger_table_arn, output.policy_document,
        output.policy_bucket_name, output.kms_key_arn, output.kms_key_policy_document, output.dashboard_url,
        output.member_role_arn_pattern,
      ] : value == null
    ])
    error_message = "An output names something that is not there."
  }

  assert {
    condition = alltrue([
      for value in [
        output.tag_policy_ids, output.tag_policy_documents, output.service_control_policy_ids,
        output.service_control_policy_documents, output.event_patterns, output.ignore_tags,
      ] : length(value) == 0
    ])
    error_message = "An output lists something that is not there."
  }
}

run "remediation_is_false" {
  command = plan

  variables {
    remediation = false
  }

  assert {
    condition = [
      length(module.tag_policy), length(module.service_control_policy), length(module.remediation),
      length(module.event_routing), length(module.event_forwarding), length(module.dashboard),
    ] == [1, 1, 0, 0, 0, 0]
    error_message = "Only the organization's policies are left."
  }

  assert {
    condition     = !strcontains(jsonencode(output.service_control_policy_documents), "ProtectTagGovernance")
    error_message = "There is no stack to protect."
  }
}

run "without_organization_policies" {
  command = plan

  variables {
    organization = { id = "o-abcdefghij", tag_policies = false, service_control_policies = false }
  }

  assert {
    condition     = [length(module.tag_policy), length(module.service_control_policy), length(module.remediation)] == [0, 0, 1]
    error_message = "The stack stays, the policies go."
  }

  assert {
    condition     = output.tag_policy_documents == {} && output.service_control_policy_documents == {}
    error_message = "There are no documents without policies."
  }
}

run "without_dashboard" {
  command = plan

  variables {
    dashboard = false
  }

  assert {
    condition     = length(module.dashboard) == 0 && output.dashboard_url == null && length(module.remediation) == 1
    error_message = "Only the dashboard goes."
  }
}

run "without_cloudtrail" {
  command = plan

  variables {
    detection = { cloudtrail = false }
  }

  assert {
    condition     = jsonencode(keys(output.event_patterns)) == jsonencode(["tag-changes"])
    error_message = "Creations are still watched."
  }
}

run "without_tag_changes" {
  command = plan

  variables {
    detection = { tag_changes = false }
  }

  assert {
    condition     = length(output.event_patterns) > 0 && !contains(keys(output.event_patterns), "tag-changes")
    error_message = "Tag changes are still watched."
  }
}

run "without_detection" {
  command = plan

  variables {
    detection = { cloudtrail = false, tag_changes = false }
  }

  assert {
    condition     = length(output.event_patterns) == 0 && length(module.event_forwarding) == 0 && length(module.event_routing) == 1
    error_message = "Nothing is left to forward."
  }
}

run "one_account_alone" {
  command = plan

  variables {
    organization    = null
    member_accounts = null
    scopes          = {}
    mode            = "notify"
  }

  assert {
    condition     = [length(module.tag_policy), length(module.service_control_policy), length(module.remediation)] == [0, 0, 1]
    error_message = "One account has no organization policies."
  }

  assert {
    condition     = length(output.ignore_tags) == 0 && output.member_role_arn_pattern == null
    error_message = "Where nothing is written, nothing has to be ignored."
  }
}

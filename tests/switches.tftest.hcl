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
  target = data.aws_organizations_policies_for_target.attached
  values = { ids = ["p-FullAWSAccess"] }
}

override_data {
  target = data.aws_organizations_policy.attached
  values = { name = "FullAWSAccess", description = "Allows access to every operation" }
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
    condition = (
      length(output.tag_policy_documents["everything"]) == 1
      && length(output.service_control_policy_documents["everything"]) == 1
    )
    error_message = "The scope has its policies."
  }

  assert {
    condition     = output.member_role_arn_pattern == "arn:aws:iam::*:role/tag-governance-member"
    error_message = "The role in member accounts is known by its name."
  }

  assert {
    condition = [output.function_name, output.settlement_function_name] == [
      "tag-governance-remediation", "tag-governance-settlement",
    ]
    error_message = "The functions are known by their names."
  }

  assert {
    condition = contains(
      flatten([
        for statement in jsondecode(output.service_control_policy_documents["everything"][0]).Statement : statement.Resource
        if startswith(statement.Sid, "ProtectTagGovernance")
      ]),
      "arn:aws:scheduler:*:111122223333:schedule/default/tag-governance-*",
    )
    error_message = "The schedule of the settlement is not protected."
  }

  assert {
    condition = length(setsubtract(
      ["scheduler:Create*", "scheduler:Delete*", "scheduler:Update*"],
      flatten([
        for statement in jsondecode(output.service_control_policy_documents["everything"][0]).Statement : statement.Action
        if startswith(statement.Sid, "ProtectTagGovernance")
      ]),
    )) == 0
    error_message = "The schedule of the settlement can be stopped."
  }

  assert {
    condition     = output.ignore_tags == tolist(["Environment"])
    error_message = "Providers have to ignore what the function writes."
  }

  assert {
    condition = (
      output.dashboard_url
      == "https://console.aws.amazon.com/cloudwatch/home?region=eu-central-1#dashboards/dashboard/tag-governance"
    )
    error_message = "The dashboard has an address."
  }

  assert {
    condition     = output.delegation_policy_document == null
    error_message = "There is nothing to delegate from the management account to itself."
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
      length(data.aws_organizations_organization.current), length(module.policy_delegation),
      length(data.aws_organizations_policies_for_target.attached), length(data.aws_organizations_policy.attached),
    ] == [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
    error_message = "Something is made, or asked of AWS."
  }

  assert {
    condition = alltrue([
      for value in [
        output.event_bus_name, output.event_bus_arn, output.function_name, output.function_arn, output.function_role_arn,
        output.settlement_function_name,
        output.log_group_name, output.events_queue_arn, output.events_queue_url, output.dead_letter_queue_arn,
        output.dead_letter_queue_url, output.undelivered_queue_arn, output.notifications_topic_arn,
        output.alarms_topic_arn, output.ledger_table_name, output.ledger_table_arn, output.policy_document,
        output.policy_bucket_name, output.kms_key_arn, output.kms_key_policy_document, output.dashboard_url,
        output.member_role_arn_pattern, output.settlement_function_role_arn, output.delegation_policy_document,
      ] : value == null
    ])
    error_message = "An output names something that is not there."
  }

  assert {
    condition = alltrue([
      for value in [
        output.tag_policy_ids, output.tag_policy_documents, output.service_control_policy_ids,
        output.service_control_policy_documents, output.event_patterns, output.ignore_tags, output.moved_blocks,
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

run "another_identity_plans_the_same_documents" {
  command = plan

  override_data {
    target = data.aws_caller_identity.current
    values = { account_id = "111122223333", arn = "arn:aws:sts::111122223333:assumed-role/plan-only/session" }
  }

  assert {
    condition = jsonencode([output.service_control_policy_documents, output.tag_policy_documents, output.policy_document]) == jsonencode([
      run.everything.service_control_policy_documents, run.everything.tag_policy_documents, run.everything.policy_document,
    ])
    error_message = "The documents depend on who plans."
  }
}

run "a_stack_outside_the_management_account_needs_somebody_who_may_deploy_it" {
  command = plan

  override_data {
    target = data.aws_organizations_organization.current
    values = { master_account_id = "999988887777" }
  }

  expect_failures = [output.service_control_policy_documents]
}

run "a_deployment_role_may_change_the_stack_and_no_protected_tag" {
  command = plan

  override_data {
    target = data.aws_organizations_organization.current
    values = { master_account_id = "999988887777" }
  }

  variables {
    tags = { Owner = { protected = true } }
    organization = {
      id                      = "o-abcdefghij"
      deployment_role_arns    = ["arn:aws:iam::111122223333:role/pipeline"]
      administrator_role_arns = ["arn:aws:iam::*:role/Administrator"]
    }
  }

  assert {
    condition = jsonencode({
      for sid, principals in {
        for statement in jsondecode(output.service_control_policy_documents["everything"][0]).Statement :
        regex("^[A-Za-z]+", statement.Sid) => sort(flatten([statement.Condition.ArnNotLike["aws:PrincipalArn"]]))...
      } : sid => one(distinct(principals))
      }) == jsonencode({
      ProtectOwner = [
        "arn:aws:iam::*:role/Administrator",
        "arn:aws:iam::*:role/tag-governance-member",
        "arn:aws:iam::111122223333:role/tag-governance-*",
      ]
      KeepAllOwner = [
        "arn:aws:iam::*:role/Administrator",
        "arn:aws:iam::*:role/tag-governance-member",
        "arn:aws:iam::111122223333:role/tag-governance-*",
      ]
      ProtectTagGovernance = [
        "arn:aws:iam::*:role/Administrator",
        "arn:aws:iam::*:role/tag-governance-member",
        "arn:aws:iam::111122223333:role/pipeline",
        "arn:aws:iam::111122223333:role/tag-governance-*",
      ]
    })
    error_message = jsonencode(output.service_control_policy_documents)
  }

  assert {
    condition = {
      for statement in jsondecode(output.delegation_policy_document).Statement : statement.Sid => statement.Principal.AWS
      } == {
      for sid in ["ReadOrganization", "ReadPolicies", "ManagePolicies", "TagThePolicies", "ReadTreeAndAccountTags"] :
      sid => "arn:aws:iam::111122223333:root"
    }
    error_message = output.delegation_policy_document
  }
}

run "roles_that_policies_spare_by_name_are_protected_too" {
  command = plan

  variables {
    organization = {
      id = "o-abcdefghij"
      administrator_role_arns = [
        "arn:*:iam::*:role/Administrator", "arn:aws:iam::*:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_*",
        "arn:aws:iam::111122223333:user/root-of-trust",
      ]
      deployment_role_arns = ["arn:aws:iam::*:role/pipeline", "arn:aws:iam::*:role/stacksets-exec-*"]
    }
    exemptions = {
      emergency = {
        principals = ["arn:aws:iam::*:role/BreakGlass", "arn:aws:iam::*:role/Administrator"]
        reason     = "Emergencies.", owner = "platform@example.com", expires = "2099-12-31"
      }
      backup = {
        principals     = ["arn:aws:iam::*:role/service-role/Backup"]
        resource_types = ["ec2:instance"]
        reason         = "Copies tags afterwards.", owner = "platform@example.com", expires = "2099-12-31"
      }
      everyone = {
        principals = ["arn:aws:iam::444455556666:role/*", "arn:aws:iam::444455556666:role/?*"]
        reason     = "Pilot.", owner = "platform@example.com", expires = "2099-12-31"
      }
      shop = {
        principals = ["arn:aws:iam::*:role/ci-*"]
        accounts   = ["444455556666"]
        reason     = "Migration.", owner = "platform@example.com", expires = "2099-12-31"
      }
    }
  }

  assert {
    condition = jsonencode(local.stack_arns.iam) == jsonencode([
      "arn:aws:iam::*:policy/tag-governance-*", "arn:aws:iam::*:role/tag-governance-*",
      "arn:aws:iam::*:policy/tag-governance-member-*", "arn:aws:iam::*:role/tag-governance-member",
      "arn:aws:iam::*:role/Administrator", "arn:aws:iam::111122223333:user/root-of-trust", "arn:aws:iam::*:role/pipeline",
      "arn:aws:iam::*:role/stacksets-exec-*", "arn:aws:iam::*:role/BreakGlass", "arn:aws:iam::444455556666:role/ci-*",
    ])
    error_message = jsonencode(local.stack_arns.iam)
  }
}

run "roles_that_policies_spare_stay_open_where_nobody_is_named_who_could_make_them" {
  command = plan

  variables {
    exemptions = {
      emergency = {
        principals = ["arn:aws:iam::*:role/BreakGlass"]
        reason     = "Emergencies.", owner = "platform@example.com", expires = "2099-12-31"
      }
    }
  }

  assert {
    condition     = !contains(local.stack_arns.iam, "arn:aws:iam::*:role/BreakGlass")
    error_message = "Nobody in a member account could make the role any more."
  }
}

run "the_only_policies_of_an_organization_protect_administrators" {
  command = plan

  variables {
    remediation     = false
    member_accounts = null
    organization    = { id = "o-abcdefghij", administrator_role_arns = ["arn:aws:iam::*:role/Administrator"] }
  }

  assert {
    condition = [
      for statement in jsondecode(output.service_control_policy_documents["everything"][0]).Statement :
      [statement.Resource, statement.Condition.ArnNotLike["aws:PrincipalArn"]] if startswith(statement.Sid, "ProtectTagGovernance")
    ] == [["arn:aws:iam::*:role/Administrator", "arn:aws:iam::*:role/Administrator"]]
    error_message = jsonencode(output.service_control_policy_documents)
  }
}

run "protection_that_nobody_could_lift_is_refused_with_one_message" {
  command = plan

  variables {
    remediation     = false
    member_accounts = null
    tags            = { Owner = { protected = true } }
  }

  expect_failures = [output.tag_keys]
}

run "policies_here_and_the_function_in_another_account" {
  command = plan

  variables {
    remediation     = false
    member_accounts = null
    organization = {
      id                   = "o-abcdefghij"
      deployment_role_arns = ["arn:aws:iam::*:role/pipeline"]
      stacks = {
        tooling = {
          name               = "tagging"
          function_role_arns = ["arn:aws:iam::444455556666:role/tagging-remediation", "arn:aws:iam::444455556666:role/tagging-settlement"]
          member_role_name   = "tagging-member"
        }
      }
    }
  }

  assert {
    condition = length(setsubtract(
      [
        "arn:aws:lambda:*:444455556666:function:tagging-*", "arn:aws:dynamodb:*:444455556666:table/tagging-*",
        "arn:aws:iam::*:role/tagging-member", "arn:aws:iam::*:role/tagging-*", "arn:aws:sqs:*:*:tagging-*",
        "arn:aws:s3:::tagging-policy-444455556666-*",
      ],
      flatten([
        for statement in jsondecode(output.service_control_policy_documents["everything"][0]).Statement : statement.Resource
        if startswith(statement.Sid, "ProtectTagGovernance")
      ]),
    )) == 0
    error_message = "The stack elsewhere is not protected: ${jsonencode(output.service_control_policy_documents)}"
  }

  assert {
    condition = length(setsubtract(
      [
        "arn:aws:iam::444455556666:role/tagging-*",
        "arn:aws:iam::*:role/tagging-member",
      ],
      flatten([
        for statement in jsondecode(output.service_control_policy_documents["everything"][0]).Statement :
        statement.Condition.ArnNotLike["aws:PrincipalArn"] if startswith(statement.Sid, "ProtectTagGovernance")
      ]),
    )) == 0
    error_message = "The stack could not work any more: ${jsonencode(output.service_control_policy_documents)}"
  }

  assert {
    condition = [
      for statement in jsondecode(output.delegation_policy_document).Statement : [statement.Sid, statement.Principal.AWS]
    ] == [["ReadTreeAndAccountTags", "arn:aws:iam::444455556666:root"]]
    error_message = output.delegation_policy_document
  }
}

run "the_function_here_and_the_policies_in_another_account" {
  command = plan

  override_data {
    target = data.aws_organizations_organization.current
    values = { master_account_id = "999988887777" }
  }

  variables {
    organization = { id = "o-abcdefghij", tag_policies = false, service_control_policies = false }
  }

  assert {
    condition = [
      for statement in jsondecode(output.delegation_policy_document).Statement : [statement.Sid, statement.Principal.AWS]
    ] == [["ReadTreeAndAccountTags", "arn:aws:iam::111122223333:root"]]
    error_message = output.delegation_policy_document
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

run "an_exemption_by_principal_or_account_spares_from_policies_and_the_function_knows_the_second" {
  command = plan

  variables {
    exemptions = {
      backup = {
        principals     = ["arn:aws:iam::*:role/Backup"]
        accounts       = ["444455556666"]
        resource_types = ["ec2:instance"]
        reason         = "Copies tags afterwards.", owner = "platform@example.com", expires = "2099-12-31"
      }
      pilot  = { accounts = ["777788889999"], reason = "Pilot.", owner = "platform@example.com", expires = "2099-06-30" }
      legacy = { arns = ["arn:aws:sqs:*:*:legacy"], reason = "Old.", owner = "platform@example.com", expires = "2099-06-30" }
    }
  }

  assert {
    condition = toset([
      for statement in jsondecode(output.service_control_policy_documents["everything"][0]).Statement :
      jsonencode({ for test, keys in statement.Condition : test => keys if test != "Null" }) if startswith(statement.Sid, "Require")
      ]) == toset([
      jsonencode({
        ArnNotLike      = { "aws:PrincipalArn" = "arn:aws:iam::444455556666:role/Backup" }
        StringNotEquals = { "aws:PrincipalAccount" = "777788889999" }
      }),
      jsonencode({
        ArnNotLike      = { "aws:PrincipalArn" = "arn:aws:iam::444455556666:role/Backup" }
        DateGreaterThan = { "aws:CurrentTime" = "2099-06-30T23:59:59Z" }
      }),
      jsonencode({ DateGreaterThan = { "aws:CurrentTime" = "2099-12-31T23:59:59Z" } }),
    ])
    error_message = jsonencode(output.service_control_policy_documents)
  }

  assert {
    condition     = jsonencode(jsondecode(output.policy_document).exemptions[*].name) == jsonencode(["legacy", "pilot"])
    error_message = jsonencode(jsondecode(output.policy_document).exemptions)
  }
}

run "nothing_is_asked_about_policies_that_are_not_made" {
  command = plan

  variables {
    organization = { id = "o-abcdefghij", service_control_policies = false }
    tags         = { Environment = { enforced_for = ["ec2:instance"] } }
  }

  assert {
    condition     = jsonencode(keys(data.aws_organizations_policies_for_target.attached)) == jsonencode(["TAG_POLICY of everything"])
    error_message = jsonencode(keys(data.aws_organizations_policies_for_target.attached))
  }
}

run "the_policies_of_each_type_that_hang_on_each_target_are_read" {
  command = plan

  override_data {
    target = data.aws_organizations_policies_for_target.attached["SERVICE_CONTROL_POLICY of everything"]
    values = { ids = ["p-FullAWSAccess", "p-guardrail"] }
  }

  override_data {
    target = data.aws_organizations_policies_for_target.attached["TAG_POLICY of everything"]
    values = { ids = [] }
  }

  override_data {
    target = data.aws_organizations_policy.attached["p-guardrail"]
    values = { name = "aws-guardrails-AbCdEf", description = "" }
  }

  assert {
    condition = [for place in values(data.aws_organizations_policies_for_target.attached) : [place.target_id, place.filter]] == [
      ["r-ab12", "SERVICE_CONTROL_POLICY"], ["r-ab12", "TAG_POLICY"],
    ]
    error_message = jsonencode(data.aws_organizations_policies_for_target.attached)
  }

  assert {
    condition = { for type, scopes in local.attached_policies : type => { for name, policies in scopes : name => policies[*].name } } == {
      SERVICE_CONTROL_POLICY = { everything = ["FullAWSAccess", "aws-guardrails-AbCdEf"] }
      TAG_POLICY             = { everything = [] }
    }
    error_message = jsonencode(local.attached_policies)
  }
}

run "a_renamed_scope_is_told_its_moved_blocks" {
  command = plan

  override_data {
    target = data.aws_organizations_policy.attached
    values = {
      name        = "tag-governance-tag-all-01"
      description = "Spelling and values of tags, from the tag schema of scope all."
    }
  }

  expect_failures = [check.renamed_scopes]

  assert {
    condition = output.moved_blocks == {
      everything = join("\n", [
        for type in ["aws_organizations_policy", "aws_organizations_policy_attachment"] : join("\n", [
          "moved {",
          "  from = module.tag_governance.module.tag_policy[0].${type}.tag[\"all-01\"]",
          "  to   = module.tag_governance.module.tag_policy[0].${type}.tag[\"everything-01\"]",
          "}",
        ])
      ])
    }
    error_message = jsonencode(output.moved_blocks)
  }
}

run "a_target_that_is_not_in_the_organization_is_neither_asked_about_nor_accepted" {
  command = plan

  override_data {
    target = data.aws_organizations_organization.current
    values = {
      master_account_id = "111122223333"
      accounts          = [{ id = "111122223333" }]
      roots             = [{ id = "r-zz99" }]
    }
  }

  variables {
    scopes = {
      root    = { target_id = "r-ab12" }
      unit    = { target_id = "ou-ab12-cdefgh34" }
      account = { target_id = "444455556666" }
      here    = { target_id = "r-zz99" }
    }
  }

  expect_failures = [output.tag_keys]

  assert {
    condition = jsonencode(keys(data.aws_organizations_policies_for_target.attached)) == jsonencode([
      "SERVICE_CONTROL_POLICY of here", "TAG_POLICY of here",
    ])
    error_message = jsonencode(keys(data.aws_organizations_policies_for_target.attached))
  }
}

run "without_dashboard_and_tag_changes" {
  command = plan

  variables {
    dashboard = false
    detection = { tag_changes = false }
  }

  assert {
    condition     = length(module.dashboard) == 0 && output.dashboard_url == null && length(module.remediation) == 1
    error_message = "Only the dashboard goes."
  }

  assert {
    condition     = length(output.event_patterns) > 0 && !contains(keys(output.event_patterns), "tag-changes")
    error_message = "Tag changes are still watched."
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

run "instances_that_start_are_watched_without_a_trail" {
  command = plan

  variables {
    detection = { cloudtrail = false, tag_changes = false, instance_state = true }
  }

  assert {
    condition = { for name, pattern in output.event_patterns : name => jsondecode(pattern) } == {
      instance-state = {
        source      = ["aws.ec2"]
        detail-type = ["EC2 Instance State-change Notification"]
        detail      = { state = ["pending", "running"] }
      }
    }
    error_message = "EC2's own events are forwarded, and nothing else."
  }

  assert {
    condition     = length(module.event_routing[0].rule_arns) == 1
    error_message = "The bus puts them on the queue."
  }

  assert {
    condition     = jsondecode(output.policy_document).creation_wait_seconds == 0
    error_message = "Without a trail there is no creation to wait for."
  }
}

run "instances_that_start_are_not_watched_where_they_are_not_governed" {
  command = plan

  variables {
    resource_types  = ["s3:bucket", "sqs:queue"]
    scopes          = {}
    organization    = null
    member_accounts = null
    mode            = "remediate"
    tags            = { Owner = {} }
    resource_tags   = { Owner = "platform" }
    detection       = { instance_state = true }
  }

  expect_failures = [output.event_patterns]
}

run "aliases_that_are_removed_are_to_be_ignored_too" {
  command = plan

  variables {
    scopes        = {}
    mode          = "remediate"
    resource_tags = { Environment = "dev", Owner = "platform" }
    tags = {
      Environment = { allowed_values = ["dev"], key_aliases = ["env", "stage"], replace_key_aliases = true }
      Owner       = { key_aliases = ["owner-mail"] }
    }
  }

  assert {
    condition     = output.ignore_tags == tolist(["Environment", "Owner", "env", "stage"])
    error_message = "Providers have to ignore what the function writes, and what it removes."
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
    tags            = { Environment = { allowed_values = ["dev", "prod"] } }
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

# Every account and region of an organization: where the stacks go, and what their templates are.

provider "aws" {
  region                      = "eu-central-1"
  access_key                  = "test"
  secret_key                  = "test"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true
}

variables {
  targets           = { organizational_unit_ids = ["r-ab12"] }
  regions           = ["eu-central-1"]
  role_name         = "tg-member"
  function_role_arn = "arn:aws:iam::111122223333:role/tg-remediation"
  event_bus_arn     = "arn:aws:events:eu-central-1:111122223333:event-bus/tg"
  event_patterns    = { creation-01 = jsonencode({ source = ["aws.sqs"] }) }
  organization_id   = "o-abcdefghij"
  external_id       = "governance:prod"
  resource_types    = ["sqs:queue"]
  tag_keys          = ["Environment", "env"]
}

run "two_sets_cover_the_organization" {
  command = plan

  module {
    source = "./modules/member-stackset"
  }

  assert {
    condition = { for kind, instances in aws_cloudformation_stack_instances.this : kind => instances.regions } == {
      role       = toset(["us-east-1"])
      forwarding = toset(["eu-central-1", "us-east-1"])
    }
    error_message = "The role is made once in an account, and global services report in us-east-1."
  }

  assert {
    condition = alltrue([
      for instances in aws_cloudformation_stack_instances.this :
      instances.deployment_targets[0].organizational_unit_ids == toset(["r-ab12"]) && instances.retain_stacks == false
    ])
    error_message = "Both go to the root."
  }

  assert {
    condition = alltrue([
      for set in aws_cloudformation_stack_set.this :
      set.permission_model == "SERVICE_MANAGED" && set.auto_deployment[0].enabled && set.managed_execution[0].active
      && set.template_body != null && contains(set.capabilities, "CAPABILITY_NAMED_IAM")
    ])
    error_message = "Accounts that come are governed without an apply."
  }
}

run "accounts_can_be_left_out" {
  command = plan

  module {
    source = "./modules/member-stackset"
  }

  variables {
    targets = {
      organizational_unit_ids = ["ou-ab12-11111111", "ou-ab12-22222222"]
      account_ids             = ["444455556666"]
      account_filter          = "DIFFERENCE"
    }
    auto_deployment = { retain_stacks = true }
    call_as         = "DELEGATED_ADMIN"
  }

  assert {
    condition = alltrue([
      for instances in aws_cloudformation_stack_instances.this :
      instances.deployment_targets[0].accounts == toset(["444455556666"])
      && instances.deployment_targets[0].account_filter_type == "DIFFERENCE" && instances.call_as == "DELEGATED_ADMIN"
    ])
    error_message = "The account gets no stacks."
  }

  assert {
    condition     = alltrue([for set in aws_cloudformation_stack_set.this : set.auto_deployment[0].retain_stacks_on_account_removal])
    error_message = "Who leaves keeps them."
  }
}

run "global_services_of_another_region_add_it" {
  command = plan

  module {
    source = "./modules/member-stackset"
  }

  variables {
    resource_types = ["sqs:queue", "route53-recovery-control-config:cluster"]
  }

  assert {
    condition     = join(" ", output.regions) == "eu-central-1 us-east-1 us-west-2"
    error_message = "Routing controls report in us-west-2."
  }
}

run "without_patterns_only_the_role_is_made" {
  command = plan

  module {
    source = "./modules/member-stackset"
  }

  variables {
    event_patterns = {}
  }

  assert {
    condition     = keys(aws_cloudformation_stack_set.this) == ["role"]
    error_message = "There is nothing to forward."
  }
}

run "templates_of_all_of_aws_lie_in_the_bucket" {
  command = plan

  module {
    source = "./modules/member-stackset"
  }

  variables {
    resource_types  = ["*"]
    untag           = true
    template_bucket = "tg-policy-111122223333-eu-central-1"
    event_patterns = {
      for number in range(31) : format("creation-%02d", number) => jsonencode({
        source  = ["aws.sqs"]
        padding = [for n in range(200) : "filler-${n}"]
      })
    }
  }

  assert {
    condition = aws_cloudformation_stack_set.this["forwarding"].template_url == join("", [
      "https://tg-policy-111122223333-eu-central-1.s3.eu-central-1.amazonaws.com/", aws_s3_object.template["forwarding"].key,
    ])
    error_message = "CloudFormation takes the template from the bucket."
  }

  assert {
    condition     = aws_s3_object.template["forwarding"].key == "stack-sets/forwarding/${sha256(output.templates.forwarding)}.json"
    error_message = "A changed template is another object."
  }

  assert {
    condition     = aws_s3_object.template["forwarding"].content == output.templates.forwarding
    error_message = "The object is the template."
  }
}

run "a_dollar_with_a_brace_stands_for_itself" {
  command = plan

  module {
    source = "./modules/member-stackset"
  }

  variables {
    event_patterns = { creation-01 = "{\"source\": [\"aws.sqs\"], \"detail\": {\"name\": [\"$${AWS::AccountId} of \\\"x\\\"\"]}}" }
  }

  assert {
    condition = jsondecode(output.templates.forwarding).Resources.RuleCreation01.Properties.EventPattern.detail.name == [
      { "Fn::Sub" = "$${!AWS::AccountId} of \"x\"" },
    ]
    error_message = "CloudFormation fills in what a pattern says."
  }
}

# One member account: whom its role trusts, what it may do, and what the account forwards.

provider "aws" {
  region                      = "eu-central-1"
  access_key                  = "test"
  secret_key                  = "test"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true
}

override_data {
  target = module.tagging_permissions.data.aws_caller_identity.current
  values = { account_id = "444455556666" }
}

override_data {
  target = module.event_forwarding[0].data.aws_caller_identity.current
  values = { account_id = "444455556666" }
}

override_resource {
  target          = module.event_forwarding[0].aws_cloudwatch_event_rule.forward
  override_during = plan
  values          = { arn = "arn:aws:events:eu-central-1:444455556666:rule/tag-governance-creation-01" }
}

override_resource {
  target          = module.event_forwarding[0].aws_sqs_queue.undelivered
  override_during = plan
  values          = { arn = "arn:aws:sqs:eu-central-1:444455556666:tag-governance-undelivered" }
}

variables {
  role_name         = "tg-member"
  function_role_arn = "arn:aws:iam::111122223333:role/tg-remediation"
  event_bus_arn     = "arn:aws:events:eu-central-1:111122223333:event-bus/tg"
  event_patterns    = { creation-01 = jsonencode({ source = ["aws.sqs"] }) }
  organization_id   = "o-abcdefghij"
  external_id       = "governance:prod"
  resource_types    = ["sqs:queue"]
  tag_keys          = ["Environment", "env"]
}

run "the_role_trusts_the_function_and_nobody_else" {
  command = plan

  module {
    source = "./modules/member-account"
  }

  assert {
    condition = jsondecode(aws_iam_role.member[0].assume_role_policy).Statement == [
      {
        Sid       = "GovernanceFunction"
        Effect    = "Allow"
        Action    = "sts:AssumeRole"
        Principal = { AWS = "arn:aws:iam::111122223333:role/tg-remediation" }
        Condition = { StringEquals = { "aws:PrincipalOrgID" = "o-abcdefghij", "sts:ExternalId" = "governance:prod" } }
      },
      {
        Sid       = "NameOfGovernanceFunction"
        Effect    = "Allow"
        Action    = "sts:SetSourceIdentity"
        Principal = { AWS = "arn:aws:iam::111122223333:role/tg-remediation" }
        Condition = { StringEquals = { "aws:PrincipalOrgID" = "o-abcdefghij" } }
      },
    ]
    error_message = "The role can be assumed by others."
  }
}

run "the_role_writes_tags_of_the_governed_types_only" {
  command = plan

  module {
    source = "./modules/member-account"
  }

  assert {
    condition = jsonencode({
      for statement in flatten([for policy in aws_iam_policy.tagging : jsondecode(policy.policy).Statement]) :
      statement.Sid => [statement.Action, statement.Resource]
      }) == jsonencode({
      ActionsWithoutResources = [["tag:TagResources", "tag:GetResources", "ec2:DescribeTags", "autoscaling:DescribeTags"], "*"]
      AskWhoChangedTagsBack   = ["cloudtrail:LookupEvents", "*"]
      WriteGovernedTags       = ["sqs:TagQueue", "arn:aws:sqs:*:444455556666:*"]
    })
    error_message = "Only queues of this account are tagged, nothing removes tags; and the question who changed them back."
  }
}

run "all_of_aws_fits_the_policies_that_a_role_may_have" {
  command = plan

  module {
    source = "./modules/member-account"
  }

  variables {
    resource_types = ["*"]
    tag_keys = [
      "Application", "BudgetCode", "ComplianceStatus", "CostCenter", "CustomerID", "DataClassification", "Environment",
      "Owner", "Project", "Team", "app", "cost-center", "env", "environment-name", "owner-email",
    ]
    untag = true
  }

  # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html: 10 policies, 6,144 characters each
  assert {
    condition     = length(aws_iam_policy.tagging) <= 8
    error_message = "${length(aws_iam_policy.tagging)} policies"
  }

  assert {
    condition     = max([for policy in aws_iam_policy.tagging : length(policy.policy)]...) <= 6144
    error_message = jsonencode([for policy in aws_iam_policy.tagging : length(policy.policy)])
  }

  # Every service's own actions in one of them, on nothing but its own resources in this account.
  assert {
    condition = length(setsubtract(
      [
        "cloudtrail:LookupEvents", "bedrock:TagResource", "bedrock:UntagResource", "bedrock:ListTagsForResource",
        "sqs:TagQueue", "tag:TagResources", "workspaces:CreateTags",
      ],
      flatten([for policy in aws_iam_policy.tagging : jsondecode(policy.policy).Statement[*].Action]),
    )) == 0
    error_message = "A permission is lost."
  }

  assert {
    condition = length([
      for resource in flatten([
        for policy in aws_iam_policy.tagging : [
          for statement in jsondecode(policy.policy).Statement : statement.Resource
          if contains(["ReadTags", "WriteGovernedTags", "WriteTagsOfAnyKey"], statement.Sid)
        ]
      ]) : resource
      if !can(regex("^arn:aws:[a-z0-9-]+:([*]|):(444455556666|):(?:/tags/)?[*]$", resource))
    ]) == 0
    error_message = "A resource that is no one's, or another account's."
  }
}

run "the_longest_ten_keys_fit_too" {
  command = plan

  module {
    source = "./modules/member-account"
  }

  variables {
    resource_types = ["*"]
    tag_keys       = [for letter in split("", "abcdefghij") : join("", [for _ in range(128) : letter])]
    untag          = true
  }

  assert {
    condition = (
      length(aws_iam_policy.tagging) <= 10 && max([for policy in aws_iam_policy.tagging : length(policy.policy)]...) <= 6144
    )
    error_message = jsonencode([for policy in aws_iam_policy.tagging : length(policy.policy)])
  }
}

run "a_role_writes_no_tags_without_knowing_which" {
  command = plan

  module {
    source = "./modules/member-account"
  }

  variables {
    tag_keys = []
  }

  expect_failures = [var.tag_keys]
}

run "one_role_serves_every_region" {
  command = plan

  module {
    source = "./modules/member-account"
  }

  variables {
    create_role = false
  }

  assert {
    condition = (
      output.role_arn == null && length(aws_iam_policy.tagging) == 0 && join(" ", keys(output.rule_arns)) == "alarms creation-01"
    )
    error_message = "A further region takes rules and no role; without anybody to tell there, its alarm is forwarded, too."
  }
}

run "nothing_to_forward" {
  command = plan

  module {
    source = "./modules/member-account"
  }

  variables {
    event_patterns = {}
  }

  assert {
    condition     = output.rule_arns == {} && output.undelivered_queue_arn == null && length(aws_iam_role.member) == 1
    error_message = "Without patterns only the role is made."
  }
}

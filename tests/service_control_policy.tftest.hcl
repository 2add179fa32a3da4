provider "aws" {
  region                      = "us-east-1"
  access_key                  = "test"
  secret_key                  = "test"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true
}

variables {
  name               = "tags"
  administrator_arns = ["arn:aws:iam::111122223333:role/tags-*", "arn:aws:iam::111122223333:role/pipeline"]
  quotas = {
    service_control_policy_size         = 10240
    service_control_policies_per_target = 10
  }
  keyless_untag_actions = ["ec2:DeleteTags", "fis:UntagResource"]
  catalogue_entries = {
    "ec2:instance" = {
      request_tag_actions = { "ec2:RunInstances" = ["arn:aws:ec2:*:*:instance/*"] }
      request_tag_group   = 0
      tag_actions         = ["ec2:CreateTags"]
      untag_actions       = ["ec2:DeleteTags"]
    }
    "ec2:volume" = {
      request_tag_actions = { "ec2:CreateVolume" = ["arn:aws:ec2:*:*:volume/*"], "ec2:RunInstances" = ["arn:aws:ec2:*:*:volume/*"] }
      request_tag_group   = 0
      tag_actions         = ["ec2:CreateTags"]
      untag_actions       = ["ec2:DeleteTags"]
    }
    "ec2:subnet" = {
      request_tag_actions = { "ec2:CreateSubnet" = ["arn:aws:ec2:*:*:subnet/*"] }
      request_tag_group   = 1
      tag_actions         = ["ec2:CreateTags"]
      untag_actions       = ["ec2:DeleteTags"]
    }
    "sqs:queue" = {
      request_tag_actions = { "sqs:CreateQueue" = ["*"] }
      request_tag_group   = 0
      tag_actions         = ["tag:TagResources", "sqs:TagQueue"]
      untag_actions       = ["tag:UntagResources", "sqs:UntagQueue"]
    }
  }
}

run "each_missing_tag_has_a_statement_for_each_group_of_types" {
  command = plan

  module {
    source = "./modules/service-control-policy"
  }

  variables {
    scopes = {
      all = {
        target_id = "r-ab12"
        ancestors = []
        tags = {
          "Cost Center" = { deny_create_without = ["ec2:instance", "ec2:subnet", "ec2:volume"], protected = false }
          Owner         = { deny_create_without = ["sqs:queue"], protected = false }
        }
      }
    }
  }

  # Both tags in one condition would be denied only when both are missing.
  assert {
    condition = jsondecode(output.documents.all[0]) == {
      Version = "2012-10-17"
      Statement = [
        {
          Sid       = "RequireCostCenter1"
          Effect    = "Deny"
          Action    = ["ec2:RunInstances", "ec2:CreateVolume"]
          Resource  = ["arn:aws:ec2:*:*:volume/*", "arn:aws:ec2:*:*:instance/*"]
          Condition = { Null = { "aws:RequestTag/Cost Center" = "true" } }
        },
        {
          Sid       = "RequireCostCenter2"
          Effect    = "Deny"
          Action    = "ec2:CreateSubnet"
          Resource  = "arn:aws:ec2:*:*:subnet/*"
          Condition = { Null = { "aws:RequestTag/Cost Center" = "true" } }
        },
        {
          Sid       = "RequireOwner3"
          Effect    = "Deny"
          Action    = "sqs:CreateQueue"
          Resource  = "*"
          Condition = { Null = { "aws:RequestTag/Owner" = "true" } }
        },
      ]
    }
    error_message = output.documents.all[0]
  }

  assert {
    condition     = !strcontains(aws_organizations_policy.service_control["all-01"].content, "\n")
    error_message = "the policy is not minified"
  }

  assert {
    condition     = aws_organizations_policy_attachment.service_control["all-01"].target_id == "r-ab12"
    error_message = "attached to ${aws_organizations_policy_attachment.service_control["all-01"].target_id}"
  }
}

run "a_protected_tag_is_changed_by_administrators_only_and_given_by_everyone" {
  command = plan

  module {
    source = "./modules/service-control-policy"
  }

  variables {
    scopes = {
      all = { target_id = "r-ab12", ancestors = [], tags = { Owner = { deny_create_without = [], protected = true } } }
    }
  }

  # A resource that does not carry the tag yet, or that is being created, has no aws:ResourceTag of it. DeleteTags without
  # a list of tags removes all, and has no aws:TagKeys; calls that only read tags have none either.
  assert {
    condition = jsondecode(output.documents.all[0]).Statement == [
      {
        Sid      = "ProtectOwner1"
        Effect   = "Deny"
        Action   = ["sqs:*Tag*", "ec2:*Tag*"]
        Resource = "*"
        Condition = {
          Null                                 = { "aws:ResourceTag/Owner" = "false", "ec2:CreateAction" = "true" }
          "ForAnyValue:StringEqualsIgnoreCase" = { "aws:TagKeys" = "Owner" }
          ArnNotLike = {
            "aws:PrincipalArn" = ["arn:aws:iam::111122223333:role/tags-*", "arn:aws:iam::111122223333:role/pipeline"]
          }
        }
      },
      {
        Sid      = "KeepAllOwner2"
        Effect   = "Deny"
        Action   = "ec2:DeleteTags"
        Resource = "*"
        Condition = {
          Null       = { "aws:ResourceTag/Owner" = "false", "aws:TagKeys" = "true" }
          ArnNotLike = { "aws:PrincipalArn" = ["arn:aws:iam::111122223333:role/tags-*", "arn:aws:iam::111122223333:role/pipeline"] }
        }
      },
    ]
    error_message = output.documents.all[0]
  }
}

run "the_stack_is_protected_from_everyone_else_and_still_receives_events" {
  command = plan

  module {
    source = "./modules/service-control-policy"
  }

  variables {
    stack_arns = {
      events = ["arn:aws:events:*:111122223333:event-bus/tags"]
      sqs    = ["arn:aws:sqs:*:*:tags-*"]
    }
    scopes = {
      all   = { target_id = "r-ab12", ancestors = [], tags = {} }
      below = { target_id = "ou-ab12-cdefgh34", ancestors = ["all"], tags = {} }
    }
  }

  assert {
    condition = {
      for statement in jsondecode(output.documents.all[0]).Statement : statement.Sid => [statement.Effect, statement.Condition]
      } == {
      ProtectTagGovernance1 = ["Deny", {
        ArnNotLike = {
          "aws:PrincipalArn" = ["arn:aws:iam::111122223333:role/tags-*", "arn:aws:iam::111122223333:role/pipeline"]
        }
      }]
    }
    error_message = output.documents.all[0]
  }

  assert {
    condition = length([
      for action in jsondecode(output.documents.all[0]).Statement[0].Action : action
      if contains(["events:Put*", "events:PutEvents", "events:*", "sqs:SendMessage", "sqs:*", "sqs:Send*"], action)
    ]) == 0
    error_message = "member accounts could no longer deliver events: ${output.documents.all[0]}"
  }

  assert {
    condition     = length(output.documents.below) == 0
    error_message = "said again below: ${jsonencode(output.documents.below)}"
  }
}

run "a_scope_below_denies_only_what_is_not_denied_above" {
  command = plan

  module {
    source = "./modules/service-control-policy"
  }

  variables {
    scopes = {
      all = {
        target_id = "r-ab12"
        ancestors = []
        tags      = { Owner = { deny_create_without = ["sqs:queue"], protected = true } }
      }
      same = {
        target_id = "ou-ab12-aaaaaaaa"
        ancestors = ["all"]
        tags      = { Owner = { deny_create_without = ["sqs:queue"], protected = true } }
      }
      stricter = {
        target_id = "222233334444"
        ancestors = ["all", "same"]
        tags = {
          Owner = { deny_create_without = ["ec2:subnet", "sqs:queue"], protected = true }
          Team  = { deny_create_without = ["sqs:queue"], protected = false }
        }
      }
    }
  }

  assert {
    condition     = length(output.documents.same) == 0
    error_message = jsonencode(output.documents.same)
  }

  assert {
    condition = [
      for statement in jsondecode(output.documents.stricter[0]).Statement : [statement.Action, keys(statement.Condition.Null)[0]]
    ] == [["ec2:CreateSubnet", "aws:RequestTag/Owner"], ["sqs:CreateQueue", "aws:RequestTag/Team"]]
    error_message = output.documents.stricter[0]
  }
}

run "denials_over_the_size_limit_are_split_and_none_is_lost" {
  command = plan

  module {
    source = "./modules/service-control-policy"
  }

  variables {
    quotas = {
      service_control_policy_size         = 700
      service_control_policies_per_target = 40
    }
    scopes = {
      all = {
        target_id = "r-ab12"
        ancestors = []
        tags = {
          for number in range(6) : "Key${number}" => {
            deny_create_without = ["ec2:instance", "ec2:subnet", "ec2:volume", "sqs:queue"]
            protected           = false
          }
        }
      }
    }
  }

  assert {
    condition     = length(output.documents.all) > 1 && max([for document in output.documents.all : length(document)]...) <= 700
    error_message = jsonencode([for document in output.documents.all : length(document)])
  }

  assert {
    condition = length(distinct(flatten([
      for document in output.documents.all : [
        for statement in jsondecode(document).Statement : [
          for resource in flatten([statement.Resource]) : "${keys(statement.Condition.Null)[0]} ${resource}"
        ]
      ]
    ]))) == 6 * 4
    error_message = "a denial is lost"
  }
}

run "more_policies_than_others_leave_room_for_are_refused" {
  command = plan

  module {
    source = "./modules/service-control-policy"
  }

  variables {
    quotas            = { service_control_policy_size = 10240, service_control_policies_per_target = 1 }
    attached_policies = { all = [{ name = "FullAWSAccess", description = "" }] }
    scopes = {
      all = { target_id = "r-ab12", ancestors = [], tags = { Owner = { deny_create_without = ["sqs:queue"], protected = false } } }
    }
  }

  expect_failures = [output.documents]
}

run "a_statement_that_no_policy_can_hold_is_refused" {
  command = plan

  module {
    source = "./modules/service-control-policy"
  }

  variables {
    quotas = {
      service_control_policy_size         = 200
      service_control_policies_per_target = 100
    }
    scopes = {
      all = { target_id = "r-ab12", ancestors = [], tags = { Owner = { deny_create_without = [], protected = true } } }
    }
  }

  expect_failures = [output.documents]
}

run "no_administrator_is_refused" {
  command = plan

  module {
    source = "./modules/service-control-policy"
  }

  variables {
    administrator_arns = []
    scopes = {
      all = { target_id = "r-ab12", ancestors = [], tags = { Owner = { deny_create_without = [], protected = true } } }
    }
  }

  expect_failures = [var.administrator_arns]
}

run "no_administrator_is_needed_where_nothing_is_protected" {
  command = plan

  module {
    source = "./modules/service-control-policy"
  }

  variables {
    administrator_arns = []
    scopes = {
      all = { target_id = "r-ab12", ancestors = [], tags = { Owner = { deny_create_without = ["sqs:queue"], protected = false } } }
    }
  }

  assert {
    condition     = length(output.documents.all) == 1
    error_message = jsonencode(output.documents)
  }
}

run "each_exemption_ends_by_itself" {
  command = plan

  module {
    source = "./modules/service-control-policy"
  }

  variables {
    exemptions = {
      pilot  = { accounts = ["111122223333"], expires = "2030-05-31" }
      backup = { principals = ["arn:aws:iam::*:role/backup"], expires = "2030-07-31" }
      queues = { resource_types = ["sqs:queue"], expires = "2030-06-30" }
    }
    scopes = {
      all = {
        target_id = "r-ab12"
        ancestors = []
        tags      = { Owner = { deny_create_without = ["ec2:subnet", "sqs:queue"], protected = false } }
      }
    }
  }

  assert {
    condition = toset([
      for statement in jsondecode(output.documents.all[0]).Statement :
      jsonencode([statement.Action, { for test, keys in statement.Condition : test => keys if test != "Null" }])
      ]) == toset([
      for statement in [
        ["ec2:CreateSubnet", {
          ArnNotLike      = { "aws:PrincipalArn" = "arn:aws:iam::*:role/backup" }
          StringNotEquals = { "aws:PrincipalAccount" = "111122223333" }
        }],
        ["ec2:CreateSubnet", {
          ArnNotLike      = { "aws:PrincipalArn" = "arn:aws:iam::*:role/backup" }
          DateGreaterThan = { "aws:CurrentTime" = "2030-05-31T23:59:59Z" }
        }],
        ["ec2:CreateSubnet", { DateGreaterThan = { "aws:CurrentTime" = "2030-07-31T23:59:59Z" } }],
        # No statement about queues before July: nobody has to tag them until then.
        ["sqs:CreateQueue", {
          ArnNotLike      = { "aws:PrincipalArn" = "arn:aws:iam::*:role/backup" }
          DateGreaterThan = { "aws:CurrentTime" = "2030-06-30T23:59:59Z" }
        }],
        ["sqs:CreateQueue", { DateGreaterThan = { "aws:CurrentTime" = "2030-07-31T23:59:59Z" } }],
      ] : jsonencode(statement)
    ])
    error_message = output.documents.all[0]
  }
}

run "principals_of_an_exemption_that_spares_whole_accounts_are_refused" {
  command = plan

  module {
    source = "./modules/service-control-policy"
  }

  variables {
    exemptions = {
      ci = { accounts = ["444455556666"], principals = ["arn:aws:iam::*:role/ci-*"], expires = "2030-05-31" }
    }
    scopes = {
      all = { target_id = "r-ab12", ancestors = [], tags = { Owner = { deny_create_without = ["sqs:queue"], protected = false } } }
    }
  }

  expect_failures = [output.documents]
}

run "policies_of_a_former_scope_are_moved" {
  command = plan

  module {
    source = "./modules/service-control-policy"
  }

  variables {
    quotas = { service_control_policy_size = 10240, service_control_policies_per_target = 2 }
    attached_policies = {
      all = [
        { name = "FullAWSAccess", description = "" },
        {
          name        = "tags-service-control-every-thing-01"
          description = "Required tags, protected tags and the tag governance stack, for scope every-thing."
        },
      ]
    }
    scopes = {
      all = { target_id = "r-ab12", ancestors = [], tags = { Owner = { deny_create_without = ["sqs:queue"], protected = false } } }
    }
  }

  assert {
    condition = jsonencode(output.moves) == jsonencode([
      for type in ["aws_organizations_policy", "aws_organizations_policy_attachment"] : {
        from  = "${type}.service_control[\"every-thing-01\"]"
        scope = "all"
        to    = "${type}.service_control[\"all-01\"]"
      }
    ])
    error_message = jsonencode(output.moves)
  }

  assert {
    condition     = aws_organizations_policy.service_control["all-01"].description == format(local.policy_description, "all")
    error_message = aws_organizations_policy.service_control["all-01"].description
  }
}

run "scopes_that_deny_the_same_have_the_same_documents_in_policies_of_their_own" {
  command = plan

  module {
    source = "./modules/service-control-policy"
  }

  variables {
    scopes = {
      labs = {
        target_id = "ou-ab12-labs0000"
        ancestors = []
        tags      = { Owner = { deny_create_without = ["sqs:queue"], protected = true } }
      }
      prod = {
        target_id = "ou-ab12-prod0000"
        ancestors = []
        tags      = { Owner = { deny_create_without = ["ec2:subnet", "sqs:queue"], protected = true } }
      }
      work = {
        target_id = "ou-ab12-work0000"
        ancestors = []
        tags      = { Owner = { deny_create_without = ["sqs:queue"], protected = true } }
      }
    }
  }

  assert {
    condition     = output.documents.work == output.documents.labs && output.documents.prod != output.documents.labs
    error_message = jsonencode(output.documents)
  }

  assert {
    condition = { for number, policy in aws_organizations_policy_attachment.service_control : number => policy.target_id } == {
      labs-01 = "ou-ab12-labs0000"
      prod-01 = "ou-ab12-prod0000"
      work-01 = "ou-ab12-work0000"
    }
    error_message = jsonencode(aws_organizations_policy_attachment.service_control)
  }

  assert {
    condition     = aws_organizations_policy.service_control["work-01"].name == "tags-service-control-work-01"
    error_message = aws_organizations_policy.service_control["work-01"].name
  }
}

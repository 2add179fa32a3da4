# The stack is governed like everything else: its own tags satisfy the schema, or the plan warns.

provider "aws" {
  region                      = "eu-central-1"
  access_key                  = "test"
  secret_key                  = "test"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true
}

provider "aws" {
  alias                       = "default_tags"
  region                      = "eu-central-1"
  access_key                  = "test"
  secret_key                  = "test"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true

  default_tags {
    tags = { Environment = "dev" }
  }
}

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

variables {
  mode           = "remediate"
  resource_types = ["iam:role", "sqs:queue"]
  tags = {
    Environment = { allowed_values = ["dev", "test-*"], pattern = "[a-z]+(-[0-9]+)?", default = "dev" }
    Owner       = { required = false, pattern = "[a-z]+" }
    Tier        = { required = false, allowed_values = ["gold"] }
    Zone        = { resource_types = ["iam:role"] } # the roles are exempt
  }
  dashboard = false
}

run "a_missing_tag" {
  command = plan

  expect_failures = [check.own_tags]
}

run "values_that_the_schema_does_not_allow" {
  command = plan

  variables {
    # The first is among the allowed values, and does not match the pattern.
    resource_tags = { Environment = "test-x", Owner = "Team 7", Tier = "lead" }
  }

  assert {
    condition = jsonencode(local.own_tag_problems) == jsonencode([
      for problem in [
        "resource_tags[\"Environment\"] is \"test-x\"", "resource_tags[\"Owner\"] is \"Team 7\"", "resource_tags[\"Tier\"] is \"lead\"",
        ] : join(" ", [
          "${problem}, which the tag schema does not allow (scope \"default\"). Set it there or in the provider's default_tags,",
          "or exempt \"arn:*:*:*:*:*tag-governance*\" (exemptions, arns).",
      ])
    ])
    error_message = jsonencode(local.own_tag_problems)
  }

  expect_failures = [check.own_tags]
}

run "tags_that_satisfy_the_schema" {
  command = plan

  variables {
    resource_tags = { Environment = "test-7", Owner = "platform" }
  }

  assert {
    condition = [for exemption in jsondecode(output.policy_document).exemptions : exemption if exemption.name == "own roles"] == [{
      name           = "own roles"
      accounts       = []
      arns           = ["arn:aws:iam::*:role/tag-governance-*"]
      resource_types = ["iam:role"]
      tags           = {}
      reason         = "the roles of tag-governance may not change their own tags"
      owner          = "tag-governance"
      expires        = "9999-12-31"
    }]
    error_message = "The function would try to tag its own role."
  }
}

run "tags_of_the_provider_count" {
  command = plan

  providers = {
    aws = aws.default_tags
  }

  assert {
    condition     = length(local.own_tag_problems) == 0
    error_message = "The provider tags the stack as well."
  }
}

run "an_exemption_names_the_stack" {
  command = plan

  variables {
    exemptions = {
      stack = { arns = ["arn:*:*:*:*:*tag-governance*"], reason = "tagged later", owner = "platform", expires = "2999-12-31" }
    }
  }

  assert {
    condition     = length(local.own_tag_problems) == 0
    error_message = "An exempt stack needs no tags."
  }
}

run "nothing_is_corrected" {
  command = plan

  variables {
    mode = "notify"
  }

  assert {
    condition     = length(local.own_tag_problems) == 0
    error_message = "Where nothing is corrected, nothing is taken away again."
  }
}

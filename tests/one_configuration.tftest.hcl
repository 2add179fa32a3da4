# Function and policies in one configuration: what the first plan has to know.

provider "aws" {
  region                      = "eu-central-1"
  access_key                  = "test"
  secret_key                  = "test"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true
}

override_data {
  target = module.function.data.aws_caller_identity.current
  values = { account_id = "111122223333" }
}

override_data {
  target = module.function.data.aws_organizations_organization.current
  values = { master_account_id = "999988887777" }
}

override_data {
  target = module.policies.data.aws_caller_identity.current
  values = { account_id = "111122223333" }
}

override_data {
  target = module.policies.data.aws_organizations_organization.current
  values = { master_account_id = "999988887777" }
}

override_data {
  target = module.policies.data.aws_organizations_policies_for_target.attached
  values = { ids = [] }
}

override_data {
  target = module.function.module.remediation[0].data.aws_caller_identity.current
  values = { account_id = "111122223333" }
}

override_data {
  target = module.function.module.remediation[0].module.tagging_permissions.data.aws_caller_identity.current
  values = { account_id = "111122223333" }
}

override_data {
  target = module.function.module.event_forwarding[0].data.aws_caller_identity.current
  values = { account_id = "111122223333" }
}

override_data {
  target = module.member_account.module.tagging_permissions.data.aws_caller_identity.current
  values = { account_id = "111122223333" }
}

override_data {
  target = module.member_account.module.event_forwarding[0].data.aws_caller_identity.current
  values = { account_id = "111122223333" }
}

run "the_policies_of_a_function_that_is_still_to_be_made" {
  command = plan

  module {
    source = "./tests/terraform/one_configuration"
  }

  variables {
    organization_id = "o-abcdefghij"
  }

  assert {
    condition = output.function_role_arns == [
      "arn:aws:iam::111122223333:role/tag-governance-remediation", "arn:aws:iam::111122223333:role/tag-governance-settlement",
    ]
    error_message = jsonencode(output.function_role_arns)
  }

  assert {
    condition = length(setsubtract(
      [
        "arn:aws:iam::111122223333:role/tag-governance-*", "arn:aws:iam::*:role/tag-governance-member", "arn:aws:iam::*:role/pipeline",
      ],
      flatten([
        for statement in jsondecode(output.service_control_policy_documents["all"][0]).Statement :
        statement.Condition.ArnNotLike["aws:PrincipalArn"] if startswith(statement.Sid, "ProtectTagGovernance")
      ]),
    )) == 0
    error_message = jsonencode(output.service_control_policy_documents)
  }
}

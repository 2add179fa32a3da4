# The root module with an organization of this shape; every scope is in capitals that has overrides of its own:
#
#   r-root        ROOT
#   +- ou-work    WORK
#   |  +- ou-prod PROD
#   |  |  +- 222222222222  ONE
#   |  |  +- 333333333333
#   |  +- ou-labs
#   |     +- 444444444444
#   +- 555555555555
#   the governance account, 111111111111, is the management account and in no OU

provider "aws" {
  region                      = "us-east-1"
  access_key                  = "test"
  secret_key                  = "test"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true
}

override_data {
  target = data.aws_caller_identity.current
  values = { account_id = "111111111111", arn = "arn:aws:sts::111111111111:assumed-role/pipeline/session" }
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
  values = { master_account_id = "111111111111" }
}

override_data {
  target = data.aws_organizations_organizational_unit_descendant_organizational_units.scope["root"]
  values = { children = [{ id = "ou-root-work0000" }, { id = "ou-root-prod0000" }, { id = "ou-root-labs0000" }] }
}

override_data {
  target = data.aws_organizations_organizational_unit_descendant_organizational_units.scope["work"]
  values = { children = [{ id = "ou-root-prod0000" }, { id = "ou-root-labs0000" }] }
}

override_data {
  target = data.aws_organizations_organizational_unit_descendant_organizational_units.scope["prod"]
  values = { children = [] }
}

override_data {
  target = data.aws_organizations_organizational_unit_descendant_accounts.scope["root"]
  values = { accounts = [{ id = "222222222222" }, { id = "333333333333" }, { id = "444444444444" }, { id = "555555555555" }] }
}

override_data {
  target = data.aws_organizations_organizational_unit_descendant_accounts.scope["work"]
  values = { accounts = [{ id = "222222222222" }, { id = "333333333333" }, { id = "444444444444" }] }
}

override_data {
  target = data.aws_organizations_organizational_unit_descendant_accounts.scope["prod"]
  values = { accounts = [{ id = "222222222222" }, { id = "333333333333" }] }
}

# What is deployed is tested elsewhere.
override_module {
  target = module.remediation
}

override_module {
  target = module.event_routing
}

override_module {
  target = module.event_forwarding
}

override_module {
  target = module.dashboard
}

variables {
  organization    = { id = "o-abcdefghij", administrator_role_arns = ["arn:aws:iam::*:role/Administrator"] }
  member_accounts = { role_name = "governed" }
  mode            = "notify"

  tags = {
    Environment = { allowed_values = ["dev", "prod"], default = "dev", deny_create_without = ["sqs:queue"] }
    Owner       = { protected = true }
  }

  # Out of order, so that only the organization can tell how they nest.
  scopes = {
    one = {
      target_id = "222222222222"
      tags      = { Environment = { deny_create_without = ["sns:topic", "sqs:queue"] } }
    }
    prod = {
      target_id = "ou-root-prod0000"
      mode      = "remediate"
      tags      = { Environment = { allowed_values = ["prod"], default = "prod" } }
    }
    root = {
      target_id = "r-root"
      tags      = { Environment = { key_aliases = ["env"] }, Team = { default = "none" } }
    }
    work = {
      target_id = "ou-root-work0000"
      mode      = "observe"
      tags      = { Team = { default = "work" }, Environment = { allowed_values = ["dev", "prod", "stage"] } }
    }
  }
}

run "organization" {
  command = plan

  assert {
    condition = jsonencode({ for name, scope in module.tag_schema.scopes : name => scope.ancestors }) == jsonencode({
      default = []
      one     = ["root", "work", "prod"]
      prod    = ["root", "work"]
      root    = []
      work    = ["root"]
    })
    error_message = jsonencode({ for name, scope in module.tag_schema.scopes : name => scope.ancestors })
  }

  # Account > nearest OU > parent OU > root > tags, field by field.
  assert {
    condition = { for name, scope in jsondecode(output.policy_document).scopes : name => scope.mode } == {
      default = "notify", one = "remediate", prod = "remediate", root = "notify", work = "observe"
    }
    error_message = jsonencode({ for name, scope in jsondecode(output.policy_document).scopes : name => scope.mode })
  }

  assert {
    condition = jsonencode({
      for name, scope in jsondecode(output.policy_document).scopes : name => {
        for rule in scope.tags : rule.key => [rule.allowed_values, rule.default, rule.key_aliases]
      }
      }) == jsonencode({
      default = { Environment = [["dev", "prod"], "dev", []], Owner = [[], null, []] }
      one     = { Environment = [["prod"], "prod", ["env"]], Owner = [[], null, []], Team = [[], "work", []] }
      prod    = { Environment = [["prod"], "prod", ["env"]], Owner = [[], null, []], Team = [[], "work", []] }
      root    = { Environment = [["dev", "prod"], "dev", ["env"]], Owner = [[], null, []], Team = [[], "none", []] }
      work    = { Environment = [["dev", "prod", "stage"], "dev", ["env"]], Owner = [[], null, []], Team = [[], "work", []] }
    })
    error_message = jsonencode(jsondecode(output.policy_document).scopes)
  }

  # Where a scope takes what it does not set itself. Accounts are looked up by the function.
  assert {
    condition = jsonencode({
      for name, scope in jsondecode(output.policy_document).scopes : name => scope.parent
    }) == jsonencode({ default = null, one = "prod", prod = "work", root = "default", work = "root" })
    error_message = jsonencode(jsondecode(output.policy_document).scopes)
  }

  # Policies are inherited, so each scope has only its own part of them.
  assert {
    condition = jsonencode({
      for name, documents in output.tag_policy_documents : name => flatten([
        for document in documents : [for key, tag in jsondecode(document).tags : "${key} ${jsonencode(try(tag.tag_value, null))}"]
      ])
      }) == jsonencode({
      one  = []
      prod = ["Environment {\"@@assign\":[\"prod\"]}"]
      root = ["Environment {\"@@assign\":[\"dev\",\"prod\"]}", "Owner null", "Team null"]
      work = ["Environment {\"@@assign\":[\"dev\",\"prod\",\"stage\"]}"]
    })
    error_message = jsonencode(output.tag_policy_documents)
  }

  assert {
    condition = jsonencode({
      for name, documents in output.service_control_policy_documents : name => flatten([
        for document in documents : [for statement in jsondecode(document).Statement : "${statement.Sid} ${jsonencode(statement.Resource)}"]
      ]) if name != "root"
      }) == jsonencode({
      one  = ["RequireEnvironment1 \"*\""]
      prod = []
      work = []
    })
    error_message = jsonencode(output.service_control_policy_documents)
  }

  assert {
    condition = toset([
      for statement in flatten([for document in output.service_control_policy_documents.root : jsondecode(document).Statement]) :
      regex("^[A-Za-z]+", statement.Sid)
    ]) == toset(["ProtectOwner", "KeepAllOwner", "RequireEnvironment", "ProtectTagGovernance"])
    error_message = jsonencode(output.service_control_policy_documents.root)
  }

  # No one but these: in the management account, policies do not bind the pipeline.
  assert {
    condition = alltrue([
      for statement in flatten([for document in output.service_control_policy_documents.root : jsondecode(document).Statement]) :
      toset(statement.Condition.ArnNotLike["aws:PrincipalArn"]) == toset([
        "arn:aws:iam::111111111111:role/tag-governance-*",
        "arn:aws:iam::*:role/governed",
        "arn:aws:iam::*:role/Administrator",
      ]) if !startswith(statement.Sid, "Require")
    ])
    error_message = jsonencode(output.service_control_policy_documents.root)
  }

  assert {
    condition = contains(
      flatten([
        for document in output.service_control_policy_documents.root : [
          for statement in jsondecode(document).Statement : statement.Resource if startswith(statement.Sid, "ProtectTagGovernance")
        ]
      ]),
      "arn:aws:iam::*:role/governed",
    )
    error_message = "the role in member accounts is not protected"
  }
}

run "policies_of_the_organization_can_be_turned_off" {
  command = plan

  variables {
    organization = { id = "o-abcdefghij", tag_policies = false, service_control_policies = false }
  }

  assert {
    condition     = length(output.tag_policy_documents) + length(output.service_control_policy_documents) == 0
    error_message = "there are policies still"
  }
}

run "single_accounts_need_no_organization" {
  command = plan

  variables {
    organization    = null
    member_accounts = null
    tags            = { Environment = { allowed_values = ["dev", "prod"], default = "dev" }, Owner = {} }
    scopes          = { one = { target_id = "111111111111", mode = "observe" } }
  }

  # Then the function knows the scopes of accounts from the policy.
  assert {
    condition = (
      jsondecode(output.policy_document).organization_id == null
      && jsondecode(output.policy_document).scopes.one.target == "111111111111"
    )
    error_message = output.policy_document
  }

  assert {
    condition     = length(output.tag_policy_documents) + length(output.service_control_policy_documents) == 0
    error_message = "there are policies of an organization"
  }
}

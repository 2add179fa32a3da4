# CloudFormation's check of required tags, in one account and region: the stack, its parameters and its template.

provider "aws" {
  region                      = "eu-central-1"
  access_key                  = "test"
  secret_key                  = "test"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true
}

run "a_default_warns_about_stacks_and_stops_none" {
  command = plan

  module {
    source = "./modules/tag-policy-hook"
  }

  assert {
    condition = jsondecode(aws_cloudformation_stack.this.parameters.HookConfiguration) == {
      CloudFormationConfiguration = {
        HookConfiguration = {
          HookInvocationStatus = "ENABLED"
          TargetOperations     = ["STACK"]
          FailureMode          = "WARN"
          TargetFilters        = { Actions = ["CREATE", "UPDATE"] }
          Properties           = {}
        }
      }
    }
    error_message = "All stacks are looked at when they are created or updated, and pass."
  }

  assert {
    condition = (
      aws_cloudformation_stack.this.parameters.ExecutionRoleRegion == "eu-central-1"
      && aws_cloudformation_stack.this.parameters.ExecutionRoleName == "tag-policy-hook"
      && aws_cloudformation_stack.this.parameters.PermissionsBoundaryArn == ""
      && aws_cloudformation_stack.this.parameters.PublisherId == "aws-hooks"
      && aws_cloudformation_stack.this.capabilities == toset(["CAPABILITY_NAMED_IAM"])
    )
    error_message = "The stack makes the role in its own region."
  }
}

run "the_role_reads_required_tags_for_the_hooks_of_its_own_account" {
  command = plan

  module {
    source = "./modules/tag-policy-hook"
  }

  assert {
    condition = yamldecode(aws_cloudformation_stack.this.template_body).Resources.ExecutionRole.Properties.AssumeRolePolicyDocument == {
      Version = "2012-10-17"
      Statement = [{
        Sid       = "HookOfThisAccount"
        Effect    = "Allow"
        Action    = "sts:AssumeRole"
        Principal = { Service = ["hooks.cloudformation.amazonaws.com", "resources.cloudformation.amazonaws.com"] }
        Condition = { StringEquals = { "aws:SourceAccount" = { Ref = "AWS::AccountId" } } }
      }]
    }
    error_message = "CloudFormation takes on the role for hooks of this account alone."
  }

  assert {
    condition = yamldecode(aws_cloudformation_stack.this.template_body).Resources.ExecutionRole.Properties.Policies == [{
      PolicyName = "required-tags"
      PolicyDocument = {
        Version   = "2012-10-17"
        Statement = [{ Sid = "ReadRequiredTags", Effect = "Allow", Action = "tag:ListRequiredTags", Resource = "*" }]
      }
    }]
    error_message = "The role lists required tags and does nothing else."
  }

  assert {
    condition     = !can(yamldecode(aws_cloudformation_stack.this.template_body).Resources.ExecutionRole.Properties.ManagedPolicyArns)
    error_message = "No managed policy adds to it."
  }
}

run "the_template_activates_and_configures_the_hook_of_tag_policies" {
  command = plan

  module {
    source = "./modules/tag-policy-hook"
  }

  assert {
    condition = yamldecode(output.template).Resources.HookActivation == {
      Type = "AWS::CloudFormation::TypeActivation"
      Properties = {
        Type        = "HOOK"
        TypeName    = "AWS::TagPolicies::TaggingComplianceValidator"
        PublisherId = { Ref = "PublisherId" }
        AutoUpdate  = true
        ExecutionRoleArn = {
          "Fn::If" = [
            "MakesRole",
            { "Fn::GetAtt" = ["ExecutionRole", "Arn"] },
            { "Fn::Sub" = "arn:$${AWS::Partition}:iam::$${AWS::AccountId}:role/$${ExecutionRoleName}" },
          ]
        }
      }
    }
    error_message = "The hook works by the role of this stack, or by the one that another region made."
  }

  assert {
    condition = yamldecode(output.template).Resources.HookConfigurationOfThisRegion == {
      Type       = "AWS::CloudFormation::HookTypeConfig"
      Properties = { TypeArn = { "Fn::GetAtt" = ["HookActivation", "Arn"] }, Configuration = { Ref = "HookConfiguration" } }
    }
    error_message = "The hook is configured once it is activated."
  }

  assert {
    condition = (
      yamldecode(output.template).Resources.ExecutionRole.Condition == "MakesRole"
      && yamldecode(output.template).Conditions.MakesRole
      == { "Fn::Equals" = [{ Ref = "ExecutionRoleRegion" }, { Ref = "AWS::Region" }] }
    )
    error_message = "One region makes the role."
  }

  assert {
    condition     = toset(keys(yamldecode(output.template).Parameters)) == toset(keys(output.parameters))
    error_message = "Every parameter is given, also those with a default: a StackSet shows a change in each plan otherwise."
  }

  assert {
    condition = (
      output.template == aws_cloudformation_stack.this.template_body
      && length(regexall("[0-9]{12}", output.template)) == 0
    )
    error_message = "A StackSet can deliver what the stack has: no account is written in it."
  }
}

run "what_is_chosen_is_configured" {
  command = plan

  module {
    source = "./modules/tag-policy-hook"
  }

  variables {
    name                     = "tg-hook"
    enabled                  = false
    failure_mode             = "FAIL"
    target_operations        = ["STACK", "CHANGE_SET"]
    stacks                   = { include = ["shop", "search"], exclude = ["network"] }
    execution_role_name      = "tg-hook"
    execution_role_region    = "us-east-1"
    permissions_boundary_arn = "arn:aws:iam::111122223333:policy/boundary"
    publisher_id             = "AWS"
    resource_tags            = { Owner = "platform-team" }
  }

  assert {
    condition = jsondecode(aws_cloudformation_stack.this.parameters.HookConfiguration).CloudFormationConfiguration.HookConfiguration == {
      HookInvocationStatus = "DISABLED"
      TargetOperations     = ["STACK", "CHANGE_SET"]
      FailureMode          = "FAIL"
      TargetFilters        = { Actions = ["CREATE", "UPDATE"] }
      Properties           = {}
      StackFilters = {
        FilteringCriteria = "ALL"
        StackNames        = { Include = ["shop", "search"], Exclude = ["network"] }
      }
    }
    error_message = "Each choice is in the configuration."
  }

  assert {
    condition = {
      for name, value in aws_cloudformation_stack.this.parameters : name => value if name != "HookConfiguration"
      } == {
      PublisherId            = "AWS"
      ExecutionRoleName      = "tg-hook"
      ExecutionRoleRegion    = "us-east-1"
      PermissionsBoundaryArn = "arn:aws:iam::111122223333:policy/boundary"
    }
    error_message = "The role is that of another region, and has its boundary."
  }

  assert {
    condition = (
      aws_cloudformation_stack.this.name == "tg-hook"
      && aws_cloudformation_stack.this.tags == tomap({ Owner = "platform-team" })
    )
    error_message = "The stack has its name and tags."
  }
}

run "an_empty_list_of_stacks_filters_nothing" {
  command = plan

  module {
    source = "./modules/tag-policy-hook"
  }

  variables {
    stacks = { exclude = ["network"] }
  }

  assert {
    condition = (
      jsondecode(output.parameters.HookConfiguration).CloudFormationConfiguration.HookConfiguration.StackFilters.StackNames
      == { Exclude = ["network"] }
    )
    error_message = "CloudFormation takes no empty list."
  }
}

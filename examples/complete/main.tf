# An organization. The schema stands once in `tags`; the scopes say how far it goes where, and what differs there.
module "tag_governance" {
  source = "../.."

  name           = "tag-governance"
  resource_types = ["*"]

  # What each tag is for: a policy (Organizations refuses or reports), a notice (somebody is told), a cost rule
  # (allocation_rules.yaml beside this file reads it). Leave out what has no purpose for you.
  tags = {
    # The four that most begin with.
    Environment = {
      description    = "Where it runs. Policy: no other value on the main types. Cost rule: reports are split by it."
      allowed_values = ["dev", "staging", "prod"]
      default        = "dev"
      key_aliases    = ["env", "stage"]
      value_aliases  = { development = "dev", test = "staging", production = "prod" }
      enforced_for   = ["dynamodb:table", "ec2:instance", "ec2:volume", "s3:bucket"]
    }
    Application = {
      description         = "What it is part of. Policy: reported as required. Cost rule: applications have a team each."
      pattern             = "[a-z][a-z0-9-]{1,30}"
      derive_from         = ["related_tag", "account_tag"]
      default             = "unassigned" # no cost rule knows it, so reports show the amount under unknown
      key_aliases         = ["app"]
      report_required_for = ["dynamodb:table", "ec2:instance"]
    }
    Owner = {
      description = "E-mail address or role of who answers for it. Notice: whom messages about it are for."
      derive_from = ["request_tag:Team", "actor"]
      key_aliases = ["CreatedBy"]
    }
    CostCenter = {
      description         = "Who pays. Policy: required in production, and protected. Cost rule: decides where the application does not."
      pattern             = "CC-[0-9]{4}"
      derive_from         = ["related_tag", "account_tag"] # of the account, unless the resource says otherwise
      default             = "CC-0000"
      key_aliases         = ["cost-center"]
      replace_key_aliases = true
      report_required_for = ["dynamodb:table", "ec2:instance"]
      protected           = true
    }

    # Options.
    BudgetCode = {
      description = "The budget it was approved under. Notice: a code of another form is told to the owner."
      required    = false
      pattern     = "BUD-[0-9]{4}-[0-9]{3}"
    }
    CustomerID = {
      description = "The customer it serves alone. Cost rule: costs by customer."
      required    = false
      pattern     = "C[0-9]{5}"
    }
    ComplianceStatus = {
      description    = "How far what stores data was reviewed. Notice: whatever is new begins unreviewed, and that is told."
      resource_types = ["dynamodb:table", "s3:bucket"]
      allowed_values = ["unreviewed", "approved", "exception"]
      default        = "unreviewed"
    }
  }

  scopes = {
    organization = {
      target_id = var.root_id
      mode      = "remediate"
    }
    # Nothing is written in production: people are told, and a creation without cost centre is refused.
    production = {
      target_id = var.production_unit_id
      mode      = "notify"
      tags = {
        Environment = { allowed_values = ["prod"], default = "prod" }
        CostCenter  = { deny_create_without = ["dynamodb:table", "ec2:instance", "ec2:snapshot", "ec2:volume"] }
      }
    }
    sandbox = {
      target_id = var.sandbox_unit_id
      tags = {
        Environment = { allowed_values = ["dev"], value_aliases = { development = "dev", test = "dev", staging = "dev" } }
        ExpiresOn   = { description = "When it may be deleted.", pattern = "\\d{4}-\\d{2}-\\d{2}", required = false }
      }
    }
    # One account of the sandbox has a cost centre of its own.
    experiments = {
      target_id = var.member_account_id
      tags = {
        CostCenter = { default = "CC-9000", derive_from = [] }
      }
    }
  }

  exemptions = {
    legacy-buckets = {
      arns           = ["arn:aws:s3:::legacy-*"]
      resource_types = ["s3:bucket"]
      reason         = "Read by a partner who breaks on new tags; migration is planned."
      owner          = "storage-team@example.com"
      expires        = "2099-12-31"
    }
    # Backup creates snapshots without tags and copies them afterwards: policies let it, and the function still looks.
    backup = {
      principals     = ["arn:aws:iam::*:role/service-role/AWSBackupDefaultServiceRole"]
      resource_types = ["ec2:snapshot"]
      reason         = "AWS Backup tags its snapshots after it has made them."
      owner          = "platform-team@example.com"
      expires        = "2099-12-31"
    }
  }

  organization = {
    id = var.organization_id
    # Whoever may change protected tags and tag governance itself, and whoever may only deploy it.
    administrator_role_arns = ["arn:aws:iam::*:role/OrganizationAdministrator"]
    deployment_role_arns    = ["arn:aws:iam::*:role/${var.member_provider_role_name}"]
  }

  member_accounts = {
    role_name   = "tag-governance-member"
    external_id = var.organization_id
  }

  detection = {
    settle_seconds = var.settle_seconds
  }

  notifications = {
    owner_tag      = "Owner"
    digest_minutes = var.digest_minutes
    subscriptions = var.platform_team_email == null ? {} : {
      platform-team = { protocol = "email", endpoint = var.platform_team_email }
    }
  }

  compliance_target_percent = 95

  resource_tags = {
    Environment = "prod"
    Application = "tag-governance"
    Owner       = "platform-team"
    CostCenter  = "CC-0000"
  }

  # So that `terraform destroy` works at once. Leave it out where the history of changes matters.
  ledger_deletion_protection = false
}

# The role and the forwarding rules in a member account. Every governed account needs them.
module "member_account" {
  source = "../../modules/member-account"

  providers = {
    aws = aws.member
  }

  role_name         = "tag-governance-member"
  untag             = true # CostCenter.replace_key_aliases
  function_role_arn = module.tag_governance.function_role_arn
  event_bus_arn     = module.tag_governance.event_bus_arn
  event_patterns    = module.tag_governance.event_patterns
  tag_keys          = module.tag_governance.tag_keys
  organization_id   = var.organization_id
  external_id       = var.organization_id
  alarm_actions     = [module.tag_governance.alarms_topic_arn]
}

# Roles are global and rules are regional: a further region of an account needs the forwarding rules alone. Alarms can
# only tell topics of their own region.
module "forwarding_from_further_region" {
  source = "../../modules/event-forwarding"

  providers = {
    aws = aws.further
  }

  event_bus_arn  = module.tag_governance.event_bus_arn
  event_patterns = module.tag_governance.event_patterns
}

module "member_forwarding_from_further_region" {
  source = "../../modules/event-forwarding"

  providers = {
    aws = aws.member_further
  }

  event_bus_arn  = module.tag_governance.event_bus_arn
  event_patterns = module.tag_governance.event_patterns
}

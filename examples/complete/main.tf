# An organization. The schema stands once in `tags`; the scopes say how far it goes where, and what differs there.
module "tag_governance" {
  source = "../.."

  name           = "tag-governance"
  resource_types = ["*"]

  tags = {
    Environment = {
      description    = "What the resource is for."
      allowed_values = ["dev", "staging", "prod"]
      default        = "dev"
      key_aliases    = ["env", "stage"]
      value_aliases  = { development = "dev", test = "staging", production = "prod" }
      enforced_for   = ["dynamodb:table", "ec2:instance", "ec2:volume", "s3:bucket"]
    }
    Owner = {
      description = "E-mail address or role of who answers for the resource."
      derive_from = ["request_tag:Team", "actor"]
      key_aliases = ["CreatedBy"]
    }
    CostCenter = {
      description         = "Where the cost goes: a tag of the account, unless the resource says otherwise."
      pattern             = "CC-[0-9]{4}"
      derive_from         = ["related_tag", "account_tag"]
      default             = "CC-0000"
      key_aliases         = ["cost-center"]
      replace_key_aliases = true
      report_required_for = ["dynamodb:table", "ec2:instance"]
      protected           = true
    }
    DataClass = {
      description    = "Only for what stores data."
      resource_types = ["dynamodb:table", "s3:bucket"]
      allowed_values = ["public", "internal", "confidential"]
      default        = "internal"
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
        Environment = { allowed_values = ["prod"], default = "prod", value_aliases = { production = "prod" } }
        CostCenter  = { deny_create_without = ["dynamodb:table", "ec2:instance", "ec2:volume"] }
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
    role_name = "tag-governance-member"
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
    Owner       = "platform-team"
    Environment = "prod"
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

# One account, four tags, a few resource types.
module "tag_governance" {
  source = "../.."

  mode           = var.mode
  resource_types = ["dynamodb:table", "ec2:instance", "ec2:volume", "lambda:function", "s3:bucket", "sns:topic", "sqs:queue"]

  tags = {
    Environment = {
      description    = "Where it runs. Cost rule: reports are split by it."
      allowed_values = ["dev", "staging", "prod"]
      default        = "dev"
      key_aliases    = ["env", "stage"]
      value_aliases  = { development = "dev", production = "prod" }
    }
    Application = {
      description = "What it is part of. Cost rule: applications have a team each. Nobody can guess it: the owner is told."
      pattern     = "[a-z][a-z0-9-]{1,30}"
    }
    Owner = {
      description = "Who answers for it. Notice: whom messages about it are for."
      derive_from = ["actor"]
    }
    CostCenter = {
      description = "Who pays. Cost rule: decides where the application does not. Checked where it is given, never demanded."
      required    = false
      pattern     = "CC-[0-9]{4}"
    }
  }

  notifications = {
    owner_tag     = "Owner"
    subscriptions = var.email == null ? {} : { me = { protocol = "email", endpoint = var.email } }
  }

  # The stack is governed, too.
  resource_tags = {
    Environment = "prod"
    Application = "tag-governance"
    Owner       = "platform-team"
  }

  # So that `terraform destroy` works at once. Leave it out where the history of changes matters.
  ledger_deletion_protection = false
}

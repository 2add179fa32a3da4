# One account, three tags, a few resource types.
module "tag_governance" {
  source = "../.."

  mode           = var.mode
  resource_types = ["dynamodb:table", "ec2:instance", "ec2:volume", "lambda:function", "s3:bucket", "sns:topic", "sqs:queue"]

  tags = {
    Environment = {
      description    = "What the resource is for."
      allowed_values = ["dev", "staging", "prod"]
      default        = "dev"
      key_aliases    = ["env", "stage"]
      value_aliases  = { development = "dev", production = "prod" }
    }
    Owner = {
      description = "Who answers for the resource."
      derive_from = ["actor"]
    }
    Project = {
      description = "Checked where it is given, never demanded."
      required    = false
      pattern     = "[a-z][a-z0-9-]{2,30}"
    }
  }

  notifications = {
    owner_tag     = "Owner"
    subscriptions = var.email == null ? {} : { me = { protocol = "email", endpoint = var.email } }
  }

  # The stack is governed, too.
  resource_tags = {
    Environment = "prod"
    Owner       = "platform-team"
  }

  # So that `terraform destroy` works at once. Leave it out where the history of changes matters.
  ledger_deletion_protection = false
}

# The tag schema, once for both parts: what the function corrects is what the policies demand. No resources.
locals {
  # Policies and function go by the same types.
  resource_types = ["dynamodb:table", "ec2:instance", "ec2:volume", "lambda:function", "s3:bucket", "sqs:queue"]

  tags = {
    Environment = {
      description    = "What the resource is for."
      allowed_values = ["dev", "staging", "prod"]
      default        = "dev"
      enforced_for   = ["dynamodb:table", "ec2:instance"]
    }
    Application = {
      description = "What the resource belongs to. A person has to say it."
    }
    Owner = {
      description = "Who answers for the resource."
      derive_from = ["actor"]
    }
    CostCenter = {
      description = "Where the cost goes: a tag of the account, unless the resource says otherwise."
      pattern     = "CC-[0-9]{4}"
      derive_from = ["account_tag"]
      default     = "CC-0000"
      protected   = true
    }
  }

  scopes = {
    organization = {
      target_id = var.root_id
      mode      = "remediate"
    }
    production = {
      target_id = var.production_unit_id
      mode      = "notify"
      tags = {
        Environment = { allowed_values = ["prod"], default = "prod" }
        CostCenter  = { deny_create_without = ["dynamodb:table", "ec2:instance", "ec2:volume"] }
      }
    }
  }
}

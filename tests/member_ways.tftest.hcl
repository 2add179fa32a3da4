# What tests/terraform/test_member_stackset.py compares: a member account by the Terraform module, and by the templates.

provider "aws" {
  region                      = "eu-central-1"
  access_key                  = "test"
  secret_key                  = "test"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true
}

override_data {
  target = module.account.module.tagging_permissions.data.aws_caller_identity.current
  values = { account_id = "444455556666" }
}

override_data {
  target = module.account.module.event_forwarding[0].data.aws_caller_identity.current
  values = { account_id = "444455556666" }
}

override_resource {
  target          = module.account.module.event_forwarding[0].aws_iam_role.forwarding
  override_during = plan
  values          = { arn = "arn:aws:iam::444455556666:role/tags-forwarding-eu-central-1" }
}

override_resource {
  target          = module.account.module.event_forwarding[0].aws_sqs_queue.undelivered
  override_during = plan
  values = {
    arn = "arn:aws:sqs:eu-central-1:444455556666:tags-undelivered"
    url = "https://sqs.eu-central-1.amazonaws.com/444455556666/tags-undelivered"
  }
}

run "few_types" {
  command = plan

  module {
    source = "./tests/terraform/member_ways"
  }

  variables {
    resource_types            = ["apigateway:*", "ec2:instance", "iam:role", "route53:hostedzone", "sqs:queue"]
    external_id               = "governance:prod"
    permissions_boundary_name = "pipeline/boundary"
  }

  assert {
    condition     = toset(keys(module.stackset.templates)) == toset(["forwarding", "role"])
    error_message = "Two templates are compared: ${jsonencode(keys(module.stackset.templates))}"
  }
}

run "every_type" {
  command = plan

  module {
    source = "./tests/terraform/member_ways"
  }

  variables {
    resource_types  = ["*"]
    untag           = true
    template_bucket = "tags-policy-111122223333-eu-central-1"
  }

  assert {
    condition     = toset(keys(module.stackset.templates)) == toset(["forwarding", "role"])
    error_message = "Two templates are compared: ${jsonencode(keys(module.stackset.templates))}"
  }
}

terraform {
  required_version = ">= 1.9"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100"
    }
  }
}

# The governance account: the management account of the organization, or its delegated administrator for policies.
provider "aws" {
  region = var.region
}

provider "aws" {
  alias  = "further"
  region = var.further_region
}

# One member account. An organization gives every account that it creates the role OrganizationAccountAccessRole.
provider "aws" {
  alias  = "member"
  region = var.region

  assume_role {
    role_arn = "arn:aws:iam::${var.member_account_id}:role/${var.member_provider_role_name}"
  }
}

provider "aws" {
  alias  = "member_further"
  region = var.further_region

  assume_role {
    role_arn = "arn:aws:iam::${var.member_account_id}:role/${var.member_provider_role_name}"
  }
}

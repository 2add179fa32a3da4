terraform {
  required_version = ">= 1.9"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100"
    }
  }
}

# The account that manages policies: a delegated administrator, or the management account.
provider "aws" {
  region = var.region
}

# Without `create` nothing is asked of AWS.
data "aws_partition" "current" {
  count = var.create ? 1 : 0
}

data "aws_caller_identity" "current" {
  count = var.create ? 1 : 0
}

data "aws_region" "current" {
  count = var.create ? 1 : 0
}

locals {
  partition  = one(data.aws_partition.current[*].partition)
  account_id = one(data.aws_caller_identity.current[*].account_id)
  region     = one(data.aws_region.current[*].id)
}

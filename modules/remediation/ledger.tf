# What is known of every resource that the function has something to say about, what accounts deny, and every change
# made, from which a change can be undone. The settlement finds what is due (to tell, to settle, to look at again) by
# the index, in which an item stands only as long as it has `shard` and `due`.
resource "aws_dynamodb_table" "ledger" {
  name                        = "${var.name}-ledger"
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = "resource"
  range_key                   = "entry"
  deletion_protection_enabled = var.ledger_deletion_protection
  tags                        = var.resource_tags

  attribute {
    name = "resource"
    type = "S"
  }

  attribute {
    name = "entry"
    type = "S"
  }

  attribute {
    name = "shard"
    type = "S"
  }

  attribute {
    name = "due"
    type = "N"
  }

  global_secondary_index {
    name            = "due"
    hash_key        = "shard"
    range_key       = "due"
    projection_type = "KEYS_ONLY"
  }

  ttl {
    attribute_name = "expires_at"
    enabled        = true
  }

  point_in_time_recovery {
    enabled = true
  }

  server_side_encryption {
    enabled     = true
    kms_key_arn = local.kms_key_arn
  }
}

# `create = false` keeps the call, and the schema in it, without making anything.
module "tag_governance" {
  source = "../.."

  create = false

  tags = {
    Owner = { derive_from = ["actor"] }
  }
}

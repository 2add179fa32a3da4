provider "aws" {
  region                      = "us-east-1"
  access_key                  = "test"
  secret_key                  = "test"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true
}

variables {
  name = "tags"
  catalogue_entries = {
    "ec2:instance" = { enforced_for = "ec2:instance", report_required_tag_for = "ec2:instance" }
    "ec2:volume"   = { enforced_for = "ec2:volume", report_required_tag_for = "ec2:volume" }
    "sqs:queue"    = { enforced_for = "sqs:queue", report_required_tag_for = "sqs:queue" }
  }
  quotas = { tag_policy_size = 10000, tag_policies_per_target = 10 }
  scopes = {
    all = {
      target_id = "r-ab12"
      ancestors = []
      tags = {
        "Cost Center" = {
          allowed_values      = ["100", "2*"]
          enforced_for        = ["ec2:instance", "sqs:queue"]
          report_required_for = ["ec2:volume"]
        }
        Owner = { allowed_values = [], enforced_for = [], report_required_for = [] }
      }
    }
  }
}

run "a_policy_says_spelling_values_and_types_as_aws_wants_them" {
  command = plan

  module {
    source = "./modules/tag-policy"
  }

  assert {
    condition = output.documents.all[0] == jsonencode({
      tags = {
        "Cost Center" = {
          enforced_for            = { "@@assign" = ["ec2:instance", "sqs:queue"] }
          report_required_tag_for = { "@@assign" = ["ec2:volume"] }
          tag_key                 = { "@@assign" = "Cost Center" }
          tag_value               = { "@@assign" = ["100", "2*"] }
        }
        Owner = { tag_key = { "@@assign" = "Owner" } }
      }
    })
    error_message = output.documents.all[0]
  }

  assert {
    condition = (
      aws_organizations_policy.tag["all-01"].name == "tags-tag-all-01"
      && aws_organizations_policy.tag["all-01"].type == "TAG_POLICY"
    )
    error_message = aws_organizations_policy.tag["all-01"].name
  }

  assert {
    condition     = aws_organizations_policy_attachment.tag["all-01"].target_id == "r-ab12"
    error_message = "attached to ${aws_organizations_policy_attachment.tag["all-01"].target_id}"
  }
}

run "a_scope_below_says_only_what_it_changes" {
  command = plan

  module {
    source = "./modules/tag-policy"
  }

  variables {
    scopes = {
      all = {
        target_id = "r-ab12"
        ancestors = []
        tags = {
          CostCenter = { allowed_values = ["100"], enforced_for = ["ec2:instance", "sqs:queue"], report_required_for = ["ec2:volume"] }
          Owner      = { allowed_values = ["a"], enforced_for = [], report_required_for = [] }
        }
      }
      same = {
        target_id = "ou-ab12-aaaaaaaa"
        ancestors = ["all"]
        tags = {
          CostCenter = { allowed_values = ["100"], enforced_for = ["ec2:instance", "sqs:queue"], report_required_for = ["ec2:volume"] }
          Owner      = { allowed_values = ["a"], enforced_for = [], report_required_for = [] }
        }
      }
      looser = {
        target_id = "ou-ab12-bbbbbbbb"
        ancestors = ["all", "same"]
        tags = {
          CostCenter = { allowed_values = [], enforced_for = [], report_required_for = [] }
          Owner      = { allowed_values = ["a"], enforced_for = [], report_required_for = [] }
        }
      }
    }
  }

  assert {
    condition     = length(output.documents.same) == 0
    error_message = jsonencode(output.documents.same)
  }

  # An empty list cannot be assigned, so what is inherited is taken away by name.
  assert {
    condition = jsonencode(output.documents.looser) == jsonencode([jsonencode({
      tags = {
        CostCenter = {
          enforced_for            = { "@@remove" = ["ec2:instance", "sqs:queue"] }
          report_required_tag_for = { "@@remove" = ["ec2:volume"] }
          tag_key                 = { "@@assign" = "CostCenter" }
          tag_value               = { "@@assign" = ["*"] }
        }
      }
    })])
    error_message = jsonencode(output.documents.looser)
  }
}

run "all_types_of_a_service_are_named_by_its_wildcard" {
  command = plan

  module {
    source = "./modules/tag-policy"
  }

  variables {
    wildcards = {
      enforced_for            = { ec2 = ["ec2:instance", "ec2:volume"] }
      report_required_tag_for = { ec2 = ["ec2:instance", "ec2:subnet", "ec2:volume"] }
    }
    scopes = {
      all = {
        target_id = "r-ab12"
        ancestors = []
        tags = {
          Owner = {
            allowed_values      = []
            enforced_for        = ["ec2:instance", "ec2:volume", "sqs:queue"]
            report_required_for = ["ec2:instance", "ec2:volume"]
          }
        }
      }
    }
  }

  assert {
    condition = jsonencode(jsondecode(output.documents.all[0]).tags.Owner) == jsonencode({
      tag_key                 = { "@@assign" = "Owner" }
      enforced_for            = { "@@assign" = ["ec2:ALL_SUPPORTED", "sqs:queue"] }
      report_required_tag_for = { "@@assign" = ["ec2:instance", "ec2:volume"] }
    })
    error_message = output.documents.all[0]
  }
}

run "a_schema_over_the_size_limit_is_split" {
  command = plan

  module {
    source = "./modules/tag-policy"
  }

  variables {
    quotas = { tag_policy_size = 500, tag_policies_per_target = 10 }
    scopes = {
      all = {
        target_id = "r-ab12"
        ancestors = []
        tags = {
          for number in range(20) : "Key${number}" => {
            allowed_values      = ["a", "b"]
            enforced_for        = number % 2 == 0 ? ["sqs:queue"] : []
            report_required_for = []
          }
        }
      }
    }
  }

  assert {
    condition     = length(output.documents.all) > 1 && max([for document in output.documents.all : length(document)]...) <= 500
    error_message = jsonencode([for document in output.documents.all : length(document)])
  }

  assert {
    condition     = length(distinct(flatten([for document in output.documents.all : keys(jsondecode(document).tags)]))) == 20
    error_message = "a tag is lost"
  }

  assert {
    condition     = length(flatten([for document in output.documents.all : keys(jsondecode(document).tags)])) == 20
    error_message = "a tag is in two policies"
  }
}

run "a_tag_with_long_lists_is_told_in_pieces_whose_order_does_not_count" {
  command = plan

  module {
    source = "./modules/tag-policy"
  }

  variables {
    catalogue_entries = {
      for number in range(400) : "shop:type-${number}" => {
        enforced_for            = "shop:type-${number}"
        report_required_tag_for = "shop:type-${number}"
      }
    }
    quotas = { tag_policy_size = 3000, tag_policies_per_target = 100 }
    scopes = {
      all = {
        target_id = "r-ab12"
        ancestors = []
        tags = {
          Owner = {
            allowed_values      = ["a"]
            enforced_for        = [for number in range(100) : "shop:type-${number}"]
            report_required_for = [for number in range(300) : "shop:type-${number}"]
          }
        }
      }
      below = {
        target_id = "ou-ab12-aaaaaaaa"
        ancestors = ["all"]
        tags = {
          Owner = {
            allowed_values      = ["a"]
            enforced_for        = [for number in range(100) : "shop:type-${number}"]
            report_required_for = [for number in range(100, 400) : "shop:type-${number}"]
          }
        }
      }
    }
  }

  assert {
    condition     = max([for document in flatten(values(output.documents)) : length(document)]...) <= 3000
    error_message = jsonencode([for document in flatten(values(output.documents)) : length(document)])
  }

  assert {
    condition = alltrue([
      for field, count in { enforced_for = 100, report_required_tag_for = 300 } :
      sort(flatten([for document in output.documents.all : try(jsondecode(document).tags.Owner[field]["@@append"], [])]))
      == sort([for number in range(count) : "shop:type-${number}"])
    ])
    error_message = "A type is lost, or told twice."
  }

  assert {
    condition = !strcontains(
      join("", [for document in flatten(values(output.documents)) : jsonencode(jsondecode(document).tags.Owner)]),
      "_for\":{\"@@assign",
    )
    error_message = "Of two lists that are assigned, the one attached first would win."
  }

  # Below: what is there stays, and only what differs is told.
  assert {
    condition = (
      sort(flatten([
        for document in output.documents.below : try(jsondecode(document).tags.Owner.report_required_tag_for["@@append"], [])
      ]))
      == sort([for number in range(300, 400) : "shop:type-${number}"])
      && sort(flatten([
        for document in output.documents.below : try(jsondecode(document).tags.Owner.report_required_tag_for["@@remove"], [])
      ]))
      == sort([for number in range(100) : "shop:type-${number}"])
      && length([for document in output.documents.below : document if can(jsondecode(document).tags.Owner.enforced_for)]) == 0
    )
    error_message = jsonencode(output.documents.below)
  }
}

run "a_tag_that_no_policy_can_hold_is_refused" {
  command = plan

  module {
    source = "./modules/tag-policy"
  }

  variables {
    quotas = { tag_policy_size = 90, tag_policies_per_target = 10 }
  }

  expect_failures = [output.documents]
}

run "more_policies_than_others_leave_room_for_are_refused" {
  command = plan

  module {
    source = "./modules/tag-policy"
  }

  variables {
    quotas            = { tag_policy_size = 10000, tag_policies_per_target = 1 }
    attached_policies = { all = [{ name = "tags-tag-all", description = "" }] }
  }

  expect_failures = [output.documents]
}

run "policies_of_a_former_scope_are_moved" {
  command = plan

  module {
    source = "./modules/tag-policy"
  }

  variables {
    quotas = { tag_policy_size = 10000, tag_policies_per_target = 1 }
    attached_policies = {
      all = [{ name = "tags-tag-old-01", description = "Spelling and values of tags, from the tag schema of scope old." }]
    }
  }

  assert {
    condition = jsonencode(output.moves) == jsonencode([
      for type in ["aws_organizations_policy", "aws_organizations_policy_attachment"] :
      { from = "${type}.tag[\"old-01\"]", scope = "all", to = "${type}.tag[\"all-01\"]" }
    ])
    error_message = jsonencode(output.moves)
  }
}

# The room for policies on a target, and the policies of a scope that had another name.

variables {
  name                = "tags-tag"
  description         = "Of scope %s."
  quota               = "quotas.tag_policies_per_target"
  policies_per_target = 4
  targets             = { all = "r-ab12", sandbox = "ou-ab12-cdefgh34" }
}

run "policies_of_others_take_slots_and_own_ones_do_not" {
  command = plan

  module {
    source = "./modules/internal/policy-slots"
  }

  variables {
    attached_policies = {
      all = [
        { name = "FullAWSAccess", description = "Allows access to every operation" },
        { name = "tags-tag-all-01-copy", description = "" },
        { name = "tags-tag-all", description = "" },
        { name = "tags-tag-all-01", description = "Whatever it says." },
        # Called like one of a scope that is gone, by hand: the description is another.
        { name = "tags-tag-custom-01", description = "Made by hand." },
      ]
      sandbox = [for number in range(5) : { name = "other-${number}", description = "" }]
    }
  }

  assert {
    condition     = output.free == { all = 0, sandbox = 0 } && length(output.renamed) == 0
    error_message = jsonencode([output.free, output.renamed])
  }

  assert {
    condition = output.words.all == join(" ", [
      "r-ab12 has room for 0: quotas.tag_policies_per_target is 4, and 4 held by others:",
      "FullAWSAccess, tags-tag-all, tags-tag-all-01-copy, tags-tag-custom-01.",
    ])
    error_message = output.words.all
  }
}

run "nobody_else_has_policies_there" {
  command = plan

  module {
    source = "./modules/internal/policy-slots"
  }

  variables {
    attached_policies = { all = [{ name = "tags-tag-all-01", description = "Of scope all." }] }
  }

  assert {
    condition     = output.free == { all = 4, sandbox = 4 }
    error_message = jsonencode(output.free)
  }

  assert {
    condition = output.words.sandbox == join(" ", [
      "ou-ab12-cdefgh34 has room for 4: quotas.tag_policies_per_target is 4, and no other policy is attached.",
    ])
    error_message = output.words.sandbox
  }
}

run "policies_of_a_former_scope_are_recognized_and_take_no_slot" {
  command = plan

  module {
    source = "./modules/internal/policy-slots"
  }

  variables {
    attached_policies = {
      all = [
        { name = "tags-tag-all-02", description = "Of scope all." },
        { name = "tags-tag-every-thing-01", description = "Of scope every-thing." },
        # What an apply that was cut short left behind: its place is taken.
        { name = "tags-tag-every-thing-02", description = "Of scope every-thing." },
      ]
      # Two former scopes, and one place.
      sandbox = [
        { name = "tags-tag-old-01", description = "Of scope old." },
        { name = "tags-tag-older-01", description = "Of scope older." },
      ]
    }
  }

  assert {
    condition     = output.free == { all = 4, sandbox = 4 }
    error_message = jsonencode(output.free)
  }

  assert {
    condition     = jsonencode(output.renamed) == jsonencode([{ from = "every-thing-01", scope = "all", to = "all-01" }])
    error_message = jsonencode(output.renamed)
  }
}

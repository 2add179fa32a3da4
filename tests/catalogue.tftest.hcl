# The module alone, on the real catalogue.

run "types_that_share_an_event_name_are_told_apart_by_their_service" {
  command = plan

  module {
    source = "./modules/internal/catalogue"
  }

  variables {
    resource_types = ["ecs:cluster", "lambda:function"]
  }

  assert {
    condition     = jsonencode(keys(output.event_patterns)) == jsonencode(["creation-01"])
    error_message = jsonencode(keys(output.event_patterns))
  }

  assert {
    condition = jsondecode(output.event_patterns["creation-01"]) == {
      source      = [{ prefix = "aws." }]
      detail-type = ["AWS API Call via CloudTrail"]
      detail = {
        errorCode = [{ exists = false }]
        "$or" = [
          { eventSource = ["ecs.amazonaws.com"], eventName = ["CreateCluster"] },
          { eventSource = ["lambda.amazonaws.com"], eventName = ["CreateFunction", { prefix = "CreateFunction20" }] },
        ]
      }
    }
    error_message = output.event_patterns["creation-01"]
  }
}

run "everything_fits_the_limits" {
  command = plan

  module {
    source = "./modules/internal/catalogue"
  }

  assert {
    condition     = jsonencode(output.types) == jsonencode(jsondecode(file("lambda_src/tag_governance/catalogue.json")).types[*].type)
    error_message = "the default does not govern everything"
  }

  assert {
    condition     = max([for pattern in output.event_patterns : length(pattern)]...) <= 2048
    error_message = jsonencode({ for name, pattern in output.event_patterns : name => length(pattern) })
  }

  assert {
    condition     = length(output.event_patterns) <= 1 + floor(sum([for pattern in output.event_patterns : length(pattern)]) / 1700)
    error_message = "patterns are not filled: ${jsonencode([for pattern in output.event_patterns : length(pattern)])}"
  }

  # One more rule matches changes of tags.
  assert {
    condition = alltrue([
      strcontains(file("docs/EVENT-PATTERNS.md"), "| ${length(output.event_patterns) + 1} of 300 |"),
      strcontains(file("docs/LIMITS.md"), "takes ${length(output.event_patterns) + 1} forwarding rules"),
    ])
    error_message = "the pages do not say that these are ${length(output.event_patterns) + 1} rules"
  }

  # Every creation is in exactly one pattern, under its own source.
  assert {
    condition = sort(flatten([
      for pattern in output.event_patterns : [
        for clause in try(jsondecode(pattern).detail["$or"], [jsondecode(pattern).detail]) : [
          for name in clause.eventName : "${clause.eventSource[0]} ${try(name.prefix, name)}"
        ]
      ]
      ])) == sort(distinct(flatten([
        for entry in jsondecode(file("lambda_src/tag_governance/catalogue.json")).types : [
          for creation in entry.create : concat(
            ["${creation.event_source} ${creation.event_name}"],
            creation.dated ? ["${creation.event_source} ${creation.event_name}20"] : [],
          )
        ]
    ])))
    error_message = "a creation is missing, or there is one too many"
  }
}

run "a_smaller_limit_takes_more_patterns" {
  command = plan

  module {
    source = "./modules/internal/catalogue"
  }

  variables {
    resource_types     = ["ec2:*", "ecs:*", "lambda:function", "s3:bucket", "sns:*", "sqs:*"]
    event_pattern_size = 400
  }

  assert {
    condition     = length(output.event_patterns) > 1 && max([for pattern in output.event_patterns : length(pattern)]...) <= 400
    error_message = jsonencode({ for name, pattern in output.event_patterns : name => length(pattern) })
  }
}

run "by_prefix_all_of_aws_takes_less_than_a_third_of_the_rules" {
  command = plan

  module {
    source = "./modules/internal/catalogue"
  }

  variables {
    event_matching = "prefix"
  }

  assert {
    condition     = length(output.event_patterns) <= 10 && max([for pattern in output.event_patterns : length(pattern)]...) <= 2048
    error_message = jsonencode({ for name, pattern in output.event_patterns : name => length(pattern) })
  }

  assert {
    condition = alltrue([
      strcontains(file("docs/EVENT-PATTERNS.md"), "| ${length(output.event_patterns) + 1} of 300 |"),
      strcontains(file("docs/LIMITS.md"), "or ${length(output.event_patterns) + 1} with `detection.event_matching"),
    ])
    error_message = "the pages do not say that these are ${length(output.event_patterns) + 1} rules"
  }

  assert {
    condition = jsondecode(output.event_patterns["creation-prefix"]).detail == {
      errorCode   = [{ exists = false }]
      eventSource = [{ anything-but = ["ec2.amazonaws.com", "kms.amazonaws.com", "logs.amazonaws.com"] }]
      eventName   = [{ prefix = "Create" }]
    }
    error_message = output.event_patterns["creation-prefix"]
  }

  # What the prefix does not let through is named, under its own source.
  assert {
    condition = sort(flatten([
      for name, pattern in output.event_patterns : [
        for alternative in try(jsondecode(pattern).detail["$or"], [jsondecode(pattern).detail]) : [
          for matcher in alternative.eventName : "${alternative.eventSource[0]} ${try(matcher.prefix, matcher)}"
        ]
      ] if name != "creation-prefix"
      ])) == sort(distinct(flatten([
        for entry in jsondecode(file("lambda_src/tag_governance/catalogue.json")).types : [
          for create in entry.create : [
            for name in create.dated ? [create.event_name, "${create.event_name}20"] : [create.event_name] :
            "${create.event_source} ${name}"
          ]
          if anytrue([
            !startswith(create.event_name, "Create"),
            contains(["ec2.amazonaws.com", "kms.amazonaws.com", "logs.amazonaws.com"], create.event_source),
          ])
        ]
    ])))
    error_message = "A creation is lost, or in two patterns."
  }
}

run "by_prefix_the_sources_are_named_where_they_fit" {
  command = plan

  module {
    source = "./modules/internal/catalogue"
  }

  variables {
    event_matching = "prefix"
    resource_types = ["kms:key", "s3:bucket", "sqs:queue"]
  }

  assert {
    condition = jsonencode({ for name, pattern in output.event_patterns : name => jsondecode(pattern).detail }) == jsonencode({
      creation-01 = {
        errorCode   = [{ exists = false }]
        eventName   = ["CreateKey", "ReplicateKey"]
        eventSource = ["kms.amazonaws.com"]
      }
      creation-prefix = {
        errorCode   = [{ exists = false }]
        eventName   = [{ prefix = "Create" }]
        eventSource = ["s3.amazonaws.com", "sqs.amazonaws.com"]
      }
    })
    error_message = jsonencode(output.event_patterns)
  }
}

run "wildcards_stand_for_types_of_the_catalogue" {
  command = plan

  module {
    source = "./modules/internal/catalogue"
  }

  variables {
    resource_types = ["s3:bucket", "sqs*", "sns:topic"]
    selections = {
      "tags[\"Owner\"].resource_types"      = { patterns = ["*"] }
      "tags[\"Owner\"].enforced_for"        = { patterns = ["sns:topic", "s*:*", "sns:topic"], among = "enforced_for" }
      "tags[\"Owner\"].deny_create_without" = { patterns = ["*"], among = "request_tags" }
      "tags[\"Owner\"].report_required_for" = { patterns = [], among = "report_required_for" }
    }
  }

  assert {
    condition     = jsonencode(output.types) == jsonencode(["s3:bucket", "sns:topic", "sqs:queue"])
    error_message = jsonencode(output.types)
  }

  # Each type once, and only those that can take part.
  assert {
    condition = jsonencode(output.selected_types) == jsonencode({
      "tags[\"Owner\"].deny_create_without" = ["s3:bucket", "sns:topic", "sqs:queue"]
      "tags[\"Owner\"].enforced_for"        = ["s3:bucket", "sns:topic", "sqs:queue"]
      "tags[\"Owner\"].report_required_for" = []
      "tags[\"Owner\"].resource_types"      = ["s3:bucket", "sns:topic", "sqs:queue"]
    })
    error_message = jsonencode(output.selected_types)
  }

  assert {
    condition     = jsonencode(keys(output.entries)) == jsonencode(output.types)
    error_message = jsonencode(keys(output.entries))
  }
}

run "the_wildcard_of_a_service_stands_for_all_that_tag_policies_know_of_it" {
  command = plan

  module {
    source = "./modules/internal/catalogue"
  }

  variables {
    resource_types = ["redshift:cluster"]
  }

  assert {
    condition = (
      contains(output.tag_policy_wildcards.enforced_for.redshift, "redshift:cluster")
      && contains(output.tag_policy_wildcards.enforced_for.redshift, "redshift:snapshot")
    )
    error_message = jsonencode(output.tag_policy_wildcards.enforced_for)
  }

  # SageMaker has no wildcard, and one type needs none.
  assert {
    condition = length(setintersection(
      ["sagemaker", "sqs"],
      flatten([for services in output.tag_policy_wildcards : keys(services)]),
    )) == 0
    error_message = jsonencode(output.tag_policy_wildcards)
  }
}

run "arn_patterns_keep_the_partition_and_nothing_else" {
  command = plan

  module {
    source = "./modules/internal/catalogue"
  }

  variables {
    partition = "aws-us-gov"
  }

  assert {
    condition = (
      output.entries["sqs:queue"].arn_pattern == "arn:aws-us-gov:sqs:*:*:*"
      && output.entries["ec2:instance"].arn_pattern == "arn:aws-us-gov:ec2:*:*:instance/*"
    )
    error_message = jsonencode(output.entries["sqs:queue"])
  }

  assert {
    condition     = length([for entry in output.entries : entry if strcontains(entry.arn_pattern, "$")]) == 0
    error_message = "a variable is left in an ARN pattern"
  }
}

run "tag_changes_are_narrowed_to_governed_keys_and_services" {
  command = plan

  module {
    source = "./modules/internal/catalogue"
  }

  variables {
    resource_types = ["s3:bucket", "sqs:queue"]
    tag_keys       = ["Owner", "env", "Env"]
  }

  assert {
    condition = jsondecode(output.tag_change_pattern) == {
      source      = ["aws.tag"]
      detail-type = ["Tag Change on Resource"]
      detail = {
        changed-tag-keys = [{ equals-ignore-case = "env" }, { equals-ignore-case = "owner" }]
        service          = ["s3", "sqs"]
      }
    }
    error_message = output.tag_change_pattern
  }
}

run "a_filter_of_tag_changes_that_does_not_fit_is_left_out" {
  command = plan

  module {
    source = "./modules/internal/catalogue"
  }

  variables {
    resource_types     = ["s3:bucket", "sqs:queue"]
    tag_keys           = [for number in range(40) : "a-rather-long-tag-key-${number}"]
    event_pattern_size = 400
  }

  assert {
    condition = jsondecode(output.tag_change_pattern) == {
      source      = ["aws.tag"]
      detail-type = ["Tag Change on Resource"]
      detail      = { service = ["s3", "sqs"] }
    }
    error_message = output.tag_change_pattern
  }
}

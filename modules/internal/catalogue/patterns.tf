# What is wrong with the patterns that the consumer wrote, in words.

locals {
  distinct_patterns = keys({ for pattern in flatten(values(local.patterns)) : pattern => true... })

  expression_of_pattern = {
    for pattern in local.distinct_patterns :
    pattern => "(?m)^${replace(replace(pattern, "/[.+?()|\\[\\]{}^$\\\\]/", "\\$0"), "*", ".*")}$"
  }

  unknown_patterns = [
    for pattern, expression in local.expression_of_pattern : pattern
    if length(regexall(expression, local.all_types)) == 0
  ]

  # The nearest name is the one that shares the most pairs of neighbouring letters, the blank before the first one
  # included (the Sørensen-Dice coefficient). Services are candidates too, for patterns such as `ec3:*`.
  candidates = length(local.unknown_patterns) == 0 ? [] : concat(
    keys({ for type in keys(local.catalogue.entries) : "${split(":", type)[0]}:*" => true... }),
    keys(local.catalogue.entries),
  )
  candidate_pairs = {
    for candidate in local.candidates : candidate => toset([
      for index in range(length(candidate)) : substr(" ${candidate}", index, 2)
    ])
  }
  unknown_pairs = {
    for pattern in local.unknown_patterns : pattern => toset([
      for index in range(length(pattern)) : lower(substr(" ${pattern}", index, 2))
    ])
  }
  likeness = {
    for pattern, pairs in local.unknown_pairs : pattern => {
      for candidate, others in local.candidate_pairs : candidate =>
      2 * length(setintersection(pairs, others)) / (length(pairs) + length(others))
    }
  }
  greatest_likeness = { for pattern, by_candidate in local.likeness : pattern => max(values(by_candidate)...) }
  nearest = {
    for pattern, by_candidate in local.likeness : pattern => [
      for candidate, likeness in by_candidate : candidate if likeness == local.greatest_likeness[pattern]
    ][0]
  }

  selections = flatten([
    for field, selection in var.selections : [
      for pattern in selection.patterns : { field = field, pattern = pattern, among = selection.among }
      if !contains(local.unknown_patterns, pattern) && length(local.types) > 0
    ]
  ])
  reasons = {
    governed            = "matches no governed resource type; add it to resource_types, or remove it here."
    enforced_for        = "matches no governed resource type for which tag policies enforce values."
    report_required_for = "matches no governed resource type for which tag policies report missing tags."
    request_tags        = "matches no governed resource type whose creation a service control policy can deny without a tag."
  }
  # Of a pattern that stands for many types, the first tells.
  unguarded = {
    for pattern in distinct([for row in local.selections : row.pattern if row.among == "request_tags"]) : pattern => try(
      [
        for type in regexall(local.expression_of_pattern[pattern], local.selectable.governed) :
        " ${type}: ${local.catalogue.unguarded[type]}."
      ][0],
      "",
    )
  }
  reason_of_selection = [
    for row in local.selections : join("", [
      local.reasons[length(regexall(local.expression_of_pattern[row.pattern], local.selectable.governed)) == 0 ? "governed" : row.among],
      row.among == "request_tags" ? local.unguarded[row.pattern] : "",
    ])
  ]

  problems = concat(
    length(var.resource_types) > 0 ? [] : [
      "resource_types is empty; list at least one resource type, or \"*\" for all of them.",
    ],
    flatten([
      for field, patterns in local.patterns : [
        for pattern in patterns :
        "${field}: \"${pattern}\" is no resource type of the catalogue; did you mean \"${local.nearest[pattern]}\"?"
        if contains(local.unknown_patterns, pattern)
      ]
    ]),
    [
      for index, row in local.selections : "${row.field}: \"${row.pattern}\" ${local.reason_of_selection[index]}"
      if length(regexall(local.expression_of_pattern[row.pattern], local.selectable[row.among])) == 0
    ],
  )
}

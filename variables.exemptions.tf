variable "exemptions" {
  description = <<-EOT
    Rules that take resources out of enforcement for a time. The map key is a name of your choice. A resource is exempt when
    every selector that is set matches it; at least one has to be set.

    - `arns`: ARNs; `*` stands for any text. Only for the function: a policy cannot know what is about to be created.
    - `accounts`: account ids. For the function and for service control policies. Known at plan where these policies
      are made, unless the exemption has `arns` or `tags`.
    - `principals`: ARNs of roles and users that service control policies spare, `*` for any text: break-glass roles, and
      services that create for others (docs/CATALOGUE-GAPS.md names them by type). Only for service control policies: the
      function still finds and tags what they create. With `accounts`, the principals in these. Without `resource_types`, only
      `organization.administrator_role_arns` and `deployment_role_arns` may make or change roles with these names, where one of
      the two names somebody. Known at plan: write names as text.
    - `resource_types`: patterns of governed resource types. For both; without it, protected tags may be changed as well.
    - `tags`: tags the resource carries, key and value. Only for the function.
    - `reason`, `owner`: why, and who answers for it.
    - `expires`: the last day (UTC) on which it applies, as `YYYY-MM-DD`. `terraform plan` fails once this date has passed.
  EOT
  type = map(object({
    arns           = optional(list(string), [])
    accounts       = optional(list(string), [])
    principals     = optional(list(string), [])
    resource_types = optional(list(string), [])
    tags           = optional(map(string), {})
    reason         = string
    owner          = string
    expires        = string
  }))
  default  = {}
  nullable = false

  # A list with null in it cannot be joined.
  validation {
    condition = alltrue(flatten([
      for exemption in var.exemptions : concat([exemption != null], [
        for value in try(values(exemption), []) : value == null || can(tostring(value)) || can(join("", try(values(value), value)))
      ])
    ]))
    error_message = join("\n", flatten([
      for name, exemption in var.exemptions : exemption == null ? ["exemptions[\"${name}\"] is null; remove it."] : [
        for field, value in exemption : "exemptions[\"${name}\"].${field} holds null; remove it."
        if value != null && !can(tostring(value)) && !can(join("", try(values(value), value)))
      ]
    ]))
  }

  validation {
    condition = alltrue([
      for exemption in var.exemptions :
      exemption == null || can(formatdate("YYYY-MM-DD", "${exemption.expires}T00:00:00Z"))
    ])
    error_message = join("\n", [
      for name, exemption in var.exemptions :
      join(" ", [
        "exemptions[\"${name}\"].expires is \"${exemption.expires == null ? "null" : exemption.expires}\";",
        "it is a date that exists, written YYYY-MM-DD.",
      ])
      if exemption != null && !can(formatdate("YYYY-MM-DD", "${exemption.expires}T00:00:00Z"))
    ])
  }

  validation {
    condition = alltrue([
      for exemption in var.exemptions : try(timecmp("${exemption.expires}T23:59:59Z", plantimestamp()) >= 0, true)
    ])
    error_message = join("\n", [
      for name, exemption in var.exemptions :
      join(" ", [
        "exemptions[\"${name}\"].expires is \"${exemption.expires}\", which has passed;",
        "remove the exemption, or agree on a new date with ${exemption.owner}.",
      ])
      if !try(timecmp("${exemption.expires}T23:59:59Z", plantimestamp()) >= 0, true)
    ])
  }

  validation {
    condition = alltrue([
      for exemption in var.exemptions : exemption == null ? true :
      length(concat(exemption.arns, exemption.accounts, exemption.principals, exemption.resource_types, keys(exemption.tags))) > 0
    ])
    error_message = join("\n", [
      for name, exemption in var.exemptions :
      "exemptions[\"${name}\"] selects nothing; set at least one of arns, accounts, principals, resource_types and tags."
      if exemption == null ? false :
      length(concat(exemption.arns, exemption.accounts, exemption.principals, exemption.resource_types, keys(exemption.tags))) == 0
    ])
  }

  # Two rules, so that one text which another resource gives does not keep the other from being said.
  validation {
    condition = alltrue([
      for exemption in var.exemptions : exemption == null || !can(regex(local.forms.blank, coalesce(exemption.reason, " ")))
    ])
    error_message = join("\n", [
      for name, exemption in var.exemptions : "exemptions[\"${name}\"].reason is empty; say why the resources are exempt."
      if exemption != null && can(regex(local.forms.blank, coalesce(exemption.reason, " ")))
    ])
  }

  validation {
    condition = alltrue([
      for exemption in var.exemptions : exemption == null || !can(regex(local.forms.blank, coalesce(exemption.owner, " ")))
    ])
    error_message = join("\n", [
      for name, exemption in var.exemptions : "exemptions[\"${name}\"].owner is empty; say who answers for the exemption."
      if exemption != null && can(regex(local.forms.blank, coalesce(exemption.owner, " ")))
    ])
  }

  validation {
    condition = alltrue(flatten([
      for exemption in var.exemptions : [
        for account in try(exemption.accounts, []) : account == null || can(regex(local.forms.account, account))
      ]
    ]))
    error_message = join("\n", flatten([
      for name, exemption in var.exemptions : [
        for account in try(exemption.accounts, []) :
        join(" ", compact([
          "exemptions[\"${name}\"].accounts: \"${account}\" is no account id; it has twelve digits.",
          can(regex(local.forms.shortened_account, account))
          ? "Did it lose a leading zero? Write \"${substr("00${account}", -12, 12)}\", in quotes." : "",
        ]))
        if account != null && !can(regex(local.forms.account, account))
      ]
    ]))
  }

  validation {
    condition = alltrue(flatten([
      for exemption in var.exemptions : [
        for arn in try(exemption.arns, []) :
        arn == null || can(regex(local.forms.arn, arn))
      ]
    ]))
    error_message = join("\n", flatten([
      for name, exemption in var.exemptions : [
        for arn in try(exemption.arns, []) :
        join(" ", [
          "exemptions[\"${name}\"].arns: \"${arn}\" is no ARN;",
          "write arn:partition:service:region:account:resource, with * where any text may stand.",
        ])
        if arn != null && !can(regex(local.forms.arn, arn))
      ]
    ]))
  }

  validation {
    condition = alltrue(flatten([
      for exemption in var.exemptions : [
        for arn in try(exemption.principals, []) :
        arn == null || can(regex(local.forms.principal, arn))
      ]
    ]))
    error_message = join("\n", flatten([
      for name, exemption in var.exemptions : [
        for arn in try(exemption.principals, []) :
        join(" ", [
          "exemptions[\"${name}\"].principals: \"${arn}\" is no role or user;",
          "write arn:aws:iam::111122223333:role/NAME, with * for any account or text.",
        ])
        if arn != null && !can(regex(local.forms.principal, arn))
      ]
    ]))
  }

  validation {
    condition = alltrue([
      for exemption in var.exemptions :
      try(length(exemption.principals) == 0 || length(exemption.arns) + length(exemption.tags) == 0, true)
    ])
    error_message = join("\n", [
      for name, exemption in var.exemptions : join(" ", [
        "exemptions[\"${name}\"] has principals, which only service control policies know, and",
        "${length(exemption.arns) > 0 ? "arns" : "tags"}, which only the function knows; make two exemptions of it.",
      ])
      if !try(length(exemption.principals) == 0 || length(exemption.arns) + length(exemption.tags) == 0, true)
    ])
  }

  validation {
    condition = alltrue(flatten([
      for exemption in var.exemptions : [
        for arn in try(exemption.principals, []) :
        try(length(exemption.accounts) == 0 || contains(concat(["*"], exemption.accounts), split(":", arn)[4]), true)
      ]
    ]))
    error_message = join("\n", flatten([
      for name, exemption in var.exemptions : [
        for arn in try(exemption.principals, []) :
        join(" ", [
          "exemptions[\"${name}\"].principals: \"${arn}\" is in none of its accounts (${join(", ", exemption.accounts)}),",
          "so it exempts nobody.",
        ])
        if !try(length(exemption.accounts) == 0 || contains(concat(["*"], exemption.accounts), split(":", arn)[4]), true)
      ]
    ]))
  }

  # For some types it does what `resource_types` alone does, and opens no protected tag.
  validation {
    condition = alltrue(flatten([
      for exemption in var.exemptions : [
        for arn in try(exemption.principals, []) : !can(regex(local.forms.everybody, arn))
      ] if try(length(exemption.accounts) + length(exemption.resource_types) == 0, false)
    ]))
    error_message = join("\n", flatten([
      for name, exemption in var.exemptions : [
        for arn in try(exemption.principals, []) : join(" ", [
          "exemptions[\"${name}\"].principals: \"${arn}\" spares every ${regex("role|user", arn)} of every account, so that the",
          "policies protect nothing; name the role, or the accounts.",
        ])
        if can(regex(local.forms.everybody, arn))
      ] if try(length(exemption.accounts) + length(exemption.resource_types) == 0, false)
    ]))
  }

  validation {
    # With neither kind of policies, another configuration makes them from the same schema.
    condition = try(var.organization.service_control_policies || !var.organization.tag_policies, false) || alltrue([
      for exemption in var.exemptions : try(length(exemption.principals), 0) == 0
    ])
    error_message = join("\n", [
      for name, exemption in var.exemptions : join(" ", [
        "exemptions[\"${name}\"].principals does nothing without service control policies;",
        var.organization == null ? "set organization," : "set organization.service_control_policies to true,",
        "or remove the exemption.",
      ]) if try(length(exemption.principals), 0) > 0
    ])
  }
}

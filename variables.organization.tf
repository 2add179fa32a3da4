variable "organization" {
  description = <<-EOT
    The AWS organization, when the stack runs in its management account or a delegated administrator account; null
    governs single accounts without one.

    - `id`: organization id, `o-...`. Accounts of this organization alone may send events.
    - `tag_policies`, `service_control_policies`: whether to create and attach them. With both false, another configuration
      makes them from the same schema; with one of them false, fields of tags that only this one reads are refused.
    - `administrator_role_arns`: principals that may change protected tags and the stacks besides the stacks' own roles; `*`
      stands for any text, as in `arn:aws:iam::*:role/OrganizationAdministrator`.
    - `deployment_role_arns`: principals that may change the stacks but no protected tag: whoever applies this configuration,
      and whoever deploys to member accounts. Where a stack is outside the management account, one of the two lists has to
      name somebody, or the policies would lock the pipeline out.
    - `stacks`: stacks that run in other accounts, which the policies protect like the one of this configuration. The map key
      is a name of your choice. `name` is the `name` of the stack, `function_role_arns` are its outputs `function_role_arn`
      and `settlement_function_role_arn` (known at plan, in the same configuration too), `member_role_name` is its
      `member_accounts.role_name`.

    Roles and names have to be known at plan: write them as text. The policies let nobody but those named in the two lists make
    or change roles and users with these names, in any account, or it would be enough to call a role like one of them.
    Service-linked roles and those of IAM Identity Center (`role/aws-reserved/`) are made by AWS alone.
  EOT
  type = object({
    id                       = string
    tag_policies             = optional(bool, true)
    service_control_policies = optional(bool, true)
    administrator_role_arns  = optional(list(string), [])
    deployment_role_arns     = optional(list(string), [])
    stacks = optional(map(object({
      name               = string
      function_role_arns = list(string)
      member_role_name   = optional(string)
    })), {})
  })
  default = null

  validation {
    condition     = var.organization == null || can(regex("^o-[a-z0-9]{10,32}$", var.organization.id))
    error_message = "organization.id is \"${try(coalesce(var.organization.id), "")}\"; it is o- and 10 to 32 lower-case letters and digits."
  }

  validation {
    condition = alltrue(flatten([
      [for field in local.principal_fields : [for arn in try(var.organization[field], []) : arn != null]],
      [
        for stack in try(values(var.organization.stacks), []) : [
          stack != null, try(stack.name != null, true), try(stack.function_role_arns != null, true),
          can(join("", coalesce(try(stack.function_role_arns, []), []))),
        ]
      ],
    ]))
    error_message = join("\n", flatten([
      [
        for field in local.principal_fields : "organization.${field} holds null; remove it."
        if anytrue([for arn in try(var.organization[field], []) : arn == null])
      ],
      [
        for label, stack in try(var.organization.stacks, {}) : [
          stack == null ? ["organization.stacks[\"${label}\"] is null; remove it."] : [
            for field in ["name", "function_role_arns"] :
            "organization.stacks[\"${label}\"].${field} is null, or holds null; set it."
            if stack[field] == null || !(can(tostring(stack[field])) || can(join("", stack[field])))
          ]
        ]
      ],
    ]))
  }

  validation {
    condition = alltrue(flatten([
      for field in local.principal_fields : [
        for arn in try(var.organization[field], []) :
        arn == null || can(regex(local.forms.principal, arn))
      ]
    ]))
    error_message = join("\n", flatten([
      for field in local.principal_fields : [
        for arn in try(var.organization[field], []) :
        "organization.${field}: \"${arn}\" is no role; write arn:aws:iam::111122223333:role/NAME, with * for any account or text."
        if arn != null && !can(regex(local.forms.principal, arn))
      ]
    ]))
  }

  validation {
    condition = alltrue(flatten([
      for field in local.principal_fields : [
        for arn in try(var.organization[field], []) : !can(regex(local.forms.everybody, arn))
      ]
    ]))
    error_message = join("\n", flatten([
      for field in local.principal_fields : [
        for arn in try(var.organization[field], []) : join(" ", [
          "organization.${field}: \"${arn}\" spares every ${regex("role|user", arn)} of every account, so that the policies protect",
          "nothing; name the role, or the account: arn:aws:iam::111122223333:role/*.",
        ])
        if can(regex(local.forms.everybody, arn))
      ]
    ]))
  }

  validation {
    condition = try(var.organization.service_control_policies, true) || alltrue([
      for field in local.principal_fields : length(try(var.organization[field], [])) == 0
    ])
    error_message = join("\n", [
      for field in local.principal_fields : join(" ", [
        "organization.${field} is [${join(", ", compact(try(var.organization[field], [])))}], which only service control policies",
        "read, and service_control_policies is false; set it to true, or leave the field out.",
      ]) if length(try(var.organization[field], [])) > 0
    ])
  }

  validation {
    condition = alltrue([
      for stack in try(values(var.organization.stacks), []) : can(regex(local.forms.account, join(" ", distinct([
        for arn in compact(stack.function_role_arns) : try(regex(local.forms.role, arn)[0], "no role")
      ])))) if try(stack.function_role_arns != null, false)
    ])
    error_message = join("\n", [
      for label, stack in try(var.organization.stacks, {}) : join(" ", [
        "organization.stacks[\"${label}\"].function_role_arns is [${join(", ", compact(stack.function_role_arns))}];",
        "it holds at least one role of one account (arn:aws:iam::111122223333:role/NAME).",
      ])
      if try(stack.function_role_arns != null, false) && !can(regex(local.forms.account, join(" ", distinct([
        for arn in try(compact(stack.function_role_arns), []) : try(regex(local.forms.role, arn)[0], "no role")
      ]))))
    ])
  }

  validation {
    condition = alltrue([
      for stack in try(values(var.organization.stacks), []) :
      try(stack.name == null, true) || can(regex(local.forms.stack_name, stack.name))
    ])
    error_message = join("\n", [
      for label, stack in try(var.organization.stacks, {}) :
      join(" ", [
        "organization.stacks[\"${label}\"].name is \"${stack.name}\";",
        "it is the name of a stack: 3 to 28 lower-case letters, digits and hyphens.",
      ])
      if !(try(stack.name == null, true) || can(regex(local.forms.stack_name, stack.name)))
    ])
  }

  # The policies spare and protect what is called like the stack. What is no role or no name is said above.
  validation {
    condition = alltrue(flatten([
      for stack in try(values(var.organization.stacks), []) : [
        for arn in try(compact(stack.function_role_arns), []) :
        startswith(try(regex(":role/(.*)", arn)[0], "${stack.name}-"), "${stack.name}-")
      ] if can(regex(local.forms.stack_name, stack.name))
    ]))
    error_message = join("\n", flatten([
      for label, stack in try(var.organization.stacks, {}) : [
        for arn in try(compact(stack.function_role_arns), []) : join(" ", [
          "organization.stacks[\"${label}\"].function_role_arns: \"${arn}\" is no role of a stack called \"${stack.name}\",",
          "whose roles begin with ${stack.name}-; correct the ARN or the name.",
        ]) if !startswith(try(regex(":role/(.*)", arn)[0], "${stack.name}-"), "${stack.name}-")
      ] if can(regex(local.forms.stack_name, stack.name))
    ]))
  }
}

variable "member_accounts" {
  description = <<-EOT
    How the function works in other accounts; null keeps it to its own.

    - `role_name`: the role that it takes on there, made by `modules/member-account` or `modules/member-stackset`. Known at plan:
      write it as text.
    - `external_id`: what it gives the role as external id, the same in every account; none when null.
  EOT
  type = object({
    role_name   = string
    external_id = optional(string)
  })
  default = null

  validation {
    condition = var.member_accounts == null || can(regex("^[A-Za-z0-9+=,.@_-]{1,64}$", var.member_accounts.role_name))
    error_message = join(" ", [
      "member_accounts.role_name is \"${try(coalesce(var.member_accounts.role_name), "")}\";",
      "it takes 1 to 64 letters, digits and + = , . @ _ - and no path.",
    ])
  }

  validation {
    condition = try(var.member_accounts.external_id, null) == null || (
      can(regex("^[\\w+=,.@:/-]{2,}$", var.member_accounts.external_id)) && try(length(var.member_accounts.external_id) <= 1224, false)
    )
    error_message = join(" ", [
      "member_accounts.external_id is \"${try(coalesce(var.member_accounts.external_id), "")}\";",
      "it takes 2 to 1,224 letters, digits and _ + = , . @ : / -.",
    ])
  }

  validation {
    condition = var.member_accounts == null || var.organization != null
    error_message = join(" ", [
      "member_accounts.role_name is \"${try(coalesce(var.member_accounts.role_name), "")}\", but organization is null, so that no",
      "other account may send events; set organization, or leave member_accounts out.",
    ])
  }
}

variable "quotas" {
  description = <<-EOT
    Limits that AWS changes over the years or raises on request. Policies and rules are split to fit them, and the plan
    fails when they cannot.

    - `service_control_policy_size`: characters of one policy (10,240 since May 2026, 5,120 before).
    - `service_control_policies_per_target`: policies on one root, OU or account (10 since May 2026, 5 before). The plan
      reads those of others, such as `FullAWSAccess` and the guardrails of Control Tower, and leaves them their place.
    - `tag_policy_size`, `tag_policies_per_target`: the same for tag policies.
    - `event_pattern_size`: characters of one EventBridge pattern.
    - `rules_per_bus`: rules on one event bus.
    - `policies_per_role`: managed policies attached to one IAM role; AWS raises it to 20 at most.
  EOT
  type = object({
    service_control_policy_size         = optional(number, 10240)
    service_control_policies_per_target = optional(number, 10)
    tag_policy_size                     = optional(number, 10000)
    tag_policies_per_target             = optional(number, 10)
    event_pattern_size                  = optional(number, 2048)
    rules_per_bus                       = optional(number, 300)
    policies_per_role                   = optional(number, 10)
  })
  default  = {}
  nullable = false

  validation {
    condition = alltrue([for value in values(var.quotas) : value == floor(value) && value >= 1])
    error_message = join("\n", [
      for field, value in var.quotas : "quotas.${field} is ${value}; it is a whole number of at least 1."
      if value != floor(value) || value < 1
    ])
  }

  validation {
    condition     = var.quotas.policies_per_role <= 20
    error_message = "quotas.policies_per_role is ${var.quotas.policies_per_role}; IAM attaches 20 managed policies to a role at most."
  }
}

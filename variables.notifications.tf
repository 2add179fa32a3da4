variable "notifications" {
  description = <<-EOT
    Who is told what.

    - `owner_tag`: the tag key whose value names the owner of a resource; messages are grouped by it and carry it as the
      attribute `owner` to filter on.
    - `digest_minutes`: 0 tells at once; otherwise there is one message for each owner and window of so many minutes.
    - `subscriptions`: subscriptions by a name of your choice: `protocol` (`email`, `email-json`, `https`, `sqs`, `lambda`,
      `sms`), `endpoint`, `filter_policy` on message attributes, and `topic`: `notifications` (findings and changes, for
      owners) or `alarms` (what needs an operator).
    - `email_from`: mails single owners from this address, an identity that is verified with SES in this account and region. In
      the SES sandbox only verified addresses get mail. Without it, owners subscribe with a filter. Known at plan: write it as text.
    - How an owner's address is found: in `email_addresses` (owner -> address), in the value of the owner tag itself, by
      `email_pattern` (`{owner}@example.com`), and last, with `email_account_contact`, as that of the account in Organizations.
    - `chat`: channels that show the notices, by a name of your choice, through Amazon Q Developer in chat applications. Somebody
      has to authorize the Slack workspace or the Microsoft Teams tenant in its console first.
  EOT
  type = object({
    owner_tag      = optional(string)
    digest_minutes = optional(number, 15)
    subscriptions = optional(map(object({
      protocol      = string
      endpoint      = string
      topic         = optional(string, "notifications")
      filter_policy = optional(map(list(string)), {})
    })), {})
    email_from            = optional(string)
    email_pattern         = optional(string)
    email_addresses       = optional(map(string), {})
    email_account_contact = optional(bool, false)
    chat = optional(object({
      slack = optional(map(object({ workspace_id = string, channel_id = string })), {})
      teams = optional(map(object({ tenant_id = string, team_id = string, channel_id = string })), {})
    }), {})
  })
  default  = {}
  nullable = false

  validation {
    condition = var.notifications.owner_tag == null || contains(
      concat(keys(var.tags), flatten([for scope in var.scopes : try(keys(scope.tags), [])])),
      coalesce(var.notifications.owner_tag, " "),
    )
    error_message = join(" ", [
      "notifications.owner_tag is \"${coalesce(var.notifications.owner_tag, "null")}\", which is no key of the schema; it is one of",
      "${join(", ", distinct(concat(keys(var.tags), flatten([for scope in var.scopes : try(keys(scope.tags), [])]))))}.",
    ])
  }

  validation {
    condition = (
      var.notifications.digest_minutes == floor(var.notifications.digest_minutes)
      && var.notifications.digest_minutes >= 0 && var.notifications.digest_minutes <= 1440
    )
    error_message = "notifications.digest_minutes is ${var.notifications.digest_minutes}; it is a whole number from 0 to 1440."
  }

  validation {
    condition = alltrue([for subscription in var.notifications.subscriptions : subscription != null])
    error_message = join("\n", [
      for name, subscription in var.notifications.subscriptions :
      "notifications.subscriptions[\"${name}\"] is null; set protocol and endpoint, or remove it." if subscription == null
    ])
  }

  validation {
    condition = alltrue([
      for subscription in var.notifications.subscriptions : contains(["notifications", "alarms"], subscription.topic)
      if subscription != null
    ])
    error_message = join("\n", [
      for name, subscription in var.notifications.subscriptions :
      "notifications.subscriptions[\"${name}\"].topic is \"${subscription.topic}\"; it is one of notifications and alarms."
      if !try(contains(["notifications", "alarms"], subscription.topic), true)
    ])
  }

  validation {
    condition = alltrue([
      for subscription in var.notifications.subscriptions :
      try(contains(local.protocols, subscription.protocol), subscription == null)
    ])
    error_message = join("\n", [
      for name, subscription in var.notifications.subscriptions :
      join(" ", [
        "notifications.subscriptions[\"${name}\"].protocol is \"${try(coalesce(subscription.protocol), "")}\";",
        "it is one of email, email-json, https, sqs, lambda and sms.",
      ])
      if !try(contains(local.protocols, subscription.protocol), subscription == null)
    ])
  }

  validation {
    condition = alltrue([
      for subscription in var.notifications.subscriptions : can(regex(local.forms.email, subscription.endpoint))
      if try(startswith(subscription.protocol, "email"), false)
    ])
    error_message = join("\n", [
      for name, subscription in var.notifications.subscriptions :
      join(" ", [
        "notifications.subscriptions[\"${name}\"].endpoint is \"${try(coalesce(subscription.endpoint), "")}\",",
        "which is no e-mail address, as protocol ${subscription.protocol} takes.",
      ])
      if try(startswith(subscription.protocol, "email"), false) && !can(regex(local.forms.email, subscription.endpoint))
    ])
  }

  validation {
    condition = alltrue([
      for subscription in var.notifications.subscriptions : can(regex(local.forms.https, subscription.endpoint))
      if try(subscription.protocol == "https", false)
    ])
    error_message = join("\n", [
      for name, subscription in var.notifications.subscriptions :
      join(" ", [
        "notifications.subscriptions[\"${name}\"].endpoint is \"${try(coalesce(subscription.endpoint), "")}\";",
        "protocol https takes a URL that begins with https://.",
      ])
      if try(subscription.protocol == "https", false) && !can(regex(local.forms.https, subscription.endpoint))
    ])
  }

  validation {
    condition = alltrue([
      for subscription in var.notifications.subscriptions :
      can(regex("^arn:aws[a-z-]*:${subscription.protocol}:[a-z0-9-]+:[0-9]{12}:.+$", subscription.endpoint))
      if try(contains(["sqs", "lambda"], subscription.protocol), false)
    ])
    error_message = join("\n", [
      for name, subscription in var.notifications.subscriptions :
      join(" ", [
        "notifications.subscriptions[\"${name}\"].endpoint is \"${try(coalesce(subscription.endpoint), "")}\";",
        "protocol ${subscription.protocol} takes an ARN that begins with arn:aws:${subscription.protocol}:.",
      ])
      if try(contains(["sqs", "lambda"], subscription.protocol), false)
      && !can(regex("^arn:aws[a-z-]*:${subscription.protocol}:[a-z0-9-]+:[0-9]{12}:.+$", subscription.endpoint))
    ])
  }

  validation {
    condition = alltrue([
      for subscription in var.notifications.subscriptions : can(regex(local.forms.telephone, subscription.endpoint))
      if try(subscription.protocol == "sms", false)
    ])
    error_message = join("\n", [
      for name, subscription in var.notifications.subscriptions :
      join(" ", [
        "notifications.subscriptions[\"${name}\"].endpoint is \"${try(coalesce(subscription.endpoint), "")}\";",
        "protocol sms takes a telephone number such as +14155550123.",
      ])
      if try(subscription.protocol == "sms", false) && !can(regex(local.forms.telephone, subscription.endpoint))
    ])
  }

  # https://docs.aws.amazon.com/sns/latest/dg/fifo-message-delivery.html
  validation {
    condition = alltrue([
      for subscription in var.notifications.subscriptions :
      !try(subscription.protocol == "sqs" && endswith(subscription.endpoint, ".fifo"), false)
    ])
    error_message = join("\n", [
      for name, subscription in var.notifications.subscriptions : join(" ", [
        "notifications.subscriptions[\"${name}\"].endpoint is \"${subscription.endpoint}\", a FIFO queue, which the topic, a standard one,",
        "cannot send to; take a standard queue.",
      ])
      if try(subscription.protocol == "sqs" && endswith(subscription.endpoint, ".fifo"), false)
    ])
  }

  # SNS has one subscription for an endpoint of a topic, whatever it is called here.
  validation {
    condition = alltrue([
      for names in values({
        for name, subscription in var.notifications.subscriptions :
        jsonencode(try([subscription.topic, subscription.protocol, subscription.endpoint], name)) => name...
      }) : length(names) == 1
    ])
    error_message = join("\n", [
      for names in values({
        for name, subscription in var.notifications.subscriptions :
        jsonencode(try([subscription.topic, subscription.protocol, subscription.endpoint], name)) => name...
        }) : join(" ", [
        "notifications.subscriptions: ${join(" and ", names)} are the same (${try(var.notifications.subscriptions[names[0]].topic, "")},",
        "\"${try(coalesce(var.notifications.subscriptions[names[0]].endpoint), "")}\"); keep one of them.",
      ]) if length(names) > 1
    ])
  }

  validation {
    condition = alltrue([
      for subscription in var.notifications.subscriptions :
      !try(subscription.topic == "alarms" && length(subscription.filter_policy) > 0, false)
    ])
    error_message = join("\n", [
      for name, subscription in var.notifications.subscriptions : join(" ", [
        "notifications.subscriptions[\"${name}\"].filter_policy names ${join(", ", keys(subscription.filter_policy))}, but alarms carry no",
        "attributes, so that none would pass; leave the filter out, or take the topic notifications.",
      ])
      if try(subscription.topic == "alarms" && length(subscription.filter_policy) > 0, false)
    ])
  }

  validation {
    condition = alltrue(flatten([
      for subscription in var.notifications.subscriptions : [
        for attribute, values in try(subscription.filter_policy, {}) :
        contains(local.notice_attributes, attribute) && try(length(values) > 0, false)
      ] if try(subscription.topic == "notifications", false)
    ]))
    error_message = join("\n", flatten([
      for name, subscription in var.notifications.subscriptions : [
        for attribute, values in try(subscription.filter_policy, {}) : join(" ", [
          "notifications.subscriptions[\"${name}\"].filter_policy: \"${attribute}\" is [${try(join(", ", values), "")}], which no notice",
          "matches; a filter lists values of account, id, kind, owner, resource_type or scope.",
        ])
        if !contains(local.notice_attributes, attribute) || try(length(values) == 0, true)
      ] if try(subscription.topic == "notifications", false)
    ]))
  }

  validation {
    condition = var.notifications.email_from == null || can(regex(local.forms.sender, var.notifications.email_from))
    error_message = join(" ", [
      "notifications.email_from is \"${try(coalesce(var.notifications.email_from), "")}\";",
      "it is a plain address, such as tags@example.com.",
    ])
  }

  validation {
    condition = var.notifications.email_from != null || (
      var.notifications.email_pattern == null && length(var.notifications.email_addresses) == 0
      && !var.notifications.email_account_contact
    )
    error_message = join(" ", [
      "notifications.email_from is null, but email_pattern, email_addresses or email_account_contact say where mails go;",
      "set email_from, or leave them out.",
    ])
  }

  validation {
    condition = (
      var.notifications.email_from == null || var.notifications.owner_tag != null || var.notifications.email_account_contact
    )
    error_message = join(" ", [
      "notifications.email_from is \"${coalesce(var.notifications.email_from, "null")}\", but nothing says who owns a resource;",
      "set owner_tag, or email_account_contact.",
    ])
  }

  validation {
    condition = (
      var.notifications.email_pattern == null
      || can(regex("^[^@\\s{}]*\\{owner\\}[^@\\s{}]*@[A-Za-z0-9-]+(?:\\.[A-Za-z0-9-]+)+$", var.notifications.email_pattern))
    )
    error_message = join(" ", [
      "notifications.email_pattern is \"${coalesce(var.notifications.email_pattern, "null")}\";",
      "it is an address with {owner} once, before the @, such as {owner}@example.com.",
    ])
  }

  validation {
    condition = alltrue([for address in values(var.notifications.email_addresses) : can(regex(local.forms.email, address))])
    error_message = join("\n", [
      for owner, address in var.notifications.email_addresses :
      "notifications.email_addresses[\"${owner}\"] is \"${coalesce(address, "null")}\", which is no e-mail address."
      if !can(regex(local.forms.email, address))
    ])
  }

  validation {
    condition = !var.notifications.email_account_contact || var.organization != null
    error_message = join(" ", [
      "notifications.email_account_contact is true, but organization is null, and Organizations knows the address;",
      "set organization, or leave it out.",
    ])
  }

  # https://docs.aws.amazon.com/chatbot/latest/APIReference/API_CreateSlackChannelConfiguration.html
  validation {
    condition = alltrue(flatten([
      for kind, channels in local.chat_forms : [
        for channel in values(var.notifications.chat[kind]) : [for field, form in channels : can(regex(form, channel[field]))]
      ]
    ]))
    error_message = join("\n", flatten([
      for kind, channels in local.chat_forms : [
        for name, channel in var.notifications.chat[kind] : [
          for field, form in channels :
          join(" ", [
            "notifications.chat.${kind}[\"${name}\"].${field} is \"${try(coalesce(channel[field]), "")}\";",
            "it is like ${local.chat_examples[field]}.",
          ])
          if !can(regex(form, channel[field]))
        ]
      ]
    ]))
  }

  validation {
    condition = alltrue(flatten([
      for channels in values(var.notifications.chat) : [for name in keys(channels) : can(regex("^[A-Za-z0-9_-]{1,64}$", name))]
    ]))
    error_message = join("\n", flatten([
      for kind, channels in var.notifications.chat : [
        for name in keys(channels) :
        "notifications.chat.${kind}[\"${name}\"]: the name has 1 to 64 letters, digits, _ and -."
        if !can(regex("^[A-Za-z0-9_-]{1,64}$", name))
      ]
    ]))
  }

  # AWS has one configuration for a channel.
  validation {
    condition = alltrue(flatten([
      for channels in values(var.notifications.chat) : [
        for names in values({ for name, channel in channels : jsonencode(channel) => name... }) : length(names) == 1
      ]
    ]))
    error_message = join("\n", flatten([
      for kind, channels in var.notifications.chat : [
        for names in values({ for name, channel in channels : jsonencode(channel) => name... }) :
        "notifications.chat.${kind}: ${join(" and ", names)} are the same channel; keep one of them." if length(names) > 1
      ]
    ]))
  }
}

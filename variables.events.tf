variable "detection" {
  description = <<-EOT
    How resources come to attention.

    - `cloudtrail`: creations, as CloudTrail reports them to EventBridge. A trail that logs management events has to exist.
    - `event_matching`: `exact` forwards the creations of governed types and nothing else; `prefix` forwards whatever is
      called `Create...`, which takes less than a third of the rules when all of AWS is governed, and leaves the rest to the
      function.
    - `tag_changes`: changes of tags.
    - `instance_state`: EC2's own event of an instance that starts (`pending`, `running`), which needs no trail. It names no
      creator: with `cloudtrail` on, an instance that is not as it should be waits up to five minutes for the event of its
      creation, and both together give one correction and one notice.
    - `actor_from`: what names the creator behind an assumed role, the first that does: `source_identity` (where your sign-in
      sets it), `session_name` (of people; those of machines, such as an instance id, count for nobody) and `role_name`.
    - `settle_seconds`: how long an event waits before it is judged, because some clients tag a resource only after
      they have created it.
  EOT
  type = object({
    cloudtrail     = optional(bool, true)
    event_matching = optional(string, "exact")
    tag_changes    = optional(bool, true)
    instance_state = optional(bool, false)
    actor_from     = optional(list(string), ["source_identity", "session_name"])
    settle_seconds = optional(number, 60)
  })
  default  = {}
  nullable = false

  validation {
    condition     = contains(["exact", "prefix"], var.detection.event_matching)
    error_message = "detection.event_matching is \"${var.detection.event_matching}\"; it is one of exact and prefix."
  }

  validation {
    condition = length(setsubtract(var.detection.actor_from, local.actor_sources)) == 0
    error_message = join(" ", [
      "detection.actor_from lists",
      "${join(", ", setsubtract(var.detection.actor_from, local.actor_sources))};",
      "it takes source_identity, session_name and role_name.",
    ])
  }

  validation {
    condition     = length(distinct(var.detection.actor_from)) == length(var.detection.actor_from)
    error_message = "detection.actor_from is [${join(", ", var.detection.actor_from)}]; list each source once."
  }

  # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-delay-queues.html
  validation {
    condition = (
      var.detection.settle_seconds == floor(var.detection.settle_seconds)
      && var.detection.settle_seconds >= 0 && var.detection.settle_seconds <= 900
    )
    error_message = "detection.settle_seconds is ${var.detection.settle_seconds}; a queue delays messages by 0 to 900 whole seconds."
  }
}

variable "notifications" {
  description = <<-EOT
    Who is told what.

    - `owner_tag`: the tag key whose value names the owner of a resource; messages are grouped by it and carry it as the
      attribute `owner` to filter on.
    - `digest_minutes`: 0 tells at once; otherwise there is one message for each owner and window of so many minutes.
    - `subscriptions`: subscriptions by a name of your choice: `protocol` (`email`, `email-json`, `https`, `sqs`, `lambda`,
      `sms`), `endpoint`, `filter_policy` on message attributes, and `topic`: `notifications` (findings and changes, for
      owners) or `alarms` (what needs an operator).
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
}

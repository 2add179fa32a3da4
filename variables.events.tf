variable "detection" {
  description = <<-EOT
    How resources come to attention.

    - `cloudtrail`: creations, as CloudTrail reports them to EventBridge. A trail that logs management events has to exist.
    - `event_matching`: `exact` forwards the creations of governed types and nothing else; `prefix` forwards whatever is
      called `Create...`, which takes less than a third of the rules when all of AWS is governed, and leaves the rest to the
      function.
    - `tag_changes`: changes of tags.
    - `settle_seconds`: how long an event waits before it is judged, because some clients tag a resource only after
      they have created it.
  EOT
  type = object({
    cloudtrail     = optional(bool, true)
    event_matching = optional(string, "exact")
    tag_changes    = optional(bool, true)
    settle_seconds = optional(number, 60)
  })
  default  = {}
  nullable = false

  validation {
    condition     = contains(["exact", "prefix"], var.detection.event_matching)
    error_message = "detection.event_matching is \"${var.detection.event_matching}\"; it is one of exact and prefix."
  }

  # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-delay-queues.html
  validation {
    condition     = var.detection.settle_seconds == floor(var.detection.settle_seconds) && var.detection.settle_seconds >= 0 && var.detection.settle_seconds <= 900
    error_message = "detection.settle_seconds is ${var.detection.settle_seconds}; a queue delays messages by 0 to 900 whole seconds."
  }
}

variable "notifications" {
  description = <<-EOT
    Who is told what.

    - `owner_tag`: the tag key whose value names the owner of a resource; messages are grouped by it and carry it as the
      attribute `owner` to filter on.
    - `subscriptions`: subscriptions by a name of your choice: `protocol` (`email`, `email-json`, `https`, `sqs`, `lambda`,
      `sms`), `endpoint`, `filter_policy` on message attributes, and `topic`: `notifications` (findings and changes, for
      owners) or `alarms` (what needs an operator).
  EOT
  type = object({
    owner_tag = optional(string)
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
      concat(keys(var.tags), flatten([for scope in var.scopes : keys(scope.tags)])),
      coalesce(var.notifications.owner_tag, " "),
    )
    error_message = "notifications.owner_tag is \"${coalesce(var.notifications.owner_tag, "null")}\", which is no key of the schema; it is one of ${join(", ", distinct(concat(keys(var.tags), flatten([for scope in var.scopes : keys(scope.tags)]))))}."
  }

  validation {
    condition = alltrue([
      for subscription in var.notifications.subscriptions : contains(["notifications", "alarms"], subscription.topic)
    ])
    error_message = join("\n", [
      for name, subscription in var.notifications.subscriptions :
      "notifications.subscriptions[\"${name}\"].topic is \"${subscription.topic}\"; it is one of notifications and alarms."
      if !contains(["notifications", "alarms"], subscription.topic)
    ])
  }

  validation {
    condition = alltrue([
      for subscription in var.notifications.subscriptions :
      contains(["email", "email-json", "https", "sqs", "lambda", "sms"], subscription.protocol)
    ])
    error_message = join("\n", [
      for name, subscription in var.notifications.subscriptions :
      "notifications.subscriptions[\"${name}\"].protocol is \"${subscription.protocol}\"; it is one of email, email-json, https, sqs, lambda and sms."
      if !contains(["email", "email-json", "https", "sqs", "lambda", "sms"], subscription.protocol)
    ])
  }

  validation {
    condition = alltrue([
      for subscription in var.notifications.subscriptions : can(regex("^[^@\\s]+@[^@\\s]+\\.[^@\\s]+$", subscription.endpoint))
      if startswith(subscription.protocol, "email")
    ])
    error_message = join("\n", [
      for name, subscription in var.notifications.subscriptions :
      "notifications.subscriptions[\"${name}\"].endpoint is \"${subscription.endpoint}\", which is no e-mail address, as protocol ${subscription.protocol} takes."
      if startswith(subscription.protocol, "email") && !can(regex("^[^@\\s]+@[^@\\s]+\\.[^@\\s]+$", subscription.endpoint))
    ])
  }

  validation {
    condition = alltrue([
      for subscription in var.notifications.subscriptions : can(regex("^https://[^\\s]+$", subscription.endpoint))
      if subscription.protocol == "https"
    ])
    error_message = join("\n", [
      for name, subscription in var.notifications.subscriptions :
      "notifications.subscriptions[\"${name}\"].endpoint is \"${subscription.endpoint}\"; protocol https takes a URL that begins with https://."
      if subscription.protocol == "https" && !can(regex("^https://[^\\s]+$", subscription.endpoint))
    ])
  }

  validation {
    condition = alltrue([
      for subscription in var.notifications.subscriptions :
      can(regex("^arn:aws[a-z-]*:${subscription.protocol}:[a-z0-9-]+:[0-9]{12}:.+$", subscription.endpoint))
      if contains(["sqs", "lambda"], subscription.protocol)
    ])
    error_message = join("\n", [
      for name, subscription in var.notifications.subscriptions :
      "notifications.subscriptions[\"${name}\"].endpoint is \"${subscription.endpoint}\"; protocol ${subscription.protocol} takes an ARN that begins with arn:aws:${subscription.protocol}:."
      if contains(["sqs", "lambda"], subscription.protocol) && !can(regex("^arn:aws[a-z-]*:${subscription.protocol}:[a-z0-9-]+:[0-9]{12}:.+$", subscription.endpoint))
    ])
  }

  validation {
    condition = alltrue([
      for subscription in var.notifications.subscriptions : can(regex("^\\+[1-9][0-9]{6,14}$", subscription.endpoint))
      if subscription.protocol == "sms"
    ])
    error_message = join("\n", [
      for name, subscription in var.notifications.subscriptions :
      "notifications.subscriptions[\"${name}\"].endpoint is \"${subscription.endpoint}\"; protocol sms takes a telephone number such as +14155550123."
      if subscription.protocol == "sms" && !can(regex("^\\+[1-9][0-9]{6,14}$", subscription.endpoint))
    ])
  }
}

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

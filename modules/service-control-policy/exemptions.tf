# Whom the statements spare, and until when.
#
# Conditions of one statement are ANDed, so "unless it is exempt and the date has not passed" takes one statement for
# today, which spares everyone exempt, and one for the time after each end date, which spares whose exemptions end later.
# With `pilot` (an account, until May) and `backup` (a role, until July):
#
#   from the start   unless the account is pilot's, and unless the role is backup's
#   after May        unless the role is backup's
#   after July       without exception

locals {
  # The exemptions of each type, and of what concerns all types. Types with the same ones share statements.
  exemptions_of_all = jsonencode(sort([for name, exemption in var.exemptions : name if length(exemption.resource_types) == 0]))
  exempt_types = flatten([
    for name, exemption in var.exemptions : [for type in exemption.resource_types : { type = type, exemption = name }]
  ])
  exemptions_by_type = { for row in local.exempt_types : row.type => row.exemption... }
  exemptions_of_type = {
    for type in local.denied_types :
    type => jsonencode(sort(distinct(concat(jsondecode(local.exemptions_of_all), try(local.exemptions_by_type[type], [])))))
  }

  # Each set of exemptions, and the days after which one of it has ended.
  exemption_sets = toset(concat([local.exemptions_of_all], values(local.exemptions_of_type)))
  ends_of_set = {
    for set in local.exemption_sets : set => sort(distinct([for name in jsondecode(set) : var.exemptions[name].expires]))
  }
  period_starts = flatten([
    for set, ends in local.ends_of_set : [for since in concat(["start"], ends) : { set = set, since = since }]
  ])
  spared = {
    for period in local.period_starts : "${period.set} ${period.since}" => [
      for name in jsondecode(period.set) : var.exemptions[name]
      if try(timecmp("${var.exemptions[name].expires}T00:00:00Z", "${period.since}T00:00:00Z") > 0, period.since == "start")
    ]
  }

  # Set of exemptions and beginning => what is true of those who are not exempt then. Nothing is said of a period in which
  # everyone is exempt.
  periods = {
    for period in local.period_starts : "${period.set} ${period.since}" => {
      set        = period.set
      principals = sort(distinct(flatten(local.spared["${period.set} ${period.since}"][*].principals)))
      conditions = concat(
        period.since == "start" ? [] : [
          { test = "DateGreaterThan", variable = "aws:CurrentTime", values = ["${period.since}T23:59:59Z"] },
        ],
        length(flatten(local.spared["${period.set} ${period.since}"][*].accounts)) == 0 ? [] : [{
          test     = "StringNotEquals"
          variable = "aws:PrincipalAccount"
          values   = sort(distinct(flatten(local.spared["${period.set} ${period.since}"][*].accounts)))
        }],
      )
      } if alltrue([
        for exemption in local.spared["${period.set} ${period.since}"] : length(exemption.accounts) + length(exemption.principals) > 0
    ])
  }
  periods_of_set = { for name, period in local.periods : period.set => name... }
}

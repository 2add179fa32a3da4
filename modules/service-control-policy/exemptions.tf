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
  exemptions_of_all = sort([for name, exemption in var.exemptions : name if length(exemption.resource_types) == 0])
  exemptions_of_type = {
    for type in distinct(flatten([for scope in var.scopes : [for tag in values(scope.tags) : tag.deny_create_without]])) :
    type => sort([
      for name, exemption in var.exemptions : name
      if length(exemption.resource_types) == 0 || contains(exemption.resource_types, type)
    ])
  }
  exemption_sets = {
    for names in distinct(concat([local.exemptions_of_all], values(local.exemptions_of_type))) : jsonencode(names) => names
  }

  exempts_everyone = [
    for name, exemption in var.exemptions : name if length(exemption.accounts) + length(exemption.principals) == 0
  ]

  period_list = flatten([
    for set, names in local.exemption_sets : [
      for since in concat(["start"], sort(distinct([for name in names : var.exemptions[name].expires]))) : {
        set   = set
        since = since
        spared = [
          for name in names : name
          if try(timecmp("${var.exemptions[name].expires}T00:00:00Z", "${since}T00:00:00Z") > 0, since == "start")
        ]
      }
    ]
  ])

  # Set of exemptions -> period -> what is true of those who are not exempt in it. Nothing is said of a period in which
  # everyone is exempt.
  periods = {
    for set in keys(local.exemption_sets) : set => {
      for period in local.period_list : "${set} ${period.since}" => {
        conditions = concat(
          [
            for since in [period.since] :
            { test = "DateGreaterThan", variable = "aws:CurrentTime", values = ["${since}T23:59:59Z"] } if since != "start"
          ],
          [
            for accounts in [sort(distinct(flatten([for name in period.spared : var.exemptions[name].accounts])))] :
            { test = "StringNotEquals", variable = "aws:PrincipalAccount", values = accounts } if length(accounts) > 0
          ],
        )
        principals = sort(distinct(flatten([for name in period.spared : var.exemptions[name].principals])))
      } if period.set == set && length(setintersection(period.spared, local.exempts_everyone)) == 0
    }
  }
}

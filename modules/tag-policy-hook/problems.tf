# What is wrong with the settings of the hook, in words: one line per rule that is broken, all of them in one plan.

locals {
  problems = concat(
    local.no_operations, local.idle_operations, local.names_of_no_stack, local.too_many_stacks, local.contradicting_stacks,
    local.long_configuration,
  )

  no_operations = length(var.target_operations) > 0 ? [] : [
    "target_operations is empty; allowed are STACK and CHANGE_SET. To switch the hook off, set enabled = false.",
  ]

  # AWS: "This hook only functions as a StackHook. It has no effect when used as a resource hook."
  # https://docs.aws.amazon.com/organizations/latest/userguide/enforce-required-tag-keys-iac.html
  idle_operations = [
    for operation in setsubtract(var.target_operations, ["STACK", "CHANGE_SET"]) :
    "target_operations has \"${operation}\"; allowed are STACK and CHANGE_SET, because this hook judges whole stacks."
  ]

  # https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStack.html
  names_of_no_stack = [
    for path, name in merge(
      { for index, name in var.stacks.include : "stacks.include[${index}]" => name },
      { for index, name in var.stacks.exclude : "stacks.exclude[${index}]" => name },
    ) : "${path} is \"${name}\"; a stack's whole name has 1 to 128 letters, digits and hyphens and begins with a letter (no wildcard)."
    if !can(regex("^[a-zA-Z][-a-zA-Z0-9]{0,127}$", name))
  ]

  # https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-cloudformation-guardhook-stacknames.html
  too_many_stacks = [
    for list, names in { include = var.stacks.include, exclude = var.stacks.exclude } :
    "stacks.${list} has ${length(names)} names; CloudFormation allows 50." if length(names) > 50
  ]

  contradicting_stacks = [
    for name in setintersection(var.stacks.include, var.stacks.exclude) :
    "stacks.include and stacks.exclude both have \"${name}\"; it is looked at or left out."
  ]

  # https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
  long_configuration = length(local.configuration) <= 4096 ? [] : [
    "stacks: with these names the configuration takes ${length(local.configuration)} bytes; a parameter of a template has 4,096.",
  ]
}

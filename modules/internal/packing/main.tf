# Puts items into as few bins as their order allows, without resources and without a loop that carries state, which
# Terraform does not have. An item belongs to the bin in which its first unit falls on one long ruler that is divided
# every `stride` units. A bin can then run over its stride by less than one item, so the stride is the capacity less
# the largest item: no bin overflows, and each wastes less than one item.

locals {
  stride = max(1, var.capacity - max(0, var.sizes...))

  # Running totals, blockwise: a plain sum over every prefix takes quadratic time, seconds for a few thousand items.
  blocks       = chunklist(var.sizes, 64)
  block_totals = [for block in local.blocks : sum(block)]
  block_starts = [for index, _ in local.block_totals : sum(concat([0], slice(local.block_totals, 0, index)))]
  starts = flatten([
    for number, block in local.blocks : [
      for index, _ in block : local.block_starts[number] + sum(concat([0], slice(block, 0, index)))
    ]
  ])

  marks = [for start in local.starts : floor(start / local.stride)]

  # An item longer than a stride leaves a mark unused; bins are numbered without gaps.
  bin_of_mark = { for bin, mark in distinct(local.marks) : mark => bin }
}

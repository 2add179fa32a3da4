run "items_are_packed_in_order_and_no_bin_overflows" {
  command = plan

  module {
    source = "./modules/internal/packing"
  }

  variables {
    sizes    = [40, 30, 20, 30, 40, 10, 10, 30, 30, 30, 20, 40]
    capacity = 100
  }

  assert {
    condition     = alltrue([for index in range(1, length(var.sizes)) : output.bins[index] >= output.bins[index - 1]])
    error_message = "an item came before one that stands before it: ${jsonencode(output.bins)}"
  }

  assert {
    condition = alltrue([
      for bin in distinct(output.bins) : sum([for index, size in var.sizes : size if output.bins[index] == bin]) <= 100
    ])
    error_message = "a bin overflows: ${jsonencode(output.bins)}"
  }

  # The stride is 60 and all items are 330, so no packing by strides takes more.
  assert {
    condition     = length(distinct(output.bins)) <= 6
    error_message = "bins are wasted: ${jsonencode(output.bins)}"
  }
}

run "many_small_items_fill_the_bins" {
  command = plan

  module {
    source = "./modules/internal/packing"
  }

  variables {
    sizes    = flatten([for round in range(100) : [for number in range(30) : 20 + number % 13]])
    capacity = 2000
  }

  assert {
    condition = alltrue([
      for bin in distinct(output.bins) : sum([for index, size in var.sizes : size if output.bins[index] == bin]) <= 2000
    ])
    error_message = "a bin overflows"
  }

  assert {
    condition     = length(distinct(output.bins)) <= ceil(sum(var.sizes) / (2000 - 32))
    error_message = "${length(distinct(output.bins))} bins for ${sum(var.sizes)}"
  }
}

run "bins_are_numbered_without_gaps_around_an_item_that_fills_one" {
  command = plan

  module {
    source = "./modules/internal/packing"
  }

  variables {
    sizes    = [90, 5, 90, 90]
    capacity = 100
  }

  assert {
    condition     = jsonencode(output.bins) == jsonencode([0, 1, 1, 2])
    error_message = jsonencode(output.bins)
  }
}

run "nothing_takes_no_bin" {
  command = plan

  module {
    source = "./modules/internal/packing"
  }

  variables {
    sizes    = []
    capacity = 100
  }

  assert {
    condition     = length(output.bins) == 0
    error_message = jsonencode(output.bins)
  }
}

output "bins" {
  description = "Number of the bin of each item, counted from 0, in the order of `sizes`."
  value       = [for mark in local.marks : local.bin_of_mark[mark]]
}

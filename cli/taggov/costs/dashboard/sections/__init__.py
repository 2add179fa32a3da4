"""Pages of the dashboard. Each is a function that draws a `View`."""

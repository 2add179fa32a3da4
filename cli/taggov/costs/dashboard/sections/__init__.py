"""The pages of the dashboard, each a function that draws one `View`."""

"""The cost of things, whom it belongs to, and how sure that is."""

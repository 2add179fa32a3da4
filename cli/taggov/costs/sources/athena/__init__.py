"""Costs from a FOCUS export in Athena."""

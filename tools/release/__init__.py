"""Checks before a release. Nothing here tags or pushes."""

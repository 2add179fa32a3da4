"""Decisions: what is wrong with a resource, and which calls fix it. Pure."""

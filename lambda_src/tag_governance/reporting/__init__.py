"""Notices, metrics and audit lines. Pure."""

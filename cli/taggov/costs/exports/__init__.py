"""Allocated costs for other tools: FOCUS, CloudZero CBF."""

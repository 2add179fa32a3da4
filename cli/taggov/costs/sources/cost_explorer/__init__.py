"""Costs from AWS Cost Explorer."""

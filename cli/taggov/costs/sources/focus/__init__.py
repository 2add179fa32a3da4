"""Costs from FOCUS files, local or in S3."""

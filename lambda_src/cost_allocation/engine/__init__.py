"""Exact allocation: attribution of costs, and splits of shared costs."""

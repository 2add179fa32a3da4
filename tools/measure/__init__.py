"""Figures of how easy the code is to read."""

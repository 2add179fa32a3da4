"""Readability figures of the code."""

"""Answers that were paid for, kept by month."""

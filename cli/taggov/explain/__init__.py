"""Explanation of what governs an account."""

"""Measurements, one JSON line per figure. They assert nothing: the reader compares them with their rivals."""

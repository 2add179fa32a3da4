"""Benchmarks, one JSON line per figure, each beside an alternative. They assert nothing."""

"""Analyses of an allocation: reports, KPIs, coverage, traces, changes, rules that did nothing."""

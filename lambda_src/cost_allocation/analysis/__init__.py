"""What an allocation says: reports, KPIs, coverage, traces, changes, rules that did nothing."""

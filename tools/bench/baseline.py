"""Figures of an earlier version of the function, for comparison. They are not measured again.

In that version a launch of an Auto Scaling group arrived alone, and of 200 launches ten arrived in each batch. The
table of scenarios is from another simulation with 1,500 to 3,000 resources, of which fewer had to be changed.
"""

from __future__ import annotations

CALLS_10_TIMES_RUN_INSTANCES_50 = 97
LEDGER_WRITES_10_TIMES_RUN_INSTANCES_50 = 80
LEDGER_PER_CHANGE = {"ledger_requests": 0.08, "ledger_write_units": 2}
"""Each change was written twice, 25 items per call, each below 1 KB and without a condition."""
NOTICES = {"scale_out_30": 30, "launches_200": 20}
SCENARIOS = {
    "healthy": {"changed": 900, "never_told": 0, "told_more_than_once": 0, "pending": 0},
    "kills": {"changed": 900, "never_told": 13, "told_more_than_once": 0, "pending": 14},
    "throttled": {"changed": 900, "never_told": 58, "told_more_than_once": 12, "pending": 111},
    "mixed": {"changed": 1512, "never_told": 661, "told_more_than_once": 50, "pending": 1060},
}

"""Limits of Cost Explorer. Queries beyond them are rejected with the fix, before a request is paid."""

from __future__ import annotations

from datetime import date, timedelta

from cost_allocation.query import FIELDS, CostQuery, Granularity, tag_key
from taggov.costs.sources.base import SourceError
from taggov.costs.sources.months import months_before, next_month

METRICS = ("UnblendedCost", "AmortizedCost", "BlendedCost", "NetAmortizedCost", "NetUnblendedCost")
"""Without UsageQuantity and NormalizedUsageAmount: they are not costs, and mix units such as hours and gigabytes."""

DAILY_MONTHS = 14
"""Number of months with daily costs. Older costs are monthly only (AWS, Cost Explorer user guide)."""


def check(query: CostQuery, today: date) -> tuple[date, date]:
    """Check a query. Return its first day and the day after its last day.

    Raises:
        SourceError: Cost Explorer cannot answer this query.
    """
    if query.metric not in METRICS:
        raise SourceError(
            f'metric "{query.metric}" is not a cost metric of Cost Explorer; allowed: {", ".join(METRICS)}'
        )
    for dimension in (*query.dimensions, *(one.dimension for one in query.filters)):
        if dimension not in FIELDS and not tag_key(dimension):
            raise SourceError(f'dimension "{dimension}" is unknown; allowed: {", ".join(FIELDS)}, tag:KEY')
    if query.start is None or query.end is None:
        missing = "start" if query.start is None else "end"
        raise SourceError(f"{missing} date is missing, and Cost Explorer needs both: use --start and --end")
    _check_future(query.start, query.end, today)
    _check_order(query.start, query.end, query.granularity)
    _check_past(query.start, query.granularity, today)
    return query.start, query.end


def _check_future(start: date, end: date, today: date) -> None:
    if start > today:
        raise SourceError(f"start {start} is in the future: use --start {today} or earlier")
    if end > next_month(today):
        raise SourceError(
            f"end {end} is after the current month (the end is exclusive): use --end {next_month(today)} or earlier"
        )


def _check_order(start: date, end: date, granularity: Granularity) -> None:
    if start == end:
        fix = next_month(start) if granularity is Granularity.MONTH else start + timedelta(days=1)
        raise SourceError(f"start and end are both {start}, and the end is exclusive: use --end {fix}")
    if start > end:
        raise SourceError(
            f"start {start} is after end {end}, and the end is exclusive: "
            f"use --end {next_month(start)}, or --start {end} --end {start}"
        )


def _check_past(start: date, granularity: Granularity, today: date) -> None:
    oldest = months_before(today, DAILY_MONTHS)
    if start >= oldest:
        return
    if granularity is Granularity.DAY:
        raise SourceError(
            f"start {start} is more than {DAILY_MONTHS} months ago, where Cost Explorer has no daily costs: "
            f"use --start {oldest} or later, or ask for months"
        )
    if start.day != 1:
        raise SourceError(
            f"start {start} is more than {DAILY_MONTHS} months ago, where Cost Explorer has only whole months: "
            f"use --start {start.replace(day=1)} or --start {next_month(start)}"
        )

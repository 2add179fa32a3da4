"""Changes from month to month, of months that can be compared: never a part of one with the whole of another."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from cost_allocation.analysis.report import MONTH
from cost_allocation.model import Allocation
from taggov.costs.dashboard.labels import share_of
from taggov.costs.dashboard.view import View
from taggov.costs.periods import Period
from taggov.costs.render.figures import rounded_totals
from taggov.costs.sources.months import months_before, next_month


@dataclass(frozen=True, slots=True)
class Comparison:
    """Costs of the period against those of the same days a month before."""

    delta: Decimal
    """Difference of amounts as they are shown."""
    ratio: Fraction | None
    against: str
    """`from 2026-09`, `from 2026-09, days 1 to 14 of both`"""


def month_before(view: View) -> Comparison | None:
    """Compare a month with the one before; where it is not over, the days that have costs with the same days.

    Returns:
        None where the period is no month, or nothing is known of the days.
    """
    month = view.first
    if not view.is_month or _may_change(view.allocation, month):
        return None
    last = min(view.opened.last, view.end - timedelta(days=1))
    earlier = months_before(month, 1)
    whole = last == view.end - timedelta(days=1)
    before = Period(earlier, month if whole else earlier + timedelta(days=last.day))
    if (
        before.end is None
        or before.end > month
        or not view.opened.covers(before)
        or view.opened.first > earlier
        or not (whole or view.has_days)
    ):
        return None
    costs = view.of_months((earlier,)) if whole else view.allocated((MONTH, *view.columns), before)
    if view.currency not in costs.totals:
        return None
    then = rounded_totals(costs.totals[view.currency]).output
    delta = view.total.output - then
    days = "" if whole else f", days 1 to {last.day} of both"
    return Comparison(delta, share_of(delta, then), f"from {earlier:%Y-%m}{days}")


def whole_months(view: View, allocation: Allocation, months: Collection[str]) -> list[str]:
    """Choose the months, written `2026-05`, that have costs of every day and will not change, in their order."""
    found = []
    for text in sorted(months):
        month = date.fromisoformat(f"{text}-01")
        if view.opened.covers(Period(month, next_month(month))) and not _may_change(allocation, month):
            found.append(text)
    return found


def newest_pair(view: View) -> tuple[date, date] | None:
    """Find the newest month that can be compared with the one before, up to the end of the period; that one first."""
    periods = {row.cell.period for row in view.lately.rows}
    months = whole_months(view, view.lately, {f"{period:%Y-%m}" for period in periods})
    for text in reversed(months):
        month = date.fromisoformat(f"{text}-01")
        before = months_before(month, 1)
        if f"{before:%Y-%m}" in months:
            return before, month
    return None


def _may_change(allocation: Allocation, month: date) -> bool:
    return month in {day.replace(day=1) for day in allocation.table.estimated}

"""Changes from month to month. A partial month is never compared with a whole month."""

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
from taggov.costs.render.figures import round_totals
from taggov.costs.sources.months import months_before, next_month


@dataclass(frozen=True, slots=True)
class Comparison:
    """Change of costs against the same days of the month before."""

    delta: Decimal
    """Difference of rounded amounts."""
    ratio: Fraction | None
    against: str
    """`from 2026-09`, `from 2026-09, days 1 to 14 of both`"""


def month_before(view: View) -> Comparison | None:
    """Compare a month with the one before. A partial month is compared with the same days.

    Returns:
        None if the period is not a month, or there are no daily costs.
    """
    month = view.first
    if not view.is_month or _may_change(view.allocation, month):
        return None
    last = min(view.dataset.last, view.end - timedelta(days=1))
    earlier = months_before(month, 1)
    whole = last == view.end - timedelta(days=1)
    before = Period(earlier, month if whole else earlier + timedelta(days=last.day))
    if (
        before.end is None
        or before.end > month
        or not view.dataset.covers(before)
        or view.dataset.first > earlier
        or not (whole or view.has_days)
    ):
        return None
    costs = view.allocate_months((earlier,)) if whole else view.allocate((MONTH, *view.columns), before)
    if view.currency not in costs.totals:
        return None
    then = round_totals(costs.totals[view.currency]).output
    delta = view.total.output - then
    days = "" if whole else f", days 1 to {last.day} of both"
    return Comparison(delta, share_of(delta, then), f"from {earlier:%Y-%m}{days}")


def whole_months(view: View, allocation: Allocation, months: Collection[str]) -> list[str]:
    """Return the sorted months, as `2026-05`, that have costs for every day and are final."""
    found = []
    for text in sorted(months):
        month = date.fromisoformat(f"{text}-01")
        if view.dataset.covers(Period(month, next_month(month))) and not _may_change(allocation, month):
            found.append(text)
    return found


def newest_pair(view: View) -> tuple[date, date] | None:
    """Return the newest two consecutive final months up to the end of the period."""
    periods = {row.cell.period for row in view.recent_allocation.rows}
    months = whole_months(view, view.recent_allocation, {f"{period:%Y-%m}" for period in periods})
    for text in reversed(months):
        month = date.fromisoformat(f"{text}-01")
        before = months_before(month, 1)
        if f"{before:%Y-%m}" in months:
            return before, month
    return None


def _may_change(allocation: Allocation, month: date) -> bool:
    return month in {day.replace(day=1) for day in allocation.table.estimated}

"""Figures that FinOps people steer by: unit costs, and what changed from month to month and why."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Context, Decimal, localcontext
from fractions import Fraction

from cost_allocation.engine.attribute import MissingDimension
from cost_allocation.engine.metric_values import MetricValue
from cost_allocation.exact import EXACT
from cost_allocation.model import Allocation

_SHOWN = Context(prec=28)
"""A quotient has no last digit: unit costs are rounded to 28 digits."""


@dataclass(frozen=True, slots=True)
class UnitCost:
    """The cost of one unit of a metric in a month."""

    month: date
    metric: str
    team: str | None
    """None is the whole organization."""
    currency: str
    cost: Decimal
    units: Decimal

    @property
    def per_unit(self) -> Decimal | None:
        """None where there was no unit."""
        return _SHOWN.divide(self.cost, self.units) if self.units else None


@dataclass(frozen=True, slots=True)
class Driver:
    """A part of a change."""

    name: str
    delta: Decimal


@dataclass(frozen=True, slots=True)
class Change:
    """A team's costs in a month against the month before."""

    month: date
    currency: str
    team: str
    before: Decimal
    after: Decimal
    drivers: tuple[Driver, ...]
    """The largest changes, the largest amount first; together they are not the whole change."""

    @property
    def delta(self) -> Decimal:
        """More is positive."""
        with localcontext(EXACT):
            return self.after - self.before

    @property
    def ratio(self) -> Fraction | None:
        """The change as a part of what was; None where nothing, or less, was before."""
        return Fraction(self.delta) / Fraction(self.before) if self.before > 0 else None


def unit_costs(allocation: Allocation, metrics: Iterable[MetricValue]) -> list[UnitCost]:
    """The cost of each metric's unit, for every month and currency that has costs."""
    sums: dict[tuple[date, str | None], dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    with localcontext(EXACT):
        for row in allocation.rows:
            month = row.cell.period.replace(day=1)
            sums[month, row.team][row.cell.currency] += row.cost
            sums[month, None][row.cell.currency] += row.cost
    found = [
        UnitCost(one.month, one.metric, one.team, currency, cost, one.value)
        for one in metrics
        for currency, cost in sums.get((one.month, one.team), {}).items()
    ]
    return sorted(found, key=lambda one: (one.metric, one.month, one.currency, one.team or ""))


def changes(allocation: Allocation, by: str, drivers: int = 3) -> list[Change]:
    """Every team's change from each month to the next, the largest change of a month first.

    Args:
        by: the kept dimension that explains a change, usually `service`.
        drivers: how many to name.

    Raises:
        MissingDimension: the allocation did not keep it.
    """
    if by not in allocation.keep:
        kept = ", ".join(allocation.keep) or "nothing"
        raise MissingDimension(f"changes are explained by {by}, and the allocation kept {kept}")
    at = allocation.keep.index(by)
    sums: dict[tuple[date, str, str], dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    with localcontext(EXACT):
        for row in allocation.rows:
            name = row.cell.values[at] or "none"
            sums[row.cell.period.replace(day=1), row.cell.currency, row.team][name] += row.cost
        months = {month for month, _, _ in sums}
        compared = {
            (month, currency, team)
            for earlier, currency, team in sums
            for month in (earlier, _next(earlier))
            if month in months and _previous(month) in months
        }
        found = [
            _change(month, currency, team, sums[_previous(month), currency, team], sums[month, currency, team], drivers)
            for month, currency, team in sorted(compared)
        ]
    return sorted(found, key=lambda one: (one.month, one.currency, -abs(one.delta), one.team))


def _change(
    month: date, currency: str, team: str, before: dict[str, Decimal], after: dict[str, Decimal], drivers: int
) -> Change:
    deltas = [
        Driver(name, after.get(name, Decimal(0)) - before.get(name, Decimal(0))) for name in sorted({*before, *after})
    ]
    largest: Sequence[Driver] = sorted((one for one in deltas if one.delta), key=lambda one: -abs(one.delta))
    return Change(
        month,
        currency,
        team,
        sum(before.values(), Decimal(0)),
        sum(after.values(), Decimal(0)),
        tuple(largest[:drivers]),
    )


def _next(month: date) -> date:
    return (month + timedelta(days=31)).replace(day=1)


def _previous(month: date) -> date:
    return (month - timedelta(days=1)).replace(day=1)

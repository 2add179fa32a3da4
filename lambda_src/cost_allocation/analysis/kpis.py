"""FinOps KPIs: unit costs, and changes from month to month with their drivers."""

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

_DISPLAY_CONTEXT = Context(prec=28)
"""Context for quotients: unit costs are rounded to 28 digits."""


@dataclass(frozen=True, slots=True)
class UnitCost:
    """The cost of one unit of a metric in a month."""

    month: date
    metric: str
    team: str | None
    """None means the whole organization."""
    currency: str
    cost: Decimal
    units: Decimal

    @property
    def per_unit(self) -> Decimal | None:
        """Cost per unit; None if there are no units."""
        return _DISPLAY_CONTEXT.divide(self.cost, self.units) if self.units else None


@dataclass(frozen=True, slots=True)
class Driver:
    """Part of a change."""

    name: str
    delta: Decimal


@dataclass(frozen=True, slots=True)
class Change:
    """Change of the costs of a team from one month to the next."""

    month: date
    currency: str
    team: str
    before: Decimal
    after: Decimal
    drivers: tuple[Driver, ...]
    """Largest parts of the change, largest first. They are not the whole change."""

    @property
    def delta(self) -> Decimal:
        """Change of the cost. An increase is positive."""
        with localcontext(EXACT):
            return self.after - self.before

    @property
    def ratio(self) -> Fraction | None:
        """Change relative to the month before; None if that was zero or less."""
        return Fraction(self.delta) / Fraction(self.before) if self.before > 0 else None


def unit_costs(allocation: Allocation, metrics: Iterable[MetricValue]) -> list[UnitCost]:
    """Compute the cost per unit of each metric, by month and currency."""
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
    """Compute the changes of each team from month to month, the largest change of a month first.

    Args:
        by: kept dimension of the drivers, usually `service`.
        drivers: maximum number of drivers.

    Raises:
        MissingDimension: the allocation did not keep the dimension.
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

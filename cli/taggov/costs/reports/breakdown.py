"""Data of charts: rounded costs of a report by its chief column and its periods."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from cost_allocation.analysis.report import Report, chief_column
from taggov.costs.render.figures import Figures, period_column
from taggov.costs.render.labels import label

WHOLE = "cost"
"""Placeholder for the column or period of a report without one."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A value of the chief column."""

    name: str
    amounts: tuple[Decimal, ...]
    """An amount for each period, rounded."""

    @property
    def cost(self) -> Decimal:
        """Cost of all periods."""
        return sum(self.amounts, Decimal(0))


@dataclass(frozen=True, slots=True)
class Breakdown:
    """Costs of one currency."""

    column: str
    periods: tuple[str, ...]
    bars: Sequence[Bar]
    """The largest first."""

    def rest(self, first: int) -> Bar | None:
        """Sum all bars after the first ones, so that a chart is complete; None if there are no more."""
        others = self.bars[first:]
        if not others:
            return None
        sums = [sum(amounts, Decimal(0)) for amounts in zip(*(bar.amounts for bar in others), strict=True)]
        return Bar(f"{len(others)} others", tuple(sums))


def breakdown(report: Report, figures: Figures) -> Breakdown:
    """Sum the costs of a currency by team, or by the first column that is not a period if there is no team.

    Args:
        figures: figures of the currency.
    """
    chief, period = chief_column(report.columns), period_column(report.columns)
    sums: dict[str, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    mine = (row for row in report.rows if row.currency == figures.currency)
    for row, amounts in zip(mine, figures.rows, strict=True):
        name = WHOLE if chief is None else label(report.columns[chief], row.values[chief])
        sums[name][(row.values[period] if period is not None else None) or WHOLE] += amounts.cost
    periods = sorted({when for by_period in sums.values() for when in by_period})
    bars = [Bar(name, tuple(by_period[when] for when in periods)) for name, by_period in sums.items()]
    bars.sort(key=lambda bar: (-bar.cost, bar.name))
    return Breakdown(WHOLE if chief is None else report.columns[chief], tuple(periods), bars)

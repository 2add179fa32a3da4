"""What a chart shows of a report: the costs by its chief column, over its periods."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext

from cost_allocation.exact import EXACT
from cost_allocation.report import DAY, MONTH, TEAM, Report

from .words import label

WHOLE = "cost"
"""Stands for the column, or for the period, of a report that has none."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One value of the chief column."""

    name: str
    amounts: tuple[Decimal, ...]
    """One for each period."""

    @property
    def cost(self) -> Decimal:
        """Of all periods."""
        with localcontext(EXACT):
            return sum(self.amounts, Decimal(0))


@dataclass(frozen=True, slots=True)
class Breakdown:
    """The costs of one currency."""

    column: str
    periods: tuple[str, ...]
    bars: Sequence[Bar]
    """The largest first."""

    def rest(self, first: int) -> Bar | None:
        """All after the first ones as a single bar, so that nothing is missing from a chart; None if there are none."""
        others = self.bars[first:]
        if not others:
            return None
        with localcontext(EXACT):
            sums = [sum(amounts, Decimal(0)) for amounts in zip(*(bar.amounts for bar in others), strict=True)]
        return Bar(f"{len(others)} others", tuple(sums))


def breakdown(report: Report, currency: str) -> Breakdown:
    """The costs of a currency by team, or by the first column that is not a period where the report has no team."""
    columns = report.columns
    chief = TEAM if TEAM in columns else next((column for column in columns if column not in (MONTH, DAY)), None)
    period = next((column for column in (MONTH, DAY) if column in columns), None)
    sums: dict[str, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    with localcontext(EXACT):
        for row in report.rows:
            if row.currency == currency:
                values = dict(zip(columns, row.values, strict=True))
                name = label(chief, values[chief]) if chief else WHOLE
                sums[name][(period and values[period]) or WHOLE] += row.cost
    periods = sorted({when for by_period in sums.values() for when in by_period})
    bars = [Bar(name, tuple(by_period[when] for when in periods)) for name, by_period in sums.items()]
    bars.sort(key=lambda bar: (-bar.cost, bar.name))
    return Breakdown(chief or WHOLE, tuple(periods), bars)

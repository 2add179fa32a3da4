"""What charts and tables show of a report: parts of a whole, the largest first, and how they went by time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from decimal import Decimal, localcontext
from typing import NamedTuple

from cost_allocation.exact import EXACT
from cost_allocation.report import Report
from taggov.costs.outputs.words import label

OTHERS = "others"
"""Stands for what is too small to be shown by itself."""


class Part(NamedTuple):
    """What one value of a column costs."""

    name: str
    direct: Decimal
    shared: Decimal

    @property
    def cost(self) -> Decimal:
        """Direct and shared."""
        with localcontext(EXACT):
            return self.direct + self.shared


def ranked(report: Report, column: str, currency: str) -> list[Part]:
    """The parts of a report by one of its columns, the largest first."""
    at = report.columns.index(column)
    sums: dict[str, list[Decimal]] = defaultdict(lambda: [Decimal(0), Decimal(0)])
    with localcontext(EXACT):
        for row in report.rows:
            if row.currency == currency:
                amounts = sums[label(column, row.values[at])]
                amounts[0] += row.direct
                amounts[1] += row.shared
    return sorted((Part(name, *amounts) for name, amounts in sums.items()), key=lambda part: (-part.cost, part.name))


def largest(parts: Sequence[Part], most: int) -> list[Part]:
    """The first parts, and one for all the rest; together they are what all parts are."""
    if len(parts) <= most:
        return list(parts)
    rest = parts[most - 1 :]
    return [*parts[: most - 1], Part(OTHERS, total(one.direct for one in rest), total(one.shared for one in rest))]


def series(
    report: Report, period: str, column: str, currency: str, names: Collection[str]
) -> dict[str, Mapping[str, Decimal]]:
    """Amounts by name, then by period; names that are not among the given ones are added up as `others`.

    Args:
        period: the report's column of periods, `month` or `day`.
    """
    when, what = report.columns.index(period), report.columns.index(column)
    sums: dict[str, dict[str, Decimal]] = {name: defaultdict(Decimal) for name in names}
    with localcontext(EXACT):
        for row in report.rows:
            if row.currency == currency:
                name = label(column, row.values[what])
                amounts = sums.setdefault(name if name in names else OTHERS, defaultdict(Decimal))
                amounts[row.values[when] or ""] += row.cost
    return {name: dict(amounts) for name, amounts in sums.items() if amounts}


def total(costs: Iterable[Decimal]) -> Decimal:
    """The exact sum."""
    with localcontext(EXACT):
        return sum(costs, Decimal(0))

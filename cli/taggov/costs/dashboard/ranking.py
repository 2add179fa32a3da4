"""Data for charts and tables: ranked parts of a report, and series by period."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from typing import NamedTuple

from cost_allocation.exact import EXACT
from cost_allocation.model import UNKNOWN
from taggov.costs.render.figures import RoundedRow
from taggov.costs.render.labels import label

OTHERS = "others"
"""Name for the sum of small parts."""


class Part(NamedTuple):
    """Rounded costs of one value of a column."""

    name: str
    direct: Decimal
    shared: Decimal

    @property
    def cost(self) -> Decimal:
        """Sum of direct and shared costs."""
        return self.direct + self.shared


@dataclass(frozen=True, slots=True)
class RoundedRows:
    """Rounded rows of a report in one currency."""

    columns: Sequence[str]
    rows: Sequence[RoundedRow]

    def with_value(self, column: str, name: str) -> RoundedRows:
        """Select the rows with a value in a column."""
        at = self.columns.index(column)
        return RoundedRows(self.columns, [row for row in self.rows if label(column, row.values[at]) == name])


def rank_parts(shown: RoundedRows, column: str) -> list[Part]:
    """Sum rows by one column, the largest first."""
    at = shown.columns.index(column)
    sums: dict[str, list[Decimal]] = defaultdict(lambda: [Decimal(0), Decimal(0)])
    for row in shown.rows:
        amounts = sums[label(column, row.values[at])]
        amounts[0] += row.amounts.direct
        amounts[1] += row.amounts.shared
    return sorted((Part(name, *amounts) for name, amounts in sums.items()), key=lambda part: (-part.cost, part.name))


def largest_parts(parts: Sequence[Part], most: int, apart: Collection[str] = ()) -> list[Part]:
    """Keep the first parts and those named in `apart`; sum the rest as `others`."""
    if len(parts) <= most:
        return list(parts)
    free = most - 1 - sum(part.name in apart for part in parts)
    first = {part.name for part in [part for part in parts if part.name not in apart][:free]} | {*apart}
    rest = [part for part in parts if part.name not in first]
    first_parts = [part for part in parts if part.name in first]
    return [*first_parts, Part(OTHERS, total(one.direct for one in rest), total(one.shared for one in rest))]


def unowned_names(column: str) -> frozenset[str]:
    """Return the names of missing values and of unknown costs. They are never part of `OTHERS`."""
    return frozenset({UNKNOWN, label(column, None)})


def series(shown: RoundedRows, period: str, column: str, names: Collection[str]) -> dict[str, Mapping[str, Decimal]]:
    """Sum amounts by name and period. Other names are summed as `others`.

    Args:
        period: period column of the report, `month` or `day`.
    """
    when, what = shown.columns.index(period), shown.columns.index(column)
    sums: dict[str, dict[str, Decimal]] = {name: defaultdict(Decimal) for name in names}
    for row in shown.rows:
        name = label(column, row.values[what])
        amounts = sums.setdefault(name if name in names else OTHERS, defaultdict(Decimal))
        amounts[row.values[when] or ""] += row.amounts.cost
    return {name: dict(amounts) for name, amounts in sums.items() if amounts}


def total(costs: Iterable[Decimal]) -> Decimal:
    """Return the exact sum."""
    with localcontext(EXACT):
        return sum(costs, Decimal(0))

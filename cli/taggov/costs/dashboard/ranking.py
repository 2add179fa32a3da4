"""Figures of a report for charts and tables: parts of a whole, the largest first, and how they went by time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from typing import NamedTuple

from cost_allocation.exact import EXACT
from cost_allocation.model import UNKNOWN
from taggov.costs.render.figures import ShownRow
from taggov.costs.render.labels import label

OTHERS = "others"
"""Stands for what is too small to be shown by itself."""


class Part(NamedTuple):
    """Rounded costs of a single value of a column."""

    name: str
    direct: Decimal
    shared: Decimal

    @property
    def cost(self) -> Decimal:
        """Direct and shared."""
        return self.direct + self.shared


@dataclass(frozen=True, slots=True)
class Shown:
    """The rows of a report in one currency, rounded."""

    columns: Sequence[str]
    rows: Sequence[ShownRow]

    def only(self, column: str, name: str) -> Shown:
        """The rows that have a value in a column."""
        at = self.columns.index(column)
        return Shown(self.columns, [row for row in self.rows if label(column, row.values[at]) == name])


def ranked(shown: Shown, column: str) -> list[Part]:
    """The parts of a report by one of its columns, the largest first."""
    at = shown.columns.index(column)
    sums: dict[str, list[Decimal]] = defaultdict(lambda: [Decimal(0), Decimal(0)])
    for row in shown.rows:
        amounts = sums[label(column, row.values[at])]
        amounts[0] += row.amounts.direct
        amounts[1] += row.amounts.shared
    return sorted((Part(name, *amounts) for name, amounts in sums.items()), key=lambda part: (-part.cost, part.name))


def largest(parts: Sequence[Part], most: int, apart: Collection[str] = ()) -> list[Part]:
    """Keep the first parts, those with the names `apart`, and one for all the rest; together they are all parts."""
    if len(parts) <= most:
        return list(parts)
    free = most - 1 - sum(part.name in apart for part in parts)
    first = {part.name for part in [part for part in parts if part.name not in apart][:free]} | {*apart}
    rest = [part for part in parts if part.name not in first]
    kept = [part for part in parts if part.name in first]
    return [*kept, Part(OTHERS, total(one.direct for one in rest), total(one.shared for one in rest))]


def nobody(column: str) -> frozenset[str]:
    """Name what has no value in a column, or no team that a rule knows: it is never a part of `OTHERS`."""
    return frozenset({UNKNOWN, label(column, None)})


def series(shown: Shown, period: str, column: str, names: Collection[str]) -> dict[str, Mapping[str, Decimal]]:
    """Amounts by name, then by period; names that are not among the given ones are added up as `others`.

    Args:
        period: the report's column of periods, `month` or `day`.
    """
    when, what = shown.columns.index(period), shown.columns.index(column)
    sums: dict[str, dict[str, Decimal]] = {name: defaultdict(Decimal) for name in names}
    for row in shown.rows:
        name = label(column, row.values[what])
        amounts = sums.setdefault(name if name in names else OTHERS, defaultdict(Decimal))
        amounts[row.values[when] or ""] += row.amounts.cost
    return {name: dict(amounts) for name, amounts in sums.items() if amounts}


def total(costs: Iterable[Decimal]) -> Decimal:
    """The exact sum."""
    with localcontext(EXACT):
        return sum(costs, Decimal(0))

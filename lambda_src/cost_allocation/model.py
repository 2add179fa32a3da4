"""Data model of costs: tables from sources, and allocations by the engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal, localcontext
from enum import StrEnum
from typing import NamedTuple

from cost_allocation.exact import EXACT

UNKNOWN = "unknown"
"""Bucket of costs that no rule assigns to a team."""
EXCLUDED = "excluded"
"""Placeholder for the team of costs that are excluded by a filter of the rules."""


class CostRow(NamedTuple):
    """Sum of the source rows with equal period, currency and dimensions."""

    period: date
    """First day of the month or the day (UTC)."""
    currency: str
    values: tuple[str | None, ...]
    """A value for each dimension of the table. Missing values are None, never an empty text."""
    cost: Decimal
    """Exact. Credits and refunds are negative."""
    rows: int
    """Number of source rows in the sum; 0 if unknown."""


@dataclass(frozen=True, slots=True)
class CostTable:
    """Answer to a query."""

    dimensions: tuple[str, ...]
    rows: Sequence[CostRow]
    metric: str
    source: str
    """Display name of the source: `Cost Explorer`, `costs.csv and 3 more files`."""
    estimated: frozenset[date] = frozenset()
    """Periods whose amounts may still change."""
    warnings: tuple[str, ...] = ()
    """Warnings about the numbers: a tag key that is not activated, rows that could not be read."""

    def sums(self) -> dict[str, Decimal]:
        """Return the sum of each currency."""
        sums: dict[str, Decimal] = {}
        with localcontext(EXACT):
            for row in self.rows:
                sums[row.currency] = sums.get(row.currency, Decimal(0)) + row.cost
        return dict(sorted(sums.items()))

    def position(self, dimension: str) -> int | None:
        """Return the position of a dimension in `CostRow.values`; None if the table does not have it."""
        return self.dimensions.index(dimension) if dimension in self.dimensions else None


class Kind(StrEnum):
    """Kinds of target of a cost."""

    TEAM = "team"
    POOL = "pool"
    """Shared by several teams. A split distributes it."""
    UNKNOWN = "unknown"
    EXCLUDED = "excluded"
    """Excluded by a filter of the rules. Counted, but not allocated."""


class Target(NamedTuple):
    """Team or pool that gets a cost."""

    kind: Kind
    name: str


@dataclass(frozen=True, slots=True)
class Attribution:
    """The rule that decided about a source row."""

    target: Target
    project: str | None
    rule: str
    """Path of the rule in the rules file, with the matched value: `projects.checkout (tag project)`."""


class Cell(NamedTuple):
    """Period, currency and kept dimensions of a cost. Splits never change them."""

    period: date
    currency: str
    values: tuple[str | None, ...]


class AllocatedRow(NamedTuple):
    """Amount of a team, at the finest requested grain."""

    cell: Cell
    team: str
    """`unknown` if no rule matched."""
    owner: str | None
    project: str | None
    """None for shared costs, and if the rule named only a team."""
    pool: str | None
    """Pool that distributed the amount; None for direct costs."""
    cost: Decimal


@dataclass(frozen=True, slots=True)
class Transfer:
    """Share of a pool that a split assigned to a target."""

    pool: str
    cell: Cell
    target: Target
    cost: Decimal
    weight: str
    """Weight of the target as a fraction in lowest terms: `1/3`."""
    basis: str
    """Basis of the weights: `fixed`, `even`, `direct cost of 2026-05`, `requests of 2026-05`."""


@dataclass(frozen=True, slots=True)
class Total:
    """Totals of a currency: `input` equals `output + excluded` to the last digit."""

    currency: str
    input: Decimal
    """Sum of the source."""
    excluded: Decimal
    """Excluded by filters of the rules."""
    output: Decimal
    """Sum of the allocated rows, including unknown costs."""
    unknown: Decimal
    """Part of `output` that no rule assigned to a team."""
    rows: int


@dataclass(frozen=True, slots=True)
class Allocation:
    """Result of allocating a table."""

    keep: tuple[str, ...]
    """Dimensions of `Cell.values`."""
    rows: Sequence[AllocatedRow]
    transfers: Sequence[Transfer]
    attributions: Sequence[Attribution]
    """Attribution of each row of `table`."""
    table: CostTable
    totals: Mapping[str, Total]
    warnings: tuple[str, ...] = ()
    dead_rules: tuple[str, ...] = ()
    """Warnings about rules that matched nothing."""
    cells: Sequence[Cell] = ()
    """Cell of each row of `table`."""

    def part(
        self,
        places: Sequence[int],
        rows: Sequence[AllocatedRow],
        transfers: Sequence[Transfer],
        totals: Mapping[str, Total],
    ) -> Allocation:
        """Cut out a part.

        Args:
            places: the positions in `table` of the source rows in the part.
            rows: the allocated rows in the part.
            transfers: the transfers in the part.
            totals: the totals of the part.
        """
        return replace(
            self,
            rows=rows,
            transfers=transfers,
            attributions=[self.attributions[place] for place in places],
            cells=[self.cells[place] for place in places],
            table=replace(self.table, rows=[self.table.rows[place] for place in places]),
            totals=totals,
        )

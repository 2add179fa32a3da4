"""Costs as values: what sources give, and what the engine makes of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, localcontext
from enum import StrEnum
from typing import NamedTuple

from cost_allocation.exact import EXACT

UNKNOWN = "unknown"
"""The bucket of costs that no rule gives to anybody."""
EXCLUDED = "excluded"
"""Stands where a team would, for costs that a filter of the rules leaves out."""


class CostRow(NamedTuple):
    """The sum of the source rows that agree in period, currency and every dimension of the table."""

    period: date
    """First day of the month or the day (UTC)."""
    currency: str
    values: tuple[str | None, ...]
    """A value for each dimension of the table; None where a row has no value, never an empty text."""
    cost: Decimal
    """Exact. Credits and refunds are negative."""
    rows: int
    """Number of source rows in the sum; 0 where the source does not say."""


@dataclass(frozen=True, slots=True)
class CostTable:
    """The answer to a query."""

    dimensions: tuple[str, ...]
    rows: Sequence[CostRow]
    metric: str
    source: str
    """The origin of the rows, for people: `Cost Explorer`, `costs.csv and 3 more files`."""
    estimated: frozenset[date] = frozenset()
    """Periods whose amounts may still change."""
    warnings: tuple[str, ...] = ()
    """Facts that a reader of the numbers has to know: a tag key that is not activated, rows that could not be read."""

    def sums(self) -> dict[str, Decimal]:
        """The sum of each currency."""
        sums: dict[str, Decimal] = {}
        with localcontext(EXACT):
            for row in self.rows:
                sums[row.currency] = sums.get(row.currency, Decimal(0)) + row.cost
        return dict(sorted(sums.items()))

    def position(self, dimension: str) -> int | None:
        """Find the place of the dimension in `CostRow.values`."""
        return self.dimensions.index(dimension) if dimension in self.dimensions else None


class Kind(StrEnum):
    """The kinds of target that a cost can be attributed to."""

    TEAM = "team"
    POOL = "pool"
    """Shared by several teams; a split hands it on."""
    UNKNOWN = "unknown"
    EXCLUDED = "excluded"
    """Left out by a filter of the rules: counted, not allocated."""


class Target(NamedTuple):
    """The team or pool that a cost goes to."""

    kind: Kind
    name: str


@dataclass(frozen=True, slots=True)
class Attribution:
    """The one rule that decided about a source row."""

    target: Target
    project: str | None
    rule: str
    """The rule in the words of the rules file, with what made it apply: `projects.checkout (tag project)`."""


class Cell(NamedTuple):
    """The part of a cost that a split never changes: when, in which currency, and the kept dimensions."""

    period: date
    currency: str
    values: tuple[str | None, ...]


class AllocatedRow(NamedTuple):
    """An amount of a team, at the finest grain that was asked for."""

    cell: Cell
    team: str
    """`unknown` where no rule knew one."""
    owner: str | None
    project: str | None
    """None for shared costs, and where a rule named a team only."""
    pool: str | None
    """The pool that handed the amount to the team; None for direct costs."""
    cost: Decimal


@dataclass(frozen=True, slots=True)
class Transfer:
    """A share that a split handed on."""

    pool: str
    cell: Cell
    target: Target
    cost: Decimal
    weight: str
    """The target's part of the whole, as a fraction in lowest terms: `1/3`."""
    basis: str
    """The meaning of the weights: `fixed`, `even`, `direct cost of 2026-05`, `requests of 2026-05`."""


@dataclass(frozen=True, slots=True)
class Total:
    """The proof for one currency: `input` equals `output + excluded` to the last digit."""

    currency: str
    input: Decimal
    """All that the source gave."""
    excluded: Decimal
    """Left out by the filters of the rules."""
    output: Decimal
    """The sum of the allocated rows, the unknown ones among them."""
    unknown: Decimal
    """The part of `output` that no rule gave to a team."""
    rows: int


@dataclass(frozen=True, slots=True)
class Allocation:
    """The result that the engine made of a table."""

    keep: tuple[str, ...]
    """The dimensions of `Cell.values`."""
    rows: Sequence[AllocatedRow]
    transfers: Sequence[Transfer]
    attributions: Sequence[Attribution]
    """An attribution for each row of `table`."""
    table: CostTable
    totals: Mapping[str, Total]
    warnings: tuple[str, ...] = ()
    dead_rules: tuple[str, ...] = ()
    """Those of the warnings that name a rule which matched nothing."""
    cells: Sequence[Cell] = ()
    """The cell to which each row of `table` went."""

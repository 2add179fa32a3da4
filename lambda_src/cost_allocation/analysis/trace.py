"""Traces: source rows and rules behind the amounts of a team."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext

from cost_allocation.engine.allocate import cell_order
from cost_allocation.exact import EXACT
from cost_allocation.model import UNKNOWN, Allocation, Cell, CostRow, Kind, Target, Transfer


@dataclass(frozen=True, slots=True)
class Source:
    """Source row (a sum), and the rule that attributed it."""

    row: CostRow
    rule: str


@dataclass(frozen=True, slots=True)
class Share:
    """Share of a pool, and the origin of the cost of the pool."""

    transfer: Transfer
    pool_cost: Decimal
    """Cost of the pool in the cell."""
    pool: Origin


@dataclass(frozen=True, slots=True)
class Origin:
    """Origin of an amount. `cost` equals the sum of rows and shares to the last digit."""

    cell: Cell
    target: Target
    cost: Decimal
    rows: Sequence[Source]
    shares: Sequence[Share]


class Tracer:
    """Finds the origins of amounts in one allocation, which it indexes once."""

    def __init__(self, allocation: Allocation) -> None:
        self._rows: dict[Target, dict[Cell, list[Source]]] = defaultdict(lambda: defaultdict(list))
        self._transfers: dict[Target, dict[Cell, list[Transfer]]] = defaultdict(lambda: defaultdict(list))
        self._pools: dict[tuple[str, Cell], Origin] = {}
        """Cache of origins of pools."""
        rows = zip(allocation.table.rows, allocation.attributions, allocation.cells, strict=True)
        for row, attribution, cell in rows:
            self._rows[attribution.target][cell].append(Source(row, attribution.rule))
        for transfer in allocation.transfers:
            self._transfers[transfer.target][transfer.cell].append(transfer)

    def origins(self, team: str, wanted: Callable[[Cell], bool] = lambda cell: True) -> list[Origin]:
        """Return the origins of the amounts of a team, one for each selected cell, sorted by cell.

        Args:
            team: a team or `unknown`.
        """
        target = Target(Kind.UNKNOWN if team == UNKNOWN else Kind.TEAM, team)
        cells = {*self._rows.get(target, ()), *self._transfers.get(target, ())}
        with localcontext(EXACT):
            return [self._origin(target, cell) for cell in sorted(cells, key=cell_order) if wanted(cell)]

    def _origin(self, target: Target, cell: Cell) -> Origin:
        rows = sorted(self._rows.get(target, {}).get(cell, ()), key=lambda one: -abs(one.row.cost))
        shares = []
        for transfer in self._transfers.get(target, {}).get(cell, ()):
            pool = self._pool(transfer.pool, cell)
            shares.append(Share(transfer, pool.cost, pool))
        cost = sum((one.row.cost for one in rows), Decimal(0)) + sum((one.transfer.cost for one in shares), Decimal(0))
        return Origin(cell, target, cost, rows, shares)

    def _pool(self, name: str, cell: Cell) -> Origin:
        if (name, cell) not in self._pools:
            self._pools[name, cell] = self._origin(Target(Kind.POOL, name), cell)
        return self._pools[name, cell]

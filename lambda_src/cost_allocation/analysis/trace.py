"""From an amount of a team back to the source rows and the rules that made it."""

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
    """Source rows that agree in every dimension, and the rule that attributed them."""

    row: CostRow
    rule: str


@dataclass(frozen=True, slots=True)
class Share:
    """A part of a pool that a split handed on, and what the whole pool was made of."""

    transfer: Transfer
    held: Decimal
    """All that the pool had to hand on in that cell."""
    pool: Origin


@dataclass(frozen=True, slots=True)
class Origin:
    """The origin of an amount. It adds up: `cost` equals the rows and the shares to the last digit."""

    cell: Cell
    target: Target
    cost: Decimal
    rows: Sequence[Source]
    shares: Sequence[Share]


class Tracer:
    """Explains one allocation. Reading it once makes each question cheap."""

    def __init__(self, allocation: Allocation) -> None:
        self._rows: dict[Target, dict[Cell, list[Source]]] = defaultdict(lambda: defaultdict(list))
        self._transfers: dict[Target, dict[Cell, list[Transfer]]] = defaultdict(lambda: defaultdict(list))
        self._pools: dict[tuple[str, Cell], Origin] = {}
        """Explained once, however many teams and pools got something of them."""
        rows = zip(allocation.table.rows, allocation.attributions, allocation.cells, strict=True)
        for row, attribution, cell in rows:
            self._rows[attribution.target][cell].append(Source(row, attribution.rule))
        for transfer in allocation.transfers:
            self._transfers[transfer.target][transfer.cell].append(transfer)

    def origins(self, team: str, wanted: Callable[[Cell], bool] = lambda cell: True) -> list[Origin]:
        """Find what a team's amounts are made of, one for each cell that is wanted, in the order of cells.

        Args:
            team: or `unknown`.
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

"""Rounding of a grid of amounts in two parts, teams by months, so that both margins are equal to those of other tables.

The grid is a flow network: from columns through cells to the halves of rows, and to rows. Every cell is rounded down or
up. If a column has a unit too many, the unit moves along a shortest path to a column that has too few, through amounts
that may change by one. One search finds many paths of the same length.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from enum import IntEnum
from itertools import pairwise
from typing import NamedTuple

from taggov.costs.render.rounding import Pair, Part, round_to_sum, round_within


class Cell(NamedTuple):
    """A cell of the grid."""

    row: str
    column: str


class _Half(NamedTuple):
    """First or second half of a row."""

    row: str
    which: int


class _Row(NamedTuple):
    """A row with both halves."""

    row: str


class _Whole(NamedTuple):
    """All rows together."""


_Node = str | Cell | _Half | _Row | _Whole
"""Columns are texts."""


class RowFlexibility(IntEnum):
    """Permitted changes of rows. Each level is used only if the one before is not enough."""

    NOT = 0
    WITHIN_A_UNIT = 1
    """Up to the integer on the other side of the exact amount."""
    AS_NEEDED = 2


def round_grid(
    exact: Mapping[Cell, tuple[int, int]], rows: Mapping[str, Pair], unit: int, pinned: Collection[str] | None = None
) -> dict[Cell, Pair]:
    """Round the cells of a grid so that columns and rows add up.

    The cost of a column is that of largest remainder, independently of rows.

    Args:
        exact: both halves of each cell.
        rows: rounded sum of each row.
        unit: exact amount of one displayed unit.
        pinned: rows that keep their sum; defaults to all rows. Other rows change if a column would miss its cost. A
            column misses its cost if pinned rows leave no path.
    """
    grid = _Grid(exact, rows, unit, rows if pinned is None else pinned)
    for give in RowFlexibility if grid.has_flexible_rows else (RowFlexibility.NOT,):
        grid.fit(give)
    return {cell: Pair(*halves) for cell, halves in grid.halves.items()}


class _Grid:
    """Rounded halves of each cell, and the possible changes."""

    def __init__(
        self, exact: Mapping[Cell, tuple[int, int]], rows: Mapping[str, Pair], unit: int, pinned: Collection[str]
    ) -> None:
        self._exact, self._unit, self._flexibility = exact, unit, RowFlexibility.NOT
        self._sums = {row: [*pair] for row, pair in rows.items()}
        self._flexible_rows = dict.fromkeys(row for row in sorted(rows) if row not in pinned)
        self._columns: dict[str, list[Cell]] = defaultdict(list)
        self._rows: dict[str, list[Cell]] = defaultdict(list)
        for cell in sorted(exact):
            self._columns[cell.column].append(cell)
            self._rows[cell.row].append(cell)
        self.halves: dict[Cell, list[int]] = {}
        for row, cells in self._rows.items():
            parts = [Part((cell.column,), *exact[cell]) for cell in cells]
            pairs = round_within(parts, rows[row], unit)
            self.halves.update((cell, [*pair]) for cell, pair in zip(cells, pairs, strict=True))
        self._off = self._excess()

    @property
    def has_flexible_rows(self) -> bool:
        """True if some rows are not pinned."""
        return bool(self._flexible_rows)

    def fit(self, give: RowFlexibility) -> None:
        """Move units until every column has its cost or no path is left."""
        self._flexibility = give
        while self._move(self._off):
            pass

    def _excess(self) -> dict[str, int]:
        """Compute the excess of each column."""
        costs = {column: sum(sum(self._exact[cell]) for cell in cells) for column, cells in self._columns.items()}
        now = {column: sum(sum(self.halves[cell]) for cell in cells) for column, cells in self._columns.items()}
        wanted = round_to_sum(list(costs.values()), [(column,) for column in costs], sum(now.values()), self._unit)
        return {column: now[column] - target for column, target in zip(costs, wanted, strict=True)}

    def _move(self, off: dict[str, int]) -> int:
        """Move units along shortest paths. Return the number of units; 0 if no path is left."""
        levels = self._levels(off)
        ways: dict[_Node, Iterator[_Node]] = {}
        moved = 0
        for column in [column for column, its in off.items() if its > 0]:
            while off[column] > 0 and (path := self._path_down(column, off, levels, ways)):
                for node, following in pairwise(path):
                    self._change(node, following)
                off[column] -= 1
                off[str(path[-1])] += 1
                moved += 1
        return moved

    def _levels(self, off: Mapping[str, int]) -> dict[_Node, int]:
        """Compute the distance from columns with an excess, up to the nearest columns with a deficit."""
        level = 0
        layer: list[_Node] = [column for column, its in off.items() if its > 0]
        levels: dict[_Node, int] = dict.fromkeys(layer, level)
        while layer and not any(isinstance(node, str) and off[node] < 0 for node in layer):
            level += 1
            reached: dict[_Node, int] = {}
            for node in layer:
                reached |= {new: level for new in self._neighbours(node) if new not in levels}
            levels |= reached
            layer = list(reached)
        return levels

    def _path_down(
        self, start: str, off: Mapping[str, int], levels: Mapping[_Node, int], ways: dict[_Node, Iterator[_Node]]
    ) -> list[_Node]:
        """Find a path in which each step increases the distance by one. Nodes are not tried twice in one search.

        Args:
            ways: the remaining neighbours of each node.
        """
        path: list[_Node] = [start]
        while path:
            node = path[-1]
            if isinstance(node, str) and off[node] < 0:
                return path
            if node not in ways:
                ways[node] = iter(self._neighbours(node))
            further = next((new for new in ways[node] if levels.get(new) == levels[node] + 1), None)
            if further is None:
                path.pop()
            else:
                path.append(further)
        return []

    def _neighbours(self, node: _Node) -> Iterable[_Node]:
        """Yield the nodes that can take a unit from a node."""
        if isinstance(node, Cell):
            if self._may_take(node):
                yield node.column
            for which in (0, 1):
                if self._may_fall(self._exact[node][which], self.halves[node][which]):
                    yield _Half(node.row, which)
        elif isinstance(node, _Half):
            for cell in self._rows[node.row]:
                if self._may_rise(self._exact[cell][node.which], self.halves[cell][node.which]):
                    yield cell
            exact, now = self._exact_and_rounded(node)
            if self._may_change_row(node.row) and (
                self._flexibility is RowFlexibility.AS_NEEDED or self._may_fall(exact, now)
            ):
                yield _Row(node.row)
        elif isinstance(node, _Row | _Whole):
            yield from self._row_neighbours(node)
        else:
            for cell in self._columns[node]:
                if self._may_fall(sum(self._exact[cell]), sum(self.halves[cell])):
                    yield cell

    def _row_neighbours(self, node: _Row | _Whole) -> Iterator[_Node]:
        """Yield the neighbours of a row, or of all rows."""
        if isinstance(node, _Whole):
            for row in self._flexible_rows:
                if self._flexibility is RowFlexibility.AS_NEEDED or self._may_rise(*self._exact_and_rounded(_Row(row))):
                    yield _Row(row)
            return
        if self._flexibility is RowFlexibility.AS_NEEDED or self._may_fall(*self._exact_and_rounded(node)):
            yield _Whole()
        for half in (_Half(node.row, 0), _Half(node.row, 1)):
            if self._flexibility is RowFlexibility.AS_NEEDED or self._may_rise(*self._exact_and_rounded(half)):
                yield half

    def _exact_and_rounded(self, node: _Half | _Row) -> tuple[int, int]:
        """Return the exact and the rounded amount of a row or half."""
        chosen = (0, 1) if isinstance(node, _Row) else (node.which,)
        exact = sum(self._exact[cell][which] for cell in self._rows[node.row] for which in chosen)
        return exact, sum(self._sums[node.row][which] for which in chosen)

    def _may_change_row(self, row: str) -> bool:
        return self._flexibility is not RowFlexibility.NOT and row in self._flexible_rows

    def _may_take(self, cell: Cell) -> bool:
        """Return True if a cell may take a unit from its column."""
        return self._may_rise(sum(self._exact[cell]), sum(self.halves[cell]))

    def _may_rise(self, exact: int, now: int) -> bool:
        return now * self._unit < exact

    def _may_fall(self, exact: int, now: int) -> bool:
        return now * self._unit > exact

    def _change(self, node: _Node, following: _Node) -> None:
        if isinstance(node, Cell) and isinstance(following, _Half):
            self.halves[node][following.which] -= 1
        elif isinstance(node, _Half) and isinstance(following, Cell):
            self.halves[following][node.which] += 1
        elif isinstance(node, _Half) and isinstance(following, _Row):
            self._sums[node.row][node.which] -= 1
        elif isinstance(node, _Row) and isinstance(following, _Half):
            self._sums[node.row][following.which] += 1

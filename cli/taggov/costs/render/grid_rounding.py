"""Rounding of a grid of amounts in two parts: teams by months, so that both margins are those of other tables.

The grid is a network: each column sends its cost through cells to the halves of rows, and those to the rows. Every cell
is the whole number just below or just above it. Where a column has a unit too many, the shortest path to one that has
too few moves it, through amounts that may change by one. One search finds many paths of the same length.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from enum import IntEnum
from itertools import pairwise
from typing import NamedTuple

from taggov.costs.render.rounding import Pair, Part, raised, round_within


class Cell(NamedTuple):
    """A place of the grid."""

    row: str
    column: str


class _Half(NamedTuple):
    """The first or the second halves of a row."""

    row: str
    which: int


class _Row(NamedTuple):
    """Both halves of a row."""

    row: str


class _Whole(NamedTuple):
    """All rows."""


_Node = str | Cell | _Half | _Row | _Whole
"""A column is a text."""


class Give(IntEnum):
    """Ways in which rows give way to columns, the later ones only where the ones before do not help."""

    NOT = 0
    WITHIN_A_UNIT = 1
    """To the whole number on the other side of the exact amount."""
    AS_NEEDED = 2


def round_grid(
    exact: Mapping[Cell, tuple[int, int]], rows: Mapping[str, Pair], unit: int, pinned: Collection[str] | None = None
) -> dict[Cell, Pair]:
    """Round the cells of a grid so that its columns and rows add up.

    The cost of a column is what largest remainder gives it, as if there were no rows.

    Args:
        exact: both halves of each cell.
        rows: the rounded sum of each row.
        unit: what one shown unit is in the exact amounts.
        pinned: rows that keep their sum, all when left out. Others give way where columns would miss theirs. Columns
            miss theirs where pinned rows leave no way.
    """
    grid = _Grid(exact, rows, unit, rows if pinned is None else pinned)
    for give in Give if grid.may_give else (Give.NOT,):
        grid.fit(give)
    return {cell: Pair(*halves) for cell, halves in grid.halves.items()}


class _Grid:
    """The rounded halves of each cell, and how they may change."""

    def __init__(
        self, exact: Mapping[Cell, tuple[int, int]], rows: Mapping[str, Pair], unit: int, pinned: Collection[str]
    ) -> None:
        self._exact, self._unit, self._give = exact, unit, Give.NOT
        self._sums = {row: [*pair] for row, pair in rows.items()}
        self._free = dict.fromkeys(row for row in sorted(rows) if row not in pinned)
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
        self._off = self._too_much()

    @property
    def may_give(self) -> bool:
        """True where some rows are not pinned."""
        return bool(self._free)

    def fit(self, give: Give) -> None:
        """Move units until every column has its cost, or no path is left."""
        self._give = give
        while self._move(self._off):
            pass

    def _too_much(self) -> dict[str, int]:
        """Say how much each column has too much."""
        costs = {column: sum(sum(self._exact[cell]) for cell in cells) for column, cells in self._columns.items()}
        now = {column: sum(sum(self.halves[cell]) for cell in cells) for column, cells in self._columns.items()}
        wanted = raised(list(costs.values()), [(column,) for column in costs], sum(now.values()), self._unit)
        return {column: now[column] - target for column, target in zip(costs, wanted, strict=True)}

    def _move(self, off: dict[str, int]) -> int:
        """Move units along many shortest paths that one search finds, and count them: none where no path is left."""
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
        """Count the steps from columns that have too much, as far as the nearest that have too little."""
        level = 0
        layer: list[_Node] = [column for column, its in off.items() if its > 0]
        levels: dict[_Node, int] = dict.fromkeys(layer, level)
        while layer and not any(isinstance(node, str) and off[node] < 0 for node in layer):
            level += 1
            reached: dict[_Node, int] = {}
            for node in layer:
                reached |= {new: level for new in self._onward(node) if new not in levels}
            levels |= reached
            layer = list(reached)
        return levels

    def _path_down(
        self, start: str, off: Mapping[str, int], levels: Mapping[_Node, int], ways: dict[_Node, Iterator[_Node]]
    ) -> list[_Node]:
        """Find a path on which each step is one level further; places are not tried twice in one search.

        Args:
            ways: what is still to be tried from each place.
        """
        path: list[_Node] = [start]
        while path:
            node = path[-1]
            if isinstance(node, str) and off[node] < 0:
                return path
            if node not in ways:
                ways[node] = iter(self._onward(node))
            further = next((new for new in ways[node] if levels.get(new) == levels[node] + 1), None)
            if further is None:
                path.pop()
            else:
                path.append(further)
        return []

    def _onward(self, node: _Node) -> Iterable[_Node]:
        """List the places that can take a unit over."""
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
            exact, now = self._of(node)
            if self._gives(node.row) and (self._give is Give.AS_NEEDED or self._may_fall(exact, now)):
                yield _Row(node.row)
        elif isinstance(node, _Row | _Whole):
            yield from self._across(node)
        else:
            for cell in self._columns[node]:
                if self._may_fall(sum(self._exact[cell]), sum(self.halves[cell])):
                    yield cell

    def _across(self, node: _Row | _Whole) -> Iterator[_Node]:
        """List what may change between rows."""
        if isinstance(node, _Whole):
            for row in self._free:
                if self._give is Give.AS_NEEDED or self._may_rise(*self._of(_Row(row))):
                    yield _Row(row)
            return
        if self._give is Give.AS_NEEDED or self._may_fall(*self._of(node)):
            yield _Whole()
        for half in (_Half(node.row, 0), _Half(node.row, 1)):
            if self._give is Give.AS_NEEDED or self._may_rise(*self._of(half)):
                yield half

    def _of(self, node: _Half | _Row) -> tuple[int, int]:
        """The exact amount of a row, or of half of it, and what it is rounded to."""
        chosen = (0, 1) if isinstance(node, _Row) else (node.which,)
        exact = sum(self._exact[cell][which] for cell in self._rows[node.row] for which in chosen)
        return exact, sum(self._sums[node.row][which] for which in chosen)

    def _gives(self, row: str) -> bool:
        return self._give is not Give.NOT and row in self._free

    def _may_take(self, cell: Cell) -> bool:
        """Tell that a cell may have one more of its column."""
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

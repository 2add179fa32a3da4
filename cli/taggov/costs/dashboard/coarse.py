"""Allocations with no more rows than charts look at: many are made of one allocation."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from decimal import Decimal, localcontext

from cost_allocation.exact import EXACT
from cost_allocation.model import AllocatedRow, Allocation, Cell
from cost_allocation.report import DAY, MONTH, POOL, PROJECT, TEAM, kept_dimensions
from cost_allocation.rules import Rules

_ANY_POOL = ""


def told_apart(column: str) -> frozenset[str]:
    """Name the columns of reports that a coarse allocation still serves."""
    return frozenset({MONTH, DAY, TEAM, column})


def coarse(allocation: Allocation, rules: Rules, column: str) -> Allocation:
    """Add up rows that no report by `told_apart` tells apart.

    Args:
        allocation: it must have kept what the column is made of.
        rules: it was allocated by these.
        column: what the charts group by.
    """
    keep = kept_dimensions(rules, (column,))
    places = [allocation.keep.index(dimension) for dimension in keep]
    sums: dict[tuple[Cell, str, str | None, str | None, str | None], Decimal] = defaultdict(Decimal)
    with localcontext(EXACT):
        for cell, team, owner, project, pool, cost in allocation.rows:
            kept = Cell(cell.period, cell.currency, tuple([cell.values[place] for place in places]))
            shared = pool if pool is None or column == POOL else _ANY_POOL
            sums[kept, team, owner, project if column == PROJECT else None, shared] += cost
    return replace(allocation, keep=keep, rows=[AllocatedRow(*key, cost) for key, cost in sums.items()])

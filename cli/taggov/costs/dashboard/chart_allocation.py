"""Small allocations for charts, derived from a full allocation."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal, localcontext

from cost_allocation.analysis.report import DAY, MONTH, POOL, PROJECT, TEAM, kept_dimensions
from cost_allocation.engine.attribute import picker
from cost_allocation.exact import EXACT
from cost_allocation.model import AllocatedRow, Allocation, Cell
from cost_allocation.rules.model import Rules

_ANY_POOL = ""


def chart_columns(column: str) -> frozenset[str]:
    """Return the report columns that a chart allocation supports."""
    return frozenset({MONTH, DAY, TEAM, column})


def chart_allocation(allocation: Allocation, rules: Rules, column: str, currency: str) -> Allocation:
    """Sum the rows of a currency that no report by `chart_columns` distinguishes.

    Args:
        allocation: it must have kept the dimensions of the column.
        rules: rules of the allocation.
        column: grouping column of the charts.
        currency: currency of the charts.
    """
    keep = kept_dimensions(rules, (column,))
    kept = picker([allocation.keep.index(dimension) for dimension in keep])
    sums: dict[tuple[date, tuple[str | None, ...], str, str | None, str | None, str | None], Decimal] = {}
    with localcontext(EXACT):
        for (period, its, values), team, owner, project, pool, cost in allocation.rows:
            if its == currency:
                shared = pool if pool is None or column == POOL else _ANY_POOL
                key = (period, kept(values), team, owner, project if column == PROJECT else None, shared)
                sums[key] = sums[key] + cost if key in sums else cost
    rows = [
        AllocatedRow(Cell(period, currency, values), team, owner, project, pool, cost)
        for (period, values, team, owner, project, pool), cost in sums.items()
    ]
    totals = {its: total for its, total in allocation.totals.items() if its == currency}
    return replace(allocation, keep=keep, rows=rows, totals=totals)

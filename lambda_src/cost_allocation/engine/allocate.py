"""Allocation of costs to teams.

For every currency and every combination of kept dimensions, the sum of allocated and excluded costs equals the sum of
the source to the last digit. This is checked for every allocation.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal, localcontext
from functools import cache

from cost_allocation.engine.attribute import MissingDimension, attributions, picker
from cost_allocation.engine.split import Metrics, Splitter
from cost_allocation.exact import EXACT
from cost_allocation.model import UNKNOWN, AllocatedRow, Allocation, Attribution, Cell, CostTable, Kind, Total, Transfer
from cost_allocation.rules.model import Rules
from cost_allocation.rules.value_aliases import value_normalizer

_Share = tuple[str, str, str]
"""Team, project, pool. Missing ones are empty."""


class NotConserved(Exception):
    """The output does not add up to the input. This is a bug in the engine, never an error in the input."""


def allocate(table: CostTable, rules: Rules, keep: Sequence[str] = (), metrics: Metrics | None = None) -> Allocation:
    """Allocate every cost of a table to a team.

    Args:
        table: costs by at least `rules.attribution_dimensions`.
        rules: the rules.
        keep: dimensions of the table to keep in the result.
        metrics: business metrics for proportional splits.

    Raises:
        MissingDimension: the table lacks a dimension that the rules or `keep` need.
        MissingMetric: a split needs a metric that is missing.
        NotConserved: the output does not add up to the input.
    """
    if missing := [dimension for dimension in keep if dimension not in table.dimensions]:
        came_by = ", ".join(table.dimensions) or "nothing"
        raise MissingDimension(f"{', '.join(missing)} cannot be kept: the costs are grouped by {came_by}")
    with localcontext(EXACT):
        decided = attributions(table, rules)
        cells = _cells(table, rules, keep)
        attributed = _by_cell(table, decided, cells)
        shares, transfers, warnings = _share(attributed, rules, metrics or {})
        totals = _checked_totals(table, attributed, shares)
    owner = cache(rules.owner)
    rows = [
        AllocatedRow(cell, team, owner(team, cell.period), project or None, pool or None, cost)
        for cell in sorted(shares, key=cell_order)
        for (team, project, pool), cost in sorted(shares[cell].items())
    ]
    return Allocation(tuple(keep), rows, transfers, decided, table, totals, tuple(warnings), cells=cells)


_CellAttributions = Mapping[Cell, Sequence[tuple[Attribution, Decimal]]]


def _cells(table: CostTable, rules: Rules, keep: Sequence[str]) -> list[Cell]:
    """Return the cell of each row of the table."""
    pick = picker([table.dimensions.index(dimension) for dimension in keep])
    shown = value_normalizer(rules, keep)
    known: dict[tuple[date, str, tuple[str | None, ...]], Cell] = {}
    cells = []
    for period, currency, values, _, _ in table.rows:
        key = (period, currency, pick(values))
        if (cell := known.get(key)) is None:
            cell = known[key] = Cell(period, currency, shown(key[2]))
        cells.append(cell)
    return cells


def _by_cell(table: CostTable, decided: Sequence[Attribution], cells: Sequence[Cell]) -> _CellAttributions:
    """Sum the costs by cell and attribution."""
    # Group by identity, because hashing attributions is slow. Equal ones are summed later.
    known = {id(attribution): attribution for attribution in decided}
    sums: dict[Cell, dict[int, Decimal]] = {}
    for row, attribution, cell in zip(table.rows, decided, cells, strict=True):
        if (mine := sums.get(cell)) is None:
            mine = sums[cell] = {}
        which = id(attribution)
        mine[which] = mine[which] + row.cost if which in mine else row.cost
    return {cell: [(known[which], cost) for which, cost in mine.items()] for cell, mine in sums.items()}


def _share(
    attributed: _CellAttributions, rules: Rules, metrics: Metrics
) -> tuple[dict[Cell, dict[_Share, Decimal]], list[Transfer], list[str]]:
    """Compute the shares of each team in each cell, direct and from pools."""
    direct: dict[tuple[date, str], dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    pooled: dict[str, dict[Cell, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    shares: dict[Cell, dict[_Share, Decimal]] = {}
    for cell, sums in attributed.items():
        mine = shares[cell] = defaultdict(Decimal)
        teams = direct[cell.period.replace(day=1), cell.currency]
        for attribution, cost in sums:
            kind, name = attribution.target
            if kind is Kind.TEAM:
                teams[name] += cost
                mine[name, attribution.project or "", ""] += cost
            elif kind is Kind.POOL:
                pooled[name][cell] += cost
            elif kind is Kind.UNKNOWN:
                mine[name, attribution.project or "", ""] += cost
    splitter = Splitter(rules, direct, metrics)
    transfers = splitter.distribute(pooled)
    for transfer in transfers:
        if transfer.target.kind is not Kind.POOL:
            shares[transfer.cell][transfer.target.name, "", transfer.pool] += transfer.cost
    return shares, transfers, sorted(splitter.warnings)


def _checked_totals(
    table: CostTable, attributed: _CellAttributions, shares: Mapping[Cell, Mapping[_Share, Decimal]]
) -> dict[str, Total]:
    """Compute the totals of each currency, and check that input equals output in every cell."""
    given: dict[str, Decimal] = defaultdict(Decimal)
    counted: dict[str, int] = defaultdict(int)
    for row in table.rows:
        given[row.currency] += row.cost
        counted[row.currency] += row.rows
    excluded: dict[str, Decimal] = defaultdict(Decimal)
    output: dict[str, Decimal] = defaultdict(Decimal)
    unknown: dict[str, Decimal] = defaultdict(Decimal)
    for cell, sums in attributed.items():
        left_out = sum((cost for what, cost in sums if what.target.kind is Kind.EXCLUDED), Decimal(0))
        came_in = sum((cost for _, cost in sums), Decimal(0)) - left_out
        went_out = sum(shares[cell].values(), Decimal(0))
        if came_in != went_out:
            raise NotConserved(f"{cell}: input {came_in}, output {went_out}")
        excluded[cell.currency] += left_out
        output[cell.currency] += went_out
        unknown[cell.currency] += sum(
            (cost for (team, *_), cost in shares[cell].items() if team == UNKNOWN), Decimal(0)
        )
    for currency, amount in given.items():
        if amount != output[currency] + excluded[currency]:
            raise NotConserved(f"{currency}: input {amount}, output {output[currency] + excluded[currency]}")
    return {
        currency: Total(
            currency, given[currency], excluded[currency], output[currency], unknown[currency], counted[currency]
        )
        for currency in sorted(given)
    }


def cell_order(cell: Cell) -> tuple[object, ...]:
    """Return the sort key of a cell: period, currency and values. Missing values come first."""
    return (cell.period, cell.currency, [value or "" for value in cell.values])

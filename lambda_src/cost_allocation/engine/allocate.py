"""The engine: costs and rules in, amounts per team out.

What goes in comes out: for every currency, and for every value of every kept dimension, the sum of the allocated rows
and of what filters left out equals the sum of the source to the last digit. It is checked each time.
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
from cost_allocation.rules.value_aliases import speller

_Share = tuple[str, str, str]
"""Team, project, pool; empty where there is none."""


class NotConserved(Exception):
    """The amounts out do not add up to the amounts in: a defect of the engine, never of its input."""


def allocate(table: CostTable, rules: Rules, keep: Sequence[str] = (), metrics: Metrics | None = None) -> Allocation:
    """Give every cost of a table to a team.

    Args:
        table: grouped by `rules.attribution_dimensions` at least.
        rules: who gets what.
        keep: dimensions of the table by which the result is told apart.
        metrics: for splits in proportion to something else than direct cost.

    Raises:
        MissingDimension: the table lacks what the rules look at, or what is to be kept.
        MissingMetric: a split needs a metric that is not there.
        NotConserved: an amount was lost or made; never returned in a result.
    """
    if missing := [dimension for dimension in keep if dimension not in table.dimensions]:
        came_by = ", ".join(table.dimensions) or "nothing"
        raise MissingDimension(f"{', '.join(missing)} can not be kept: the costs came by {came_by}")
    with localcontext(EXACT):
        decided = attributions(table, rules)
        cells = _cells(table, rules, keep)
        attributed = _by_cell(table, decided, cells)
        shares, transfers, warnings = _share(attributed, rules, metrics or {})
        totals = _prove(table, attributed, shares)
    owner = cache(rules.owner)
    rows = [
        AllocatedRow(cell, team, owner(team, cell.period), project or None, pool or None, cost)
        for cell in sorted(shares, key=cell_order)
        for (team, project, pool), cost in sorted(shares[cell].items())
    ]
    return Allocation(tuple(keep), rows, transfers, decided, table, totals, tuple(warnings), cells=cells)


_Attributed = Mapping[Cell, Sequence[tuple[Attribution, Decimal]]]


def _cells(table: CostTable, rules: Rules, keep: Sequence[str]) -> list[Cell]:
    """The cell of each row of the table."""
    pick = picker([table.dimensions.index(dimension) for dimension in keep])
    shown = speller(rules, keep)
    known: dict[tuple[date, str, tuple[str | None, ...]], Cell] = {}
    cells = []
    for period, currency, values, _, _ in table.rows:
        key = (period, currency, pick(values))
        if (cell := known.get(key)) is None:
            cell = known[key] = Cell(period, currency, shown(key[2]))
        cells.append(cell)
    return cells


def _by_cell(table: CostTable, decided: Sequence[Attribution], cells: Sequence[Cell]) -> _Attributed:
    """Add up each attribution in each cell."""
    # By identity: hashing an attribution takes longer than all the rest, and equal ones are added up later anyway.
    known = {id(attribution): attribution for attribution in decided}
    sums: dict[Cell, dict[int, Decimal]] = {}
    for row, attribution, cell in zip(table.rows, decided, cells, strict=True):
        if (mine := sums.get(cell)) is None:
            mine = sums[cell] = {}
        which = id(attribution)
        mine[which] = mine[which] + row.cost if which in mine else row.cost
    return {cell: [(known[which], cost) for which, cost in mine.items()] for cell, mine in sums.items()}


def _share(
    attributed: _Attributed, rules: Rules, metrics: Metrics
) -> tuple[dict[Cell, dict[_Share, Decimal]], list[Transfer], list[str]]:
    """Find what each team has in each cell: directly, and from pools."""
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
    transfers = splitter.hand_on(pooled)
    for transfer in transfers:
        if transfer.target.kind is not Kind.POOL:
            shares[transfer.cell][transfer.target.name, "", transfer.pool] += transfer.cost
    return shares, transfers, sorted(splitter.warnings)


def _prove(
    table: CostTable, attributed: _Attributed, shares: Mapping[Cell, Mapping[_Share, Decimal]]
) -> dict[str, Total]:
    """The totals of each currency, after checking that in every cell what came in went out."""
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
            raise NotConserved(f"{cell}: {came_in} came in, {went_out} went out")
        excluded[cell.currency] += left_out
        output[cell.currency] += went_out
        unknown[cell.currency] += sum(
            (cost for (team, *_), cost in shares[cell].items() if team == UNKNOWN), Decimal(0)
        )
    for currency, amount in given.items():
        if amount != output[currency] + excluded[currency]:
            raise NotConserved(f"{currency}: {amount} came in, {output[currency] + excluded[currency]} went out")
    return {
        currency: Total(
            currency, given[currency], excluded[currency], output[currency], unknown[currency], counted[currency]
        )
        for currency in sorted(given)
    }


def cell_order(cell: Cell) -> tuple[object, ...]:
    """By period, currency and values; no value comes before any value."""
    return (cell.period, cell.currency, [value or "" for value in cell.values])

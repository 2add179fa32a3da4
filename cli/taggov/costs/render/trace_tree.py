"""Terminal tree of a trace: the origin of the amounts of a team, with repetitions summed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import chain, islice

from rich.console import Group, RenderableType
from rich.text import Text
from rich.tree import Tree

from cost_allocation import query
from cost_allocation.analysis.report import DAY, MONTH, TEAM
from cost_allocation.analysis.report import report as reported
from cost_allocation.analysis.trace import Origin
from cost_allocation.model import Allocation, Cell, CostRow
from cost_allocation.rules.model import Rules
from taggov.costs.render.figures import Amounts, figures, round_amount, round_parts, round_totals
from taggov.costs.render.labels import printable
from taggov.costs.render.report_table import NOTHING
from taggov.costs.render.scale import format_amount
from taggov.costs.render.trace_summary import Direct, FromPool, TraceSummary, summarize
from taggov.costs.sources.base import SourceRow
from taggov.costs.sources.months import next_month

_MOST_RULES = 20
"""Maximum number of rules of an amount or pool; the others are summed in one line."""

_LONGEST_WEIGHT = len("1/1000")

SourceRowReader = Callable[[CostRow], Sequence[SourceRow]]
"""Returns the source rows of a sum, the largest amounts first."""


@dataclass(frozen=True, slots=True)
class TraceView:
    """Options of the tree."""

    columns: Sequence[str]
    """Columns to group by: kept dimensions, `month` or `day`."""
    selected: Sequence[str]
    """Columns that are limited to one value."""
    days: bool
    """True if the costs are by day."""
    behind: SourceRowReader
    rows: int
    """Number of source rows to show for each rule."""

    @property
    def period(self) -> str | None:
        """Finest period to group by; None if there is none."""
        return next((one for one in (DAY, MONTH) if one in (*self.columns, *self.selected)), None)


def trace_tree(
    team: str, origins: Sequence[Origin], allocation: Allocation, rules: Rules, view: TraceView
) -> RenderableType:
    """Build a tree for each value of the columns, or for each currency if there are no columns.

    Amounts are the same as in a report. A tree has each rule and pool once, for all its days.

    Args:
        origins: origins of the team, at the grain of the allocation.
    """
    amounts = _amounts(team, allocation, rules, view.period)
    groups: dict[tuple[str, ...], list[Origin]] = defaultdict(list)
    for origin in origins:
        named = [_value(allocation, origin.cell, column) for column in view.columns]
        groups[(origin.cell.currency, *named)].append(origin)
    trees = []
    for (currency, *named), mine in groups.items():
        cells = {_key(origin.cell, view.period) for origin in mine}
        its = [amounts[cell] for cell in cells]
        head = Amounts(sum((one.direct for one in its), Decimal(0)), sum((one.shared for one in its), Decimal(0)))
        said = ", ".join([team, *(name or NOTHING for name in named)])
        when = _days([origin.cell.period for origin in mine], days=view.days)
        period = "" if {MONTH, DAY} & {*view.columns} else f" in {when}"
        tree = Tree(Text(printable(f"{said}: {format_amount(head.cost)} {currency}{period}")))
        places = round_totals(allocation.totals[currency]).decimals
        _Branches(allocation.table.dimensions, view, places, when).add_branches(tree, summarize(mine), head)
        trees.append(tree)
    return Group(*trees)


def _amounts(team: str, allocation: Allocation, rules: Rules, period: str | None) -> Mapping[tuple[str, ...], Amounts]:
    """Return the amounts of the team at the finest grain, rounded as in a report."""
    report = reported(allocation, rules, (TEAM, *((period,) if period else ()), *allocation.keep))
    rows = {its.currency: iter(its.rows) for its in figures(report)}
    found: dict[tuple[str, ...], Amounts] = {}
    for row in report.rows:
        its = next(rows[row.currency])
        if row.values[0] == team:
            found[row.currency, *(value or "" for value in row.values[1:])] = its
    return found


def _key(cell: Cell, period: str | None) -> tuple[str, ...]:
    when = [_when(cell, period)] if period else []
    return (cell.currency, *when, *(value or "" for value in cell.values))


def _when(cell: Cell, period: str) -> str:
    return cell.period.isoformat() if period == DAY else f"{cell.period:%Y-%m}"


def _value(allocation: Allocation, cell: Cell, column: str) -> str:
    if column in (MONTH, DAY):
        return _when(cell, column)
    return cell.values[allocation.keep.index(column)] or ""


def _days(periods: Sequence[date], *, days: bool) -> str:
    """Format a range of months or days: `2026-05 to 2026-06`, `2026-05-01 to 2026-05-14`; whole months as months."""
    first, last = min(periods), max(periods)
    if days and not (first.day == 1 and last + timedelta(days=1) == next_month(last)):
        return f"{first}" if first == last else f"{first} to {last}"
    return f"{first:%Y-%m}" if f"{first:%Y-%m}" == f"{last:%Y-%m}" else f"{first:%Y-%m} to {last:%Y-%m}"


@dataclass(slots=True)
class _Branches:
    """Builder of one tree."""

    dimensions: Sequence[str]
    view: TraceView
    places: int
    days: str
    """Days of the tree. Rules with the same days do not repeat them."""
    drawn_pools: set[tuple[str, str, Decimal]] = field(default_factory=set)
    """Pools that the tree shows already, each with its cost."""

    def add_branches(self, tree: Tree, found: TraceSummary, amounts: Amounts) -> None:
        """Add rules and pools. They add up to the amount above them."""
        costs = round_parts([one.cost for one in found.direct], amounts.direct, self.places)
        for one, cost in list(zip(found.direct, costs, strict=True))[:_MOST_RULES]:
            self._rule(tree, one, cost)
        if rest := costs[_MOST_RULES:]:
            cost = sum(rest, Decimal(0))
            tree.add(Text(f"{format_amount(cost)} by {len(rest)} more rules; --json lists them all"))
        shares = round_parts([one.cost for one in found.pools], amounts.shared, self.places)
        for share, cost in zip(found.pools, shares, strict=True):
            self._pool(tree, share, cost)

    def _rule(self, tree: Tree, direct: Direct, cost: Decimal) -> None:
        counted = sum(row.rows for row in direct.rows)
        rows = f" in {counted:,} source {'row' if counted == 1 else 'rows'}" if counted else ""
        days = _days([row.period for row in direct.rows], days=True) if self.view.days else self.days
        when = "" if days == self.days else f" on {days}"
        known = "".join(f"; {said}" for said in self._common(direct.rows))
        leaf = tree.add(Text(printable(f"{format_amount(cost)}{rows}{when} by {direct.rule}{known}")))
        for source in islice(chain.from_iterable(map(self.view.behind, direct.rows)), self.view.rows):
            filled = ", ".join(f"{name}={value}" for name, value in source.columns.items() if value is not None)
            leaf.add(Text(printable(f"{source.file}: {filled}")))

    def _common(self, rows: Sequence[CostRow]) -> list[str]:
        """List the common values of the sums of a rule, without tags, which the rule names."""
        found = []
        for place, name in enumerate(self.dimensions):
            values = {row.values[place] for row in rows} - {None}
            if query.tag_key(name) is None and values:
                (one, *others) = sorted(value for value in values if value is not None)
                found.append(f"{len(values)} values of {name}" if others else f"{name}={one}")
        return found

    def _pool(self, tree: Tree, share: FromPool, cost: Decimal) -> None:
        held = round_amount(share.pool_cost, self.places)
        # Show long fractions as percentages.
        weight = (
            share.weight if len(share.weight) <= _LONGEST_WEIGHT else f"{float(Fraction(share.weight) * 100):.2f} %"
        )
        whole = f"{weight} of {format_amount(held)} in shared.{share.pool} ({share.basis})"
        key = (share.pool, share.basis, share.pool_cost)
        again = ", which is explained above" if key in self.drawn_pools else ""
        branch = tree.add(Text(printable(f"{format_amount(cost)} = {whole}{again}")))
        if not again:
            self.drawn_pools.add(key)
            direct = round_amount(sum((one.cost for one in share.origin.direct), Decimal(0)), self.places)
            self.add_branches(branch, share.origin, Amounts(direct, held - direct))

"""A trace in the terminal: where a team's amounts come from, with everything that repeats itself said once."""

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
from taggov.costs.render.figures import Amounts, figures, rounded, rounded_parts, rounded_totals
from taggov.costs.render.folded_trace import Direct, Explanation, FromPool, folded
from taggov.costs.render.labels import printable
from taggov.costs.render.report_table import NOTHING
from taggov.costs.render.scale import shown
from taggov.costs.sources.base import SourceRow
from taggov.costs.sources.months import next_month

_MOST_RULES = 20
"""Rules of an amount or pool; all others share one line."""

_LONGEST_WEIGHT = len("1/1000")

Behind = Callable[[CostRow], Sequence[SourceRow]]
"""Gives rows of the files in a sum, the largest amounts first."""


@dataclass(frozen=True, slots=True)
class View:
    """The part of a trace that is drawn."""

    columns: Sequence[str]
    """By which the team's amount is told apart: kept dimensions, `month` or `day`."""
    selected: Sequence[str]
    """Columns of which only one value was asked for."""
    days: bool
    """True where the costs came by day."""
    behind: Behind
    rows: int
    """Number of rows of the files that are shown for each rule."""

    @property
    def period(self) -> str | None:
        """The finest periods that are told apart; None where all are together."""
        return next((one for one in (DAY, MONTH) if one in (*self.columns, *self.selected)), None)


def trace_tree(
    team: str, origins: Sequence[Origin], allocation: Allocation, rules: Rules, view: View
) -> RenderableType:
    """Draw a tree for each value of the columns, or for each currency where there are none.

    Amounts are those of a report of the same costs. What a tree says of a rule or of a pool it says for all its days.

    Args:
        origins: of the team, at the grain of the allocation.
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
        told = "" if {MONTH, DAY} & {*view.columns} else f" in {when}"
        tree = Tree(Text(printable(f"{said}: {shown(head.cost)} {currency}{told}")))
        places = rounded_totals(allocation.totals[currency]).decimals
        _Branches(allocation.table.dimensions, view, places, when).grow(tree, folded(mine), head)
        trees.append(tree)
    return Group(*trees)


def _amounts(team: str, allocation: Allocation, rules: Rules, period: str | None) -> Mapping[tuple[str, ...], Amounts]:
    """Find the team's amounts at the finest grain, as a report shows them."""
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
    """Write `2026-05`, `2026-05 to 2026-06`, or days, `2026-05-01 to 2026-05-14`; a month where it has all of them."""
    first, last = min(periods), max(periods)
    if days and not (first.day == 1 and last + timedelta(days=1) == next_month(last)):
        return f"{first}" if first == last else f"{first} to {last}"
    return f"{first:%Y-%m}" if f"{first:%Y-%m}" == f"{last:%Y-%m}" else f"{first:%Y-%m} to {last:%Y-%m}"


@dataclass(slots=True)
class _Branches:
    """Grows one tree."""

    dimensions: Sequence[str]
    view: View
    places: int
    days: str
    """Days of the tree: rules of the same days do not say them again."""
    explained: set[tuple[str, str, Decimal]] = field(default_factory=set)
    """The pools that the tree has explained already, each with what it held."""

    def grow(self, tree: Tree, found: Explanation, its: Amounts) -> None:
        """Add rules and pools; together they are the amount above them."""
        costs = rounded_parts([one.cost for one in found.direct], its.direct, self.places)
        for one, cost in list(zip(found.direct, costs, strict=True))[:_MOST_RULES]:
            self._rule(tree, one, cost)
        if rest := costs[_MOST_RULES:]:
            cost = sum(rest, Decimal(0))
            tree.add(Text(f"{shown(cost)} by {len(rest)} more rules; --json lists them all"))
        shares = rounded_parts([one.cost for one in found.pools], its.shared, self.places)
        for share, cost in zip(found.pools, shares, strict=True):
            self._pool(tree, share, cost)

    def _rule(self, tree: Tree, one: Direct, cost: Decimal) -> None:
        counted = sum(row.rows for row in one.rows)
        rows = f" in {counted:,} source {'row' if counted == 1 else 'rows'}" if counted else ""
        days = _days([row.period for row in one.rows], days=True) if self.view.days else self.days
        when = "" if days == self.days else f" on {days}"
        known = "".join(f"; {said}" for said in self._common(one.rows))
        leaf = tree.add(Text(printable(f"{shown(cost)}{rows}{when} by {one.rule}{known}")))
        for source in islice(chain.from_iterable(map(self.view.behind, one.rows)), self.view.rows):
            filled = ", ".join(f"{name}={value}" for name, value in source.columns.items() if value is not None)
            leaf.add(Text(printable(f"{source.file}: {filled}")))

    def _common(self, rows: Sequence[CostRow]) -> list[str]:
        """Say what the sums of a rule have in common, apart from tags, which the rule names."""
        found = []
        for place, name in enumerate(self.dimensions):
            values = {row.values[place] for row in rows} - {None}
            if query.tag_key(name) is None and values:
                (one, *others) = sorted(value for value in values if value is not None)
                found.append(f"{len(values)} values of {name}" if others else f"{name}={one}")
        return found

    def _pool(self, tree: Tree, share: FromPool, cost: Decimal) -> None:
        held = rounded(share.held, self.places)
        # Shares by cost are fractions that nobody reads.
        weight = (
            share.weight if len(share.weight) <= _LONGEST_WEIGHT else f"{float(Fraction(share.weight) * 100):.2f} %"
        )
        whole = f"{weight} of {shown(held)} in shared.{share.pool} ({share.basis})"
        key = (share.pool, share.basis, share.held)
        again = ", which is explained above" if key in self.explained else ""
        branch = tree.add(Text(printable(f"{shown(cost)} = {whole}{again}")))
        if not again:
            self.explained.add(key)
            direct = rounded(sum((one.cost for one in share.origin.direct), Decimal(0)), self.places)
            self.grow(branch, share.origin, Amounts(direct, held - direct))

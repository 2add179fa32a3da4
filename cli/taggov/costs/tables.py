"""The tables of the terminal, except that of a report. What is shown is rounded; `--json` has every digit."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from cost_allocation.coverage import Coverage
from cost_allocation.exact import round_together, text
from cost_allocation.kpis import Change, UnitCost
from cost_allocation.model import CostRow, CostTable
from cost_allocation.movement import Movement
from cost_allocation.trace import Origin
from cost_allocation.untagged import Suggestion, Untagged

from .outputs.figures import decimals, shown
from .periods import Period
from .sources.base import SourceRow

_NONE = "(none)"
_MOST_ROWS = 20


def totals(table: CostTable, period: Period) -> RenderableType:
    """Each month, and the sum of each currency."""
    view = _table(f"{table.metric}, {period}, from {table.source}", "Month", "Currency", right=("Cost",))
    for currency in table.sums():
        rows = [row for row in table.rows if row.currency == currency]
        costs, total = _adding_up([row.cost for row in rows], currency)
        for row, cost in zip(rows, costs, strict=True):
            mark = " (estimated)" if row.period in table.estimated else ""
            view.add_row(f"{row.period:%Y-%m}{mark}", currency, cost)
        view.add_row("total", currency, total, style="bold", end_section=True)
    return view if table.rows else Text(f"no costs in {period}")


def by_tag(
    key: str, values: Sequence[tuple[str | None, str, Decimal]], table: CostTable, period: Period
) -> RenderableType:
    """Each value of a tag with its part of the whole."""
    view = _table(f"{table.metric} by tag {key}, {period}", "Value", "Currency", right=("Cost", "Share"))
    for currency, whole in table.sums().items():
        mine = [(value, cost) for value, of, cost in values if of == currency]
        costs, total = _adding_up([cost for _, cost in mine], currency)
        for (value, cost), said in zip(mine, costs, strict=True):
            share = Fraction(cost) / Fraction(whole) if whole > 0 else None
            view.add_row(_NONE if value is None else value, currency, said, _per_cent(share))
        view.add_row("total", currency, total, "", style="bold", end_section=True)
    return view if table.rows else Text(f"no costs in {period}")


def coverage(found: Sequence[Coverage]) -> RenderableType:
    """How much is allocated."""
    view = _table("Allocation coverage", "Of", "Currency", right=("Allocated", "Total", "Coverage"))
    for one in found:
        allocated, total = _each([one.allocated, one.total], one.currency)
        view.add_row(one.of, one.currency, allocated, total, _per_cent(one.ratio))
    return view


def untagged(found: Sequence[Untagged]) -> RenderableType:
    """Unknown costs, the largest first."""
    view = _table("Costs that no rule knows", "Account", "Service", "Tag value", "Currency", right=("Cost",))
    for one in found:
        (cost,) = _each([one.cost], one.currency)
        view.add_row(one.account or _NONE, one.service or _NONE, one.value or _NONE, one.currency, cost)
    return view if found else Text("no cost is without a rule")


def suggestions(found: Sequence[Suggestion]) -> RenderableType:
    """Rules to add."""
    view = _table("Rules that would help", "Rule", "Because", "Currency", right=("Cost",))
    for one in found:
        (cost,) = _each([one.cost], one.currency)
        view.add_row(one.rule, one.reason, one.currency, cost)
    return view if found else Text("")


def unit_costs(found: Sequence[UnitCost]) -> RenderableType:
    """What a unit costs."""
    view = _table("Unit costs", "Month", "Metric", "Team", "Currency", right=("Cost", "Units", "Per unit"))
    for one in found:
        (cost,) = _each([one.cost], one.currency)
        unit = _NONE if one.per_unit is None else f"{one.per_unit:.6f}"
        view.add_row(
            f"{one.month:%Y-%m}", one.metric, one.team or "all", one.currency, cost, f"{text(one.units)}", unit
        )
    return view if found else Text("no unit costs: give metrics with --metrics FILE")


def changes(found: Sequence[Change], estimated: Collection[date]) -> RenderableType:
    """Month over month, with what drove it."""
    months = {day.replace(day=1) for day in estimated}
    view = _table(
        "Month over month", "Month", "Team", "Currency", right=("Before", "After", "Change", "%"), last=("Drivers",)
    )
    for one in found:
        before, after, delta = _each([one.before, one.after, one.delta], one.currency)
        drivers = ", ".join(f"{driver.name} {_each([driver.delta], one.currency)[0]}" for driver in one.drivers)
        month = f"{one.month:%Y-%m}" + (" (estimated)" if one.month in months else "")
        view.add_row(month, one.team, one.currency, before, after, delta, _per_cent(one.ratio), drivers)
    return view if found else Text("no change to show: that takes two months")


def movement(found: Movement) -> RenderableType:
    """What moves between teams."""
    if not found.moves and not found.reasons:
        return Text("nothing moves")
    teams = _table("Teams", "Team", "Currency", right=("Before", "After", "Change"))
    for balance in found.balances:
        if balance.delta:
            amounts = _each([balance.before, balance.after, balance.delta], balance.currency)
            teams.add_row(balance.team, balance.currency, *amounts)
    moves = _table("Moves", "From", "To", "Currency", right=("Cost",))
    for move in found.moves:
        moves.add_row(move.source, move.target, move.currency, *_each([move.cost], move.currency))
    reasons = _table("Rules that decide otherwise", "Before", "After", "Currency", right=("Cost",))
    for reason in found.reasons:
        reasons.add_row(reason.before, reason.after, reason.currency, *_each([reason.cost], reason.currency))
    return Group(teams, moves, reasons) if found.reasons else Group(teams, moves)


def reconciliation(
    readings: Mapping[str, Mapping[tuple[date, str], Decimal]],
    keys: Iterable[tuple[date, str]],
    off: Mapping[tuple[date, str], Decimal],
    allowed: Decimal,
) -> RenderableType:
    """Each month as the different readings have it, in full."""
    view = _table("Readings", "Month", "Currency", right=(*readings, "Difference"), last=("",))
    for key in keys:
        amounts = [text(sums.get(key, Decimal(0))) for sums in readings.values()]
        view.add_row(f"{key[0]:%Y-%m}", key[1], *amounts, text(off[key]), "agree" if off[key] <= allowed else "DIFFER")
    return view


def trace(
    team: str,
    origins: Sequence[Origin],
    dimensions: Sequence[str],
    behind: Callable[[CostRow], Sequence[SourceRow]],
) -> RenderableType:
    """A tree for each cell: rows and shares add up to what stands above them."""
    root = Tree(Text(team))
    for origin in origins:
        values = ", ".join(value or _NONE for value in origin.cell.values)
        head = f"{origin.cell.period:%Y-%m} {values}: {text(origin.cost)} {origin.cell.currency}"
        _grow(root.add(Text(head)), origin, dimensions, behind)
    return root


def _grow(
    branch: Tree, origin: Origin, dimensions: Sequence[str], behind: Callable[[CostRow], Sequence[SourceRow]]
) -> None:
    for source in origin.rows[:_MOST_ROWS]:
        known = ", ".join(
            f"{name}={value}" for name, value in zip(dimensions, source.row.values, strict=True) if value is not None
        )
        counted = f" in {source.row.rows} rows" if source.row.rows else ""
        leaf = branch.add(Text(f"{text(source.row.cost)}{counted} by {source.rule}; {known}"))
        for row in behind(source.row):
            filled = ", ".join(f"{name}={value}" for name, value in row.columns.items() if value is not None)
            leaf.add(Text(f"{row.file}: {filled}"))
    if len(origin.rows) > _MOST_ROWS:
        branch.add(Text(f"and {len(origin.rows) - _MOST_ROWS} more; --json lists them all"))
    for share in origin.shares:
        transfer = share.transfer
        whole = f"{transfer.weight} of {text(share.held)} in shared.{transfer.pool}"
        label = f"{text(transfer.cost)} = {whole} ({transfer.basis})"
        _grow(branch.add(Text(label)), share.pool, dimensions, behind)


def _adding_up(parts: Sequence[Decimal], currency: str) -> tuple[list[str], str]:
    """Amounts of one table, rounded so that they add up to the total that stands below them."""
    rounded = round_together(parts, decimals(currency, parts))
    return [shown(part) for part in rounded], shown(sum(rounded, Decimal(0)))


def _each(amounts: Sequence[Decimal], currency: str) -> list[str]:
    """Amounts that stand for themselves."""
    places = decimals(currency, amounts)
    return [shown(round_together([amount], places)[0]) for amount in amounts]


def _table(title: str, *left: str, right: Sequence[str] = (), last: Sequence[str] = ()) -> Table:
    view = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    for name in left:
        view.add_column(name, overflow="fold")
    for name in right:
        view.add_column(name, justify="right", no_wrap=True)
    for name in last:
        view.add_column(name, overflow="fold")
    return view


def _per_cent(ratio: Fraction | None) -> str:
    return "" if ratio is None else f"{float(ratio):.1%}"

"""The tables of the terminal that compare: two sets of rules, or two ways to ask for the same total."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal, localcontext

from rich.console import Group, RenderableType
from rich.text import Text

from cost_allocation.analysis.movement import Move, Movement
from cost_allocation.analysis.report import Report
from cost_allocation.exact import EXACT
from cost_allocation.model import EXCLUDED, Total
from taggov.costs.render.figures import figures, rounded, rounded_column, shown_costs
from taggov.costs.render.scale import decimals, every_digit, shown
from taggov.costs.render.tables import columns, places_of
from taggov.costs.reports.grid import Grid

Shown = Mapping[tuple[str, str], Decimal]
"""Rounded costs by currency and team."""
Sums = Mapping[tuple[date, str], Decimal]
"""Exact costs by month and currency."""


def team_costs(report: Report) -> Shown:
    """Round what each team has, and what the rules leave out, as every other table shows it.

    Args:
        report: by team alone.
    """
    teams = {(currency, values[0] or ""): cost for (currency, values), cost in shown_costs(report).items()}
    return teams | {(its.currency, EXCLUDED): its.totals.excluded for its in figures(report)}


def movement(found: Movement, before: Shown, after: Shown, totals: Mapping[str, Total]) -> RenderableType:
    """Show what moves between teams, and why.

    Args:
        before: under the old rules.
        after: under the new rules.
        totals: of either, for the decimals.
    """
    if not found.moves and not found.reasons:
        return Text("nothing moves")
    places = places_of(totals)
    teams = Grid(columns("Team", "Currency", amounts=("Before", "After", "Change")), "Teams")
    rows = []
    for one in found.balances:
        none = rounded(Decimal(0), places[one.currency])
        was, now = (costs.get((one.currency, one.team), none) for costs in (before, after))
        if one.delta:
            rows.append([one.team, one.currency, *map(shown, (was, now, now - was))])
    teams.add(rows)
    moves = Grid(columns("From", "To", "Currency", amounts=("Cost",)), "Moves")
    moves.add(
        [
            [source, target, currency, shown(cost)]
            for (currency, source, target), cost in rounded_moves(found.moves, before, after, places).items()
        ]
    )
    reasons = Grid(columns("Before", "After", "Currency", amounts=("Cost",)), "Rules and splits that decide otherwise")
    reasons.add(
        [[one.before, one.after, one.currency, shown(rounded(one.cost, places[one.currency]))] for one in found.reasons]
    )
    shown_tables: list[RenderableType] = []
    for grid in (teams, moves, reasons):
        if any(lines for lines, _ in grid.sections):
            shown_tables += [grid, Text("")]
    return Group(*shown_tables)


def rounded_moves(
    moves: Sequence[Move], before: Shown, after: Shown, places: Mapping[str, int]
) -> dict[tuple[str, str, str], Decimal]:
    """Round moves so that those of a team add up to its change as it is shown, by currency, source and target.

    What a team misses after rounding is passed on along one of its moves, from the ends of the chain of moves inwards.
    """
    found = {(one.currency, one.source, one.target): rounded(one.cost, places[one.currency]) for one in moves}
    missing: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    neighbours: dict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
    for (currency, source, target), cost in found.items():
        missing[currency, source] += cost
        missing[currency, target] -= cost
        neighbours[currency, source].append((currency, target))
        neighbours[currency, target].append((currency, source))
    for place in missing:
        missing[place] += after.get(place, Decimal(0)) - before.get(place, Decimal(0))
    for place, parent in reversed(_chain(neighbours)):
        currency, team, onward = *place, parent[1]
        if (currency, onward, team) in found:
            found[currency, onward, team] += missing[place]
        else:
            found[currency, team, onward] -= missing[place]
        missing[parent] += missing[place]
        missing[place] = Decimal(0)
    return found


def _chain(neighbours: Mapping[tuple[str, str], Sequence[tuple[str, str]]]) -> list[tuple[tuple[str, str], ...]]:
    """List each place with the one that it was reached from, so that every place comes after that one."""
    found: list[tuple[tuple[str, str], ...]] = []
    seen: set[tuple[str, str]] = set()
    for root in neighbours:
        waiting = [] if root in seen else [root]
        seen.add(root)
        for place in waiting:
            for other in neighbours[place]:
                if other not in seen:
                    seen.add(other)
                    waiting.append(other)
                    found.append((other, place))
    return found


def reconciliation(readings: Mapping[str, Sums], off: Mapping[tuple[date, str], Decimal], allowed: Decimal) -> Group:
    """Show the verdict, and each month as the different readings have it.

    Args:
        readings: by name.
        off: the largest difference of each month and currency.
        allowed: what a month may differ by.
    """
    wrong = sum(difference > allowed for difference in off.values())
    months = f"{len(off)} monthly total{'' if len(off) == 1 else 's'}"
    verdict = (
        f"DIFFER: {wrong} of {months} by more than {every_digit(allowed)}"
        if wrong
        else f"agree: {months}, none differs by more than {every_digit(allowed)}"
    )
    letters = [chr(ord("A") + index) for index in range(len(readings))]
    legend = [f"{letter}: {name}" for letter, name in zip(letters, readings, strict=True)]
    verdicts = columns("Verdict") if wrong else []
    grid = Grid([*columns("Month", "Currency", amounts=(*letters, "Difference")), *verdicts])
    rounded_readings = [_by_month(sums) for sums in readings.values()]
    rows = []
    for (month, currency), difference in off.items():
        amounts = [shown(sums.get((month, currency), Decimal(0))) for sums in rounded_readings]
        differs = ["DIFFERS" if difference > allowed else ""] if wrong else []
        rows.append([f"{month:%Y-%m}", currency, *amounts, every_digit(difference), *differs])
    grid.add(rows)
    return Group(Text(verdict, style="bold"), *map(Text, legend), Text(""), grid)


def _by_month(sums: Sums) -> dict[tuple[date, str], Decimal]:
    """Round the months of each currency as `taggov costs total` does."""
    found: dict[tuple[date, str], Decimal] = {}
    for currency in {currency for _, currency in sums}:
        months = {month: cost for (month, of), cost in sums.items() if of == currency}
        with localcontext(EXACT):
            places = decimals(currency, [sum(months.values(), Decimal(0))])
        costs = rounded_column({f"{month:%Y-%m}": cost for month, cost in months.items()}, places)
        found |= {(month, currency): costs[f"{month:%Y-%m}"] for month in months}
    return found

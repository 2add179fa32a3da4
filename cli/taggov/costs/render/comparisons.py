"""Terminal tables that compare two sets of rules, or totals from different queries."""

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
from taggov.costs.render.figures import figures, round_amount, round_column, rounded_costs
from taggov.costs.render.scale import decimals, format_amount, format_exact
from taggov.costs.render.tables import columns, places_of
from taggov.costs.reports.grid import Grid

TeamCosts = Mapping[tuple[str, str], Decimal]
"""Rounded costs by currency and team."""
Sums = Mapping[tuple[date, str], Decimal]
"""Exact costs by month and currency."""


def team_costs(report: Report) -> TeamCosts:
    """Round the costs of each team and the excluded costs, consistently with other tables.

    Args:
        report: a report by team only.
    """
    teams = {(currency, values[0] or ""): cost for (currency, values), cost in rounded_costs(report).items()}
    return teams | {(its.currency, EXCLUDED): its.totals.excluded for its in figures(report)}


def movement(found: Movement, before: TeamCosts, after: TeamCosts, totals: Mapping[str, Total]) -> RenderableType:
    """Show the costs that move between teams, and the reasons.

    Args:
        before: costs under the old rules.
        after: costs under the new rules.
        totals: totals of either, for the decimals.
    """
    if not found.moves and not found.reasons:
        return Text("nothing moves")
    places = places_of(totals)
    teams = Grid(columns("Team", "Currency", amounts=("Before", "After", "Change")), "Teams")
    rows = []
    for one in found.balances:
        none = round_amount(Decimal(0), places[one.currency])
        was, now = (costs.get((one.currency, one.team), none) for costs in (before, after))
        if one.delta:
            rows.append([one.team, one.currency, *map(format_amount, (was, now, now - was))])
    teams.add(rows)
    moves = Grid(columns("From", "To", "Currency", amounts=("Cost",)), "Moves")
    moves.add(
        [
            [source, target, currency, format_amount(cost)]
            for (currency, source, target), cost in round_moves(found.moves, before, after, places).items()
        ]
    )
    reasons = Grid(columns("Before", "After", "Currency", amounts=("Cost",)), "Rules and splits that changed")
    reasons.add(
        [
            [one.before, one.after, one.currency, format_amount(round_amount(one.cost, places[one.currency]))]
            for one in found.reasons
        ]
    )
    shown_tables: list[RenderableType] = []
    for grid in (teams, moves, reasons):
        if any(lines for lines, _ in grid.sections):
            shown_tables += [grid, Text("")]
    return Group(*shown_tables)


def round_moves(
    moves: Sequence[Move], before: TeamCosts, after: TeamCosts, places: Mapping[str, int]
) -> dict[tuple[str, str, str], Decimal]:
    """Round moves so that the moves of each team add up to its displayed change, by currency, source and target.

    A rounding difference of a team is passed on along one of its moves, from the leaves of the spanning tree to the
    root.
    """
    found = {(one.currency, one.source, one.target): round_amount(one.cost, places[one.currency]) for one in moves}
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
    """Return a spanning forest as pairs of node and parent. Each parent comes before its children."""
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
    """Show the verdict, and each month with the different totals.

    Args:
        readings: totals by name.
        off: largest difference of each month and currency.
        allowed: tolerance for a month.
    """
    wrong = sum(difference > allowed for difference in off.values())
    months = f"{len(off)} monthly total{'' if len(off) == 1 else 's'}"
    verdict = (
        f"DIFFER: {wrong} of {months} by more than {format_exact(allowed)}"
        if wrong
        else f"agree: {months}, none differs by more than {format_exact(allowed)}"
    )
    letters = [chr(ord("A") + index) for index in range(len(readings))]
    legend = [f"{letter}: {name}" for letter, name in zip(letters, readings, strict=True)]
    verdicts = columns("Verdict") if wrong else []
    grid = Grid([*columns("Month", "Currency", amounts=(*letters, "Difference")), *verdicts])
    rounded_readings = [_by_month(sums) for sums in readings.values()]
    rows = []
    for (month, currency), difference in off.items():
        amounts = [format_amount(sums.get((month, currency), Decimal(0))) for sums in rounded_readings]
        differs = ["DIFFERS" if difference > allowed else ""] if wrong else []
        rows.append([f"{month:%Y-%m}", currency, *amounts, format_exact(difference), *differs])
    grid.add(rows)
    return Group(Text(verdict, style="bold"), *map(Text, legend), Text(""), grid)


def _by_month(sums: Sums) -> dict[tuple[date, str], Decimal]:
    """Round the months of each currency in the same way as `taggov costs total`."""
    found: dict[tuple[date, str], Decimal] = {}
    for currency in {currency for _, currency in sums}:
        months = {month: cost for (month, of), cost in sums.items() if of == currency}
        with localcontext(EXACT):
            places = decimals(currency, [sum(months.values(), Decimal(0))])
        costs = round_column({f"{month:%Y-%m}": cost for month, cost in months.items()}, places)
        found |= {(month, currency): costs[f"{month:%Y-%m}"] for month in months}
    return found

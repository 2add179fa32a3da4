"""The tables of the terminal that are no report. What is shown is rounded once; `--json` has every digit."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction

from rich.console import RenderableType
from rich.text import Text

from cost_allocation.analysis.coverage import Coverage
from cost_allocation.analysis.kpis import Change, UnitCost
from cost_allocation.analysis.report import Report
from cost_allocation.analysis.untagged import Suggestion, Untagged
from cost_allocation.model import CostTable, Total
from taggov.costs.periods import Period
from taggov.costs.render.figures import figures, rounded, rounded_column, rounded_coverage, rounded_totals
from taggov.costs.render.labels import heading
from taggov.costs.render.report_table import NOTHING
from taggov.costs.render.scale import decimals, every_digit, percent, shown
from taggov.costs.reports.grid import Column, Grid
from taggov.costs.sources.months import months_before

TeamMonths = Mapping[tuple[str, tuple[str | None, ...]], Decimal]
"""Rounded costs by currency, and month and team."""


def columns(*titles: str, amounts: Sequence[str] = ()) -> list[Column]:
    """Name the columns of a table: texts, then amounts."""
    return [*map(Column, titles), *(Column(title, amount=True) for title in amounts)]


def places_of(totals: Mapping[str, Total]) -> dict[str, int]:
    """Count the decimals that each currency is shown with."""
    return {currency: rounded_totals(total).decimals for currency, total in totals.items()}


def totals(table: CostTable, period: Period) -> RenderableType:
    """Show each month, and the sum of each currency."""
    grid = Grid(columns("Month", "Currency", amounts=("Cost",)), f"{table.metric}, {period}, from {table.source}")
    estimated = {f"{day:%Y-%m}" for day in table.estimated}
    for currency, total in table.sums().items():
        costs = {f"{row.period:%Y-%m}": row.cost for row in table.rows if row.currency == currency}
        found = rounded_column(costs, decimals(currency, [total]))
        rows = [
            [f"{month} (estimated)" if month in estimated else month, currency, shown(cost)]
            for month, cost in found.items()
        ]
        grid.add(rows, [["total", currency, shown(sum(found.values(), Decimal(0)))]])
    return grid if table.rows else Text(f"no costs in {period}")


def by_tag(
    key: str, values: Sequence[tuple[str | None, str, Decimal]], table: CostTable, period: Period
) -> RenderableType:
    """Show each value of a tag with its part of the whole."""
    grid = Grid(columns("Value", "Currency", amounts=("Cost", "Share")), f"{table.metric} by tag {key}, {period}")
    for currency, whole in table.sums().items():
        # A tag may have the value that stands for none: so each is told apart by a sign before it.
        costs = {"" if value is None else f"={value}": cost for value, of, cost in values if of == currency}
        found = rounded_column(costs, decimals(currency, [whole]))
        rows = [
            [name[1:] if name else NOTHING, currency, shown(cost), _share(costs[name], whole)]
            for name, cost in found.items()
        ]
        grid.add(rows, [["total", currency, shown(sum(found.values(), Decimal(0))), ""]])
    return grid if table.rows else Text(f"no costs in {period}")


def parts(report: Report) -> RenderableType:
    """Show a report with its costs and shares alone, beside other tables: the proof stands below all of them."""
    titles = [heading(column) for column in report.columns]
    grid = Grid(columns(*titles, "Currency", amounts=("Cost", "Share")), f"Costs by {' and '.join(titles).lower()}")
    for its in figures(report):
        mine = [row for row in report.rows if row.currency == its.currency]
        whole = report.totals[its.currency].output
        rows = [
            [
                *(NOTHING if value is None else value for value in row.values),
                its.currency,
                shown(amounts.cost),
                _share(row.cost, whole),
            ]
            for row, amounts in zip(mine, its.rows, strict=True)
        ]
        total = ["Total", *[""] * (len(titles) - 1), its.currency, shown(its.totals.output), ""]
        grid.add(rows, [total])
    return grid if report.rows else Text("")


def coverage(found: Sequence[Coverage], by_currency: Mapping[str, Total]) -> RenderableType:
    """Show how much is allocated."""
    grid = Grid(columns("Of", "Currency", amounts=("Allocated", "Total", "Coverage")), "Allocation coverage")
    grid.add(
        [
            [one.of, one.currency, shown(allocated), shown(total), percent(one.ratio)]
            for one, (allocated, total) in zip(found, rounded_coverage(found, by_currency), strict=True)
        ]
    )
    return grid


def untagged(found: Sequence[Untagged], places: Mapping[str, int]) -> RenderableType:
    """Show unknown costs, the largest first."""
    grid = Grid(columns("Account", "Service", "Tag value", "Currency", amounts=("Cost",)), "Costs that no rule knows")
    grid.add(
        [
            [
                *(value or NOTHING for value in (one.account, one.service, one.value)),
                one.currency,
                shown(rounded(one.cost, places[one.currency])),
            ]
            for one in found
        ]
    )
    return grid if found else Text("no cost is without a rule")


def suggestions(found: Sequence[Suggestion], places: Mapping[str, int]) -> RenderableType:
    """Show rules to add."""
    grid = Grid(columns("Rule", "Because", "Currency", amounts=("Cost",)), "Rules that would help")
    grid.add([[one.rule, one.reason, one.currency, shown(rounded(one.cost, places[one.currency]))] for one in found])
    return grid if found else Text("")


def unit_costs(found: Sequence[UnitCost], costs: TeamMonths) -> RenderableType:
    """Show what a unit costs."""
    grid = Grid(columns("Month", "Metric", "Team", "Currency", amounts=("Cost", "Units", "Per unit")), "Unit costs")
    rows = []
    for one in found:
        month = f"{one.month:%Y-%m}"
        teams = [
            cost
            for (currency, (when, team)), cost in costs.items()
            if (currency, when) == (one.currency, month) and one.team in (None, team)
        ]
        unit = NOTHING if one.per_unit is None else f"{one.per_unit:,.6f}"
        named = [month, one.metric, one.team or "all", one.currency]
        rows.append([*named, shown(sum(teams, Decimal(0))), every_digit(one.units), unit])
    grid.add(rows)
    return grid if found else Text("no unit costs: give metrics with --metrics FILE")


def changes(
    found: Sequence[Change], estimated: Collection[date], costs: TeamMonths, places: Mapping[str, int]
) -> RenderableType:
    """Show changes month over month, with what drove them."""
    months = {day.replace(day=1) for day in estimated}
    named = columns("Month", "Team", "Currency", amounts=("Before", "After", "Change", "Ratio"))
    grid = Grid([*named, Column("Drivers", optional=True)], "Month over month")
    rows = []
    for one in found:
        before, after = (
            costs.get((one.currency, (f"{month:%Y-%m}", one.team)), Decimal(0))
            for month in (months_before(one.month, 1), one.month)
        )
        drivers = ", ".join(
            f"{driver.name} {shown(rounded(driver.delta, places[one.currency]))}" for driver in one.drivers
        )
        month = f"{one.month:%Y-%m}" + (" (estimated)" if one.month in months else "")
        amounts = map(shown, (before, after, after - before))
        rows.append([month, one.team, one.currency, *amounts, percent(one.ratio), drivers])
    grid.add(rows)
    return grid if found else Text("no change to show: that takes two months")


def _share(cost: Decimal, whole: Decimal) -> str:
    return percent(Fraction(cost) / Fraction(whole)) if whole > 0 else ""

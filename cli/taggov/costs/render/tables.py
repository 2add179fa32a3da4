"""Terminal tables besides reports. Amounts are rounded once; `--json` has every digit."""

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
from taggov.costs.render.figures import figures, round_amount, round_column, round_coverage, round_totals
from taggov.costs.render.labels import heading
from taggov.costs.render.report_table import NOTHING
from taggov.costs.render.scale import decimals, format_amount, format_exact, format_percent
from taggov.costs.reports.grid import Column, Grid
from taggov.costs.sources.months import months_before

TeamMonths = Mapping[tuple[str, tuple[str | None, ...]], Decimal]
"""Rounded costs by currency, and month and team."""


def columns(*titles: str, amounts: Sequence[str] = ()) -> list[Column]:
    """Build the columns of a table: texts, then amounts."""
    return [*map(Column, titles), *(Column(title, amount=True) for title in amounts)]


def places_of(totals: Mapping[str, Total]) -> dict[str, int]:
    """Return the displayed decimals of each currency."""
    return {currency: round_totals(total).decimals for currency, total in totals.items()}


def totals(table: CostTable, period: Period) -> RenderableType:
    """Show each month, with the sum of each currency."""
    grid = Grid(columns("Month", "Currency", amounts=("Cost",)), f"{table.metric}, {period}, from {table.source}")
    estimated = {f"{day:%Y-%m}" for day in table.estimated}
    for currency, total in table.sums().items():
        costs = {f"{row.period:%Y-%m}": row.cost for row in table.rows if row.currency == currency}
        found = round_column(costs, decimals(currency, [total]))
        rows = [
            [f"{month} (estimated)" if month in estimated else month, currency, format_amount(cost)]
            for month, cost in found.items()
        ]
        grid.add(rows, [["total", currency, format_amount(sum(found.values(), Decimal(0)))]])
    return grid if table.rows else Text(f"no costs in {period}")


def by_tag(
    key: str, values: Sequence[tuple[str | None, str, Decimal]], table: CostTable, period: Period
) -> RenderableType:
    """Show each value of a tag with its share."""
    grid = Grid(columns("Value", "Currency", amounts=("Cost", "Share")), f"{table.metric} by tag {key}, {period}")
    for currency, whole in table.sums().items():
        # Prefix values with "=", so that no value equals the empty key of missing values.
        costs = {"" if value is None else f"={value}": cost for value, of, cost in values if of == currency}
        found = round_column(costs, decimals(currency, [whole]))
        rows = [
            [name[1:] if name else NOTHING, currency, format_amount(cost), _share(costs[name], whole)]
            for name, cost in found.items()
        ]
        grid.add(rows, [["total", currency, format_amount(sum(found.values(), Decimal(0))), ""]])
    return grid if table.rows else Text(f"no costs in {period}")


def parts(report: Report) -> RenderableType:
    """Show a report with costs and shares only, without the proof."""
    titles = [heading(column) for column in report.columns]
    grid = Grid(columns(*titles, "Currency", amounts=("Cost", "Share")), f"Costs by {' and '.join(titles).lower()}")
    for its in figures(report):
        mine = [row for row in report.rows if row.currency == its.currency]
        whole = report.totals[its.currency].output
        rows = [
            [
                *(NOTHING if value is None else value for value in row.values),
                its.currency,
                format_amount(amounts.cost),
                _share(row.cost, whole),
            ]
            for row, amounts in zip(mine, its.rows, strict=True)
        ]
        total = ["Total", *[""] * (len(titles) - 1), its.currency, format_amount(its.totals.output), ""]
        grid.add(rows, [total])
    return grid if report.rows else Text("")


def coverage(found: Sequence[Coverage], by_currency: Mapping[str, Total]) -> RenderableType:
    """Show the allocation coverage."""
    grid = Grid(columns("Of", "Currency", amounts=("Allocated", "Total", "Coverage")), "Allocation coverage")
    grid.add(
        [
            [one.of, one.currency, format_amount(allocated), format_amount(total), format_percent(one.ratio)]
            for one, (allocated, total) in zip(found, round_coverage(found, by_currency), strict=True)
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
                format_amount(round_amount(one.cost, places[one.currency])),
            ]
            for one in found
        ]
    )
    return grid if found else Text("no costs without a rule")


def suggestions(found: Sequence[Suggestion], places: Mapping[str, int]) -> RenderableType:
    """Show rules to add."""
    grid = Grid(columns("Rule", "Because", "Currency", amounts=("Cost",)), "Rules that would help")
    grid.add(
        [
            [one.rule, one.reason, one.currency, format_amount(round_amount(one.cost, places[one.currency]))]
            for one in found
        ]
    )
    return grid if found else Text("")


def unit_costs(found: Sequence[UnitCost], costs: TeamMonths) -> RenderableType:
    """Show unit costs."""
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
        rows.append([*named, format_amount(sum(teams, Decimal(0))), format_exact(one.units), unit])
    grid.add(rows)
    return grid if found else Text("no unit costs: give metrics with --metrics FILE")


def changes(
    found: Sequence[Change], estimated: Collection[date], costs: TeamMonths, places: Mapping[str, int]
) -> RenderableType:
    """Show changes month over month with their drivers."""
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
            f"{driver.name} {format_amount(round_amount(driver.delta, places[one.currency]))}" for driver in one.drivers
        )
        month = f"{one.month:%Y-%m}" + (" (estimated)" if one.month in months else "")
        amounts = map(format_amount, (before, after, after - before))
        rows.append([month, one.team, one.currency, *amounts, format_percent(one.ratio), drivers])
    grid.add(rows)
    return grid if found else Text("no changes: they need two months of costs")


def _share(cost: Decimal, whole: Decimal) -> str:
    return format_percent(Fraction(cost) / Fraction(whole)) if whole > 0 else ""

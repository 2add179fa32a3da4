"""Terminal table of a report."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from cost_allocation.analysis.report import DAY, MONTH, Report
from taggov.costs.render.figures import Figures, Totals, figures
from taggov.costs.render.labels import heading, printable
from taggov.costs.render.scale import format_amount
from taggov.costs.reports.grid import Column, Grid, Line

ESTIMATED = "*"
NOTHING = "-"
AMOUNTS = ("Direct", "Shared", "Cost")


def print_report(report: Report, console: Console) -> None:
    """Print the rows, totals and proof of a report. The command prints the warnings."""
    by_currency = figures(report)
    columns = [*(Column(heading(printable(column))) for column in report.columns), Column("Currency")]
    grid = Grid([*columns, *(Column(title, amount=True, optional=title != AMOUNTS[-1]) for title in AMOUNTS)])
    grid.add(_rows(report, by_currency))
    grid.add((), [_total(report, currency) for currency in by_currency])
    console.print(grid)
    print_proof([currency.totals for currency in by_currency], console)
    print_estimated(report.estimated, console)


def print_proof(by_currency: Sequence[Totals], console: Console) -> None:
    """Print the proof that nothing was lost, and the unknown costs."""
    console.print()
    for totals in by_currency:
        name = printable(totals.currency)
        console.print(Text(f"{name}: {totals.proof}"))
        console.print(Text(f"{name}: {format_amount(totals.unknown)} of the output is unknown"))
    if not by_currency:
        console.print(Text("no costs in this period"))


def print_estimated(periods: Sequence[str], console: Console) -> None:
    """Print the estimated periods."""
    if periods:
        console.print(Text(f"{ESTIMATED} estimated, may still change: {', '.join(periods)}"))


def _rows(report: Report, by_currency: Sequence[Figures]) -> list[Line]:
    amounts = {currency.currency: iter(currency.rows) for currency in by_currency}
    lines: list[Line] = []
    for row in report.rows:
        values = [_value(report, column, value) for column, value in zip(report.columns, row.values, strict=True)]
        direct, shared = amount = next(amounts[row.currency])
        lines.append([*values, row.currency, format_amount(direct), format_amount(shared), format_amount(amount.cost)])
    return lines


def _value(report: Report, column: str, value: str | None) -> str:
    if value is None:
        return NOTHING
    return value + ESTIMATED if column in (MONTH, DAY) and value in report.estimated else value


def _total(report: Report, figures: Figures) -> Line:
    titles = ["Total", *[""] * len(report.columns)][: len(report.columns)]
    return [
        *titles,
        figures.currency,
        format_amount(figures.direct),
        format_amount(figures.shared),
        format_amount(figures.totals.output),
    ]

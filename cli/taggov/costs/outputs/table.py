"""A report in the terminal."""

from __future__ import annotations

from collections.abc import Iterator

from rich import box
from rich.console import Console, Group, RenderableType
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from cost_allocation.report import DAY, MONTH, Report

from .figures import Amounts, Figures, figures, shown
from .words import AMOUNTS, heading, printable

ESTIMATED = "*"
NOTHING = "-"


def print_report(report: Report, console: Console) -> None:
    """Print the rows, the totals and the proof of a report. Its warnings are the command's to say.

    A terminal too narrow for a table gets one line for each value instead, so no amount is ever cut.
    """
    by_currency = figures(report)
    rows = list(_rows(report, by_currency))
    table = _table(report, rows, by_currency)
    if Measurement.get(console, console.options, table).minimum <= console.width:
        console.print(table)
    else:
        console.print(_listed(report, rows, by_currency))
    for currency in by_currency:
        console.print(Text(f"{printable(currency.currency)}: {currency.proof}"))
        console.print(Text(f"{printable(currency.currency)}: {shown(currency.unknown)} of it is unknown"))
    if not by_currency:
        console.print(Text("no costs in this period"))
    if report.estimated:
        console.print(Text(f"{ESTIMATED} estimated, may still change: {', '.join(report.estimated)}"))


_Row = tuple[list[str], str, Amounts]
"""Values as they are shown, currency, amounts."""


def _rows(report: Report, by_currency: list[Figures]) -> Iterator[_Row]:
    amounts = {currency.currency: iter(currency.rows) for currency in by_currency}
    for row in report.rows:
        values = [_value(report, column, value) for column, value in zip(report.columns, row.values, strict=True)]
        yield values, printable(row.currency), next(amounts[row.currency])


def _value(report: Report, column: str, value: str | None) -> str:
    if value is None:
        return NOTHING
    return value + ESTIMATED if column in (MONTH, DAY) and value in report.estimated else printable(value)


def _table(report: Report, rows: list[_Row], by_currency: list[Figures]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in report.columns:
        table.add_column(Text(heading(printable(column))), overflow="fold", no_wrap=column in (MONTH, DAY))
    table.add_column("Currency", no_wrap=True)
    lines = [_amounts(amounts) for *_, amounts in rows] + [_total(currency) for currency in by_currency]
    for index, name in enumerate(AMOUNTS):
        widest = max((len(line[index]) for line in lines), default=0)
        table.add_column(heading(name), justify="right", no_wrap=True, min_width=widest)
    for values, currency, amounts in rows:
        table.add_row(*map(Text, (*values, currency, *_amounts(amounts))))
    table.add_section()
    for total in by_currency:
        blank = [""] * len(report.columns)
        blank[:1] = ["Total"][: len(blank)]
        table.add_row(*map(Text, (*blank, printable(total.currency), *_total(total))), style="bold")
    return table


def _listed(report: Report, rows: list[_Row], by_currency: list[Figures]) -> RenderableType:
    """Every row as lines of `name: value`."""
    names = [*(heading(printable(column)) for column in report.columns), "Currency", *map(heading, AMOUNTS)]
    blocks = [
        Text("\n".join(map(": ".join, zip(names, (*values, currency, *_amounts(amounts)), strict=True))) + "\n")
        for values, currency, amounts in rows
    ]
    totals = [
        Text(
            f"Total {printable(total.currency)}\n"
            + "\n".join(map(": ".join, zip(names[-3:], _total(total), strict=True)))
        )
        for total in by_currency
    ]
    return Group(*blocks, *totals)


def _amounts(row: Amounts) -> tuple[str, str, str]:
    return shown(row.direct), shown(row.shared), shown(row.cost)


def _total(total: Figures) -> tuple[str, str, str]:
    return shown(total.direct), shown(total.shared), shown(total.output)

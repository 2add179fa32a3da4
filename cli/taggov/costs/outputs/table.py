"""A report in the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from cost_allocation.report import DAY, MONTH, Report

from .figures import Figures, figures, shown
from .words import heading, printable

ESTIMATED = "*"
NOTHING = "-"
AMOUNTS = ("Direct", "Shared", "Cost")

_READABLE = 8
"""How narrow a column of texts may get before they are hard to read."""
_BETWEEN = 2
"""Room between two columns."""

_Line = Sequence[str]
"""A cell for each column of the report, for the currency and for each amount."""


def print_report(report: Report, console: Console) -> None:
    """Print the rows, the totals and the proof of a report. Its warnings are the command's to say.

    A terminal too narrow for a table gets a line for each value instead, so no amount is ever cut.
    """
    by_currency = figures(report)
    titles = [*(heading(printable(column)) for column in report.columns), "Currency", *AMOUNTS]
    rows, totals = _rows(report, by_currency), [_total(report, currency) for currency in by_currency]
    if _least(report, [titles, *rows, *totals]) <= console.width:
        console.print(_table(report, titles, rows, totals))
    else:
        amounts = len(report.columns)
        for line in rows:
            console.print(_block(titles, line))
        for line in totals:
            console.print(Text("Total"))
            console.print(_block(titles[amounts:], line[amounts:]))
    for currency in by_currency:
        name = printable(currency.currency)
        console.print(Text(f"{name}: {currency.proof}\n{name}: {shown(currency.unknown)} of the output is unknown"))
    if not by_currency:
        console.print(Text("no costs in this period"))
    if report.estimated:
        console.print(Text(f"{ESTIMATED} estimated, may still change: {', '.join(report.estimated)}"))


def _rows(report: Report, by_currency: Sequence[Figures]) -> list[_Line]:
    amounts = {currency.currency: iter(currency.rows) for currency in by_currency}
    lines: list[_Line] = []
    for row in report.rows:
        values = [_value(report, column, value) for column, value in zip(report.columns, row.values, strict=True)]
        direct, shared = amount = next(amounts[row.currency])
        lines.append([*values, printable(row.currency), shown(direct), shown(shared), shown(amount.cost)])
    return lines


def _value(report: Report, column: str, value: str | None) -> str:
    if value is None:
        return NOTHING
    return value + ESTIMATED if column in (MONTH, DAY) and value in report.estimated else printable(value)


def _total(report: Report, total: Figures) -> _Line:
    words = ["Total", *[""] * len(report.columns)][: len(report.columns)]
    return [*words, printable(total.currency), shown(total.direct), shown(total.shared), shown(total.output)]


def _least(report: Report, lines: Sequence[_Line]) -> int:
    """The width below which a table would cut something, or fold texts to shreds."""
    widths = [max(map(cell_len, cells)) for cells in zip(*lines, strict=True)]
    least = [
        width if index >= len(report.columns) or report.columns[index] in (MONTH, DAY) else min(width, _READABLE)
        for index, width in enumerate(widths)
    ]
    return sum(least) + _BETWEEN * len(least)


def _table(report: Report, titles: _Line, rows: Sequence[_Line], totals: Sequence[_Line]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    for column, title in zip(report.columns, titles, strict=False):
        table.add_column(Text(title), overflow="fold", no_wrap=column in (MONTH, DAY))
    table.add_column("Currency", no_wrap=True)
    for title in AMOUNTS:
        table.add_column(title, justify="right", no_wrap=True)
    for line in rows:
        table.add_row(*map(Text, line))
    table.add_section()
    for line in totals:
        table.add_row(*map(Text, line), style="bold")
    return table


def _block(titles: _Line, line: _Line) -> Text:
    """A row as lines of `title: cell`, and an empty one."""
    return Text("\n".join(map(": ".join, zip(titles, line, strict=True))) + "\n")

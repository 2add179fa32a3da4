"""The sheet with costs by team or another chief column, and a chart for each currency."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

from xlsxwriter.utility import xl_range
from xlsxwriter.workbook import Workbook

from cost_allocation.analysis.report import Report
from taggov.costs.render.figures import Figures
from taggov.costs.render.labels import heading
from taggov.costs.reports.breakdown import WHOLE, Breakdown, breakdown
from taggov.costs.reports.xlsx_sheet import Sheet, Styles

MOST_SERIES = 10
"""Maximum number of series of a chart; the others are summed in one more."""

_LONGEST_NAME = 31
_CHART_ROWS = 24
"""Rows of a sheet that a chart covers, with a margin."""


def write_breakdown(workbook: Workbook, styles: Styles, report: Report, by_currency: Sequence[Figures]) -> None:
    """Write a block for each currency: chief column by period with totals, and a native chart."""
    blocks = [(figures, breakdown(report, figures)) for figures in by_currency]
    column = next((block.column for _, block in blocks), WHOLE)
    # Excel forbids these characters in sheet names.
    name = re.sub(r"[\[\]:*?/\\']", " ", f"By {column.replace('_', ' ')}")[:_LONGEST_NAME].strip()
    sheet = Sheet(workbook.add_worksheet(name), styles)
    row = 0
    for figures, block in blocks:
        if block.bars:
            row = _write_block(workbook, sheet, row, figures.currency, block, figures.totals.decimals)
    if not row:
        sheet.text(0, 0, "No costs in this period")
    sheet.widths([30])


def _write_block(workbook: Workbook, sheet: Sheet, top: int, currency: str, block: Breakdown, decimals: int) -> int:
    """Write the block of a currency at a row. Return the row of the next block."""
    periods = len(block.periods)
    sheet.text(top, 0, f"Cost by {block.column.replace('_', ' ')} in {currency}", sheet.styles.title)
    header, first = top + 1, top + 2
    for column, name in enumerate((heading(block.column), *block.periods, "Total")):
        if 1 <= column <= periods and name != WHOLE:
            sheet.period(header, column, name, header=True)
        else:
            sheet.text(header, column, name, sheet.styles.header)
    for row, bar in enumerate(block.bars, start=first):
        sheet.text(row, 0, bar.name)
        for column, amount in enumerate(bar.amounts, start=1):
            sheet.amount(row, column, amount, decimals)
        sheet.sum(row, periods + 1, f"=SUM({xl_range(row, 1, row, periods)})", bar.cost, decimals)
    total = first + len(block.bars)
    sheet.text(total, 0, "Total", sheet.styles.total)
    sums = [sum(amounts, Decimal(0)) for amounts in zip(*(bar.amounts for bar in block.bars), strict=True)]
    sums.append(sum(sums, Decimal(0)))
    for column, amount in enumerate(sums, start=1):
        sheet.sum(total, column, f"=SUM({xl_range(first, column, total - 1, column)})", amount, decimals)
    drawn = list(range(first, min(total, first + MOST_SERIES)))
    end = total
    if rest := block.rest(MOST_SERIES):
        end = total + 1
        sheet.text(end, 0, rest.name, sheet.styles.note)
        for column, amount in enumerate(rest.amounts, start=1):
            sheet.sum(end, column, f"=SUM({xl_range(drawn[-1] + 1, column, total - 1, column)})", amount, decimals)
        drawn.append(end)
    sheet.worksheet.set_column(1, periods + 1, 16)
    _draw(workbook, sheet, currency, block, header, drawn)
    return max(end + 3, top + _CHART_ROWS)


def _draw(workbook: Workbook, sheet: Sheet, currency: str, block: Breakdown, header: int, drawn: list[int]) -> None:
    """Insert a chart: stacked columns for several periods, otherwise bars of the largest values."""
    name, periods = sheet.worksheet.get_name(), len(block.periods)
    title = f"Cost by {block.column.replace('_', ' ')} in {currency}"
    if periods > 1:
        chart = workbook.add_chart({"type": "column", "subtype": "stacked"})
        for row in drawn:
            months, amounts = [name, header, 1, header, periods], [name, row, 1, row, periods]
            chart.add_series({"name": [name, row, 0], "categories": months, "values": amounts})
    else:
        chart = workbook.add_chart({"type": "bar"})
        last = header + min(len(block.bars), MOST_SERIES)
        names, amounts = [name, header + 1, 0, last, 0], [name, header + 1, 1, last, 1]
        chart.add_series({"name": [name, header, 1], "categories": names, "values": amounts})
        chart.set_y_axis({"reverse": True})
        chart.set_legend({"none": True})
        if len(block.bars) > MOST_SERIES:
            title += f", the {MOST_SERIES} largest of {len(block.bars)}"
    chart.set_title({"name": title, "name_font": {"size": 14}})
    chart.set_size({"width": 760, "height": 440})
    sheet.worksheet.insert_chart(header, periods + 3, chart, {"description": f"{title}: the table on the left"})

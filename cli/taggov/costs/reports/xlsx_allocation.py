"""The sheet with the rows of a report."""

from __future__ import annotations

from collections.abc import Sequence

from xlsxwriter.utility import xl_range_abs, xl_rowcol_to_cell

from cost_allocation.analysis.report import DAY, MONTH, Report
from taggov.costs.render.figures import Figures
from taggov.costs.render.labels import AMOUNTS
from taggov.costs.reports.xlsx_sheet import Sheet

_AMOUNT_WIDTH = 18


def write_allocation(sheet: Sheet, report: Report, by_currency: Sequence[Figures]) -> None:
    """Write all rows with a filter and a frozen header, and a total for each currency."""
    names = (*report.columns, "currency", *AMOUNTS)
    currency = len(report.columns)
    last = max(len(report.rows), 1)
    sheet.header(0, names)
    amounts = {its.currency: (its.totals.decimals, iter(its.rows)) for its in by_currency}
    for line, row in enumerate(report.rows, start=1):
        for column, (name, value) in enumerate(zip(names, (*row.values, row.currency), strict=False)):
            if name in (MONTH, DAY):
                sheet.period(line, column, value)
            else:
                sheet.text(line, column, value)
        decimals, rows = amounts[row.currency]
        its = next(rows)
        for column, amount in enumerate((its.direct, its.shared, its.cost), start=currency + 1):
            sheet.amount(line, column, amount, decimals)
    for line, total in enumerate(by_currency, start=last + 1):
        for column in range(currency):
            sheet.text(line, column, "" if column else "Total", sheet.styles.total)
        sheet.text(line, currency, total.currency, sheet.styles.total)
        mine = f"{xl_range_abs(1, currency, last, currency)}={xl_rowcol_to_cell(line, currency, col_abs=True)}"
        for column, amount in enumerate((total.direct, total.shared, total.totals.output), start=currency + 1):
            # Not SUBTOTAL, because filters must not change the total.
            formula = f"=SUMPRODUCT(({mine})*{xl_range_abs(1, column, last, column)})"
            sheet.sum(line, column, formula, amount, total.totals.decimals)
    sheet.worksheet.freeze_panes(1, 0)
    sheet.worksheet.autofilter(0, 0, last, len(names) - 1)
    sheet.worksheet.repeat_rows(0)
    sheet.worksheet.set_landscape()
    sheet.worksheet.fit_to_pages(1, 0)
    # Account ids are intentionally texts.
    sheet.worksheet.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})
    widest = [
        max([len(name) + 4, *(len(row.values[column] or "") + 2 for row in report.rows)])
        for column, name in enumerate(report.columns)
    ]
    sheet.widths([*widest, 12, *[_AMOUNT_WIDTH] * len(AMOUNTS)])

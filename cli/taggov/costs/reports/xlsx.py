"""A report as an Excel workbook: summary, allocation, and a breakdown with a chart for each currency."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import xlsxwriter
from xlsxwriter.exceptions import XlsxWriterException

from cost_allocation.analysis.report import Report
from taggov.costs.render.figures import Figures, figures
from taggov.costs.render.labels import ROUNDED, About, heading
from taggov.costs.reports.atomic import OutputError, whole_file
from taggov.costs.reports.xlsx_allocation import write_allocation
from taggov.costs.reports.xlsx_breakdown import write_breakdown
from taggov.costs.reports.xlsx_sheet import MOST_ROWS, Sheet, Styles

WRITTEN = datetime(2000, 1, 1)
"""Creation time in the file. It is constant, so that the output is reproducible."""


def write_xlsx(report: Report, about: About, path: Path) -> None:
    """Write a report as a workbook. Texts of the report never become formulas or links.

    Raises:
        OutputError: the file cannot be written, or the report is longer than a sheet.
    """
    if len(report.rows) + len(report.totals) >= MOST_ROWS:
        raise OutputError(
            f"{path}: {len(report.rows):,} rows, but a sheet has at most {MOST_ROWS:,}; write CSV or Parquet"
        )
    with whole_file(path) as temporary:
        workbook = xlsxwriter.Workbook(
            str(temporary), {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        )
        workbook.set_properties({"title": "Cost allocation", "created": WRITTEN})
        styles = Styles(workbook)
        by_currency = figures(report)
        _write_summary(Sheet(workbook.add_worksheet("Summary"), styles), report, about, by_currency)
        write_allocation(Sheet(workbook.add_worksheet("Allocation"), styles), report, by_currency)
        write_breakdown(workbook, styles, report, by_currency)
        try:
            workbook.close()
        except XlsxWriterException as error:
            raise OutputError(f"{path} cannot be written: {error}") from error


def _write_summary(sheet: Sheet, report: Report, about: About, by_currency: Sequence[Figures]) -> None:
    """Write the facts about the report, its proof and its warnings."""
    sheet.text(0, 0, "Cost allocation", sheet.styles.title)
    facts = [
        ("Period", about.period),
        ("Metric", report.metric),
        ("Source", report.source),
        ("Rules", about.rules),
        ("Estimated, may still change", ", ".join(report.estimated) or "nothing"),
    ]
    for row, (name, value) in enumerate(facts, start=1):
        sheet.text(row, 0, name, sheet.styles.label)
        sheet.text(row, 1, value)
    row = len(facts) + 2
    sheet.header(row, ("currency", "input", "output", "excluded", "unknown", "rows"))
    for totals in (its.totals for its in by_currency):
        row += 1
        sheet.text(row, 0, totals.currency)
        for column, amount in enumerate((totals.input, totals.output, totals.excluded, totals.unknown), start=1):
            sheet.amount(row, column, amount, totals.decimals)
        sheet.count(row, 5, report.totals[totals.currency].rows)
    for its in by_currency:
        row += 1
        sheet.text(row, 0, f"{its.currency}: {its.totals.proof}", sheet.styles.note)
    if not report.totals:
        row += 1
        sheet.text(row, 0, "No costs in this period")
    row += 2
    sheet.text(row, 0, ROUNDED, sheet.styles.note)
    if report.warnings:
        row += 2
        sheet.text(row, 0, heading("warnings"), sheet.styles.label)
    for warning in report.warnings:
        row += 1
        sheet.text(row, 0, warning)
    sheet.widths([30, *[24] * 4, 12])

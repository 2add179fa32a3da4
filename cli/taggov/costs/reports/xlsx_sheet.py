"""Typed cells of a workbook: texts, amounts, dates and formulas."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from taggov.costs.render.labels import heading

MOST_ROWS = 1_048_576
"""Maximum number of rows of a sheet: https://support.microsoft.com/office/1672b34d-7043-467e-8e27-269d656771c3"""

_WIDEST = 50
_MONTH_LENGTH = len("2026-05")
_HEADER = {"bold": True, "font_color": "#FFFFFF", "bg_color": "#1F4E79", "valign": "vcenter", "border": 1}


class Styles:
    """Formats of a workbook. Amount formats are cached by number of decimals."""

    def __init__(self, workbook: Workbook) -> None:
        self._workbook = workbook
        self._amounts: dict[tuple[int, bool], Format] = {}
        self.title = workbook.add_format({"bold": True, "font_size": 16})
        self.header = workbook.add_format(_HEADER)
        self.label = workbook.add_format({"bold": True})
        self.note = workbook.add_format({"italic": True, "font_color": "#595959"})
        self.total = workbook.add_format({"bold": True, "top": 1})
        self.count = workbook.add_format({"num_format": "#,##0"})
        self.month = workbook.add_format({"num_format": "yyyy-mm", "align": "left"})
        self.day = workbook.add_format({"num_format": "yyyy-mm-dd", "align": "left"})
        self.header_month = workbook.add_format(_HEADER | {"num_format": "yyyy-mm"})
        self.header_day = workbook.add_format(_HEADER | {"num_format": "yyyy-mm-dd"})

    def amount(self, decimals: int, total: bool = False) -> Format:
        """Return the format of an amount: `1,234.50`."""
        if (decimals, total) not in self._amounts:
            number = "#,##0" + ("." + "0" * decimals if decimals else "")
            look = {"num_format": number} | ({"bold": True, "top": 1} if total else {})
            self._amounts[decimals, total] = self._workbook.add_format(look)
        return self._amounts[decimals, total]


class Sheet:
    """A sheet of the workbook."""

    def __init__(self, worksheet: Worksheet, styles: Styles) -> None:
        self.worksheet = worksheet
        self.styles = styles

    def text(self, row: int, column: int, value: str | None, style: Format | None = None) -> None:
        """Write a text. The library truncates it at 32,767 characters; None is not written."""
        if value is not None:
            self.worksheet.write_string(row, column, value, style)

    def period(self, row: int, column: int, value: str | None, *, header: bool = False) -> None:
        """Write a month (`2026-05`) or a day as a date. A month is written as its first day."""
        if value is None:
            return
        styles, month = self.styles, len(value) == _MONTH_LENGTH
        style = (styles.header_month if header else styles.month) if month else styles.header_day
        day = date.fromisoformat(f"{value}-01" if month else value)
        self.worksheet.write_datetime(row, column, day, style if month or header else styles.day)

    def header(self, row: int, columns: Sequence[str]) -> None:
        """Write the titles of columns."""
        for column, name in enumerate(columns):
            self.text(row, column, heading(name), self.styles.header)

    def amount(self, row: int, column: int, value: Decimal, decimals: int, total: bool = False) -> None:
        """Write a rounded amount. Excel has only floats."""
        self.worksheet.write_number(row, column, float(value), self.styles.amount(decimals, total))

    def sum(self, row: int, column: int, formula: str, value: Decimal, decimals: int) -> None:
        """Write a formula with its result, for programs that do not evaluate formulas."""
        self.worksheet.write_formula(row, column, formula, self.styles.amount(decimals, total=True), float(value))

    def count(self, row: int, column: int, value: int) -> None:
        """Write an integer."""
        self.worksheet.write_number(row, column, value, self.styles.count)

    def widths(self, characters: Sequence[int]) -> None:
        """Set the widths of the first columns."""
        for column, width in enumerate(characters):
            self.worksheet.set_column(column, column, min(width, _WIDEST))

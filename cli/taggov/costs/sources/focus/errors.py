"""Error messages for files that DuckDB cannot read, and for rows without a valid amount, time or currency."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal, DecimalException

import duckdb

from cost_allocation.query import CostQuery
from taggov.costs.sources.base import SourceError
from taggov.costs.sources.focus import csv_text
from taggov.costs.sources.focus.columns import CURRENCY, PERIOD, Layout
from taggov.costs.sources.focus.inspection import Part, first_line, layout
from taggov.costs.sources.focus.literals import is_code
from taggov.costs.sources.focus.paths import Format
from taggov.costs.sources.focus.rows import MOST_DECIMALS, MOST_DIGITS
from taggov.costs.sources.focus.sql import (
    EARLIEST,
    LATEST,
    NUMBER,
    SCALES,
    first_row_without_time,
    first_unreadable_row,
    sums,
)

_DIGITS = 38
_LONGEST_VALUE = 80
"""Maximum number of characters of a bad value in a message."""


def row_without_time(connection: duckdb.DuckDBPyConnection, layout: Layout, parts: Sequence[Part]) -> str | None:
    """Describe the first row without a valid time, if statistics can tell; None if there is none."""
    statement = first_row_without_time(layout)
    found = connection.execute(statement).fetchone() if statement else None
    return _place_of(parts, found[0]) + _time(found[1]) if found else None


def unreadable_row(
    connection: duckdb.DuckDBPyConnection,
    query: CostQuery,
    layout: Layout,
    parts: Sequence[Part],
    amounts: Sequence[str] | None = None,
) -> str | None:
    """Describe the first row without a readable amount, time or currency; None if there is none.

    Args:
        connection: a database that may read the files.
        query: the query.
        layout: the layout.
        parts: the files of the layout.
        amounts: see `sql.first_unreadable_row`.
    """
    found = connection.execute(first_unreadable_row(query, layout, amounts)).fetchone()
    if not found:
        return None
    path, period, currency, cost, no_time = found
    place = _place_of(parts, path, {PERIOD: period, CURRENCY: currency, query.metric: cost})
    if no_time:
        return place + _time(period)
    if not is_code(currency):
        return place + _expectation(CURRENCY, currency, "a code like USD")
    return place + _amount(query.metric, cost)


def too_large(error: duckdb.Error, query: CostQuery) -> SourceError | None:
    """Return the error for a sum with too many digits; None for other errors."""
    if isinstance(error, duckdb.OutOfRangeException | duckdb.ConversionException):
        return SourceError(f"{query.metric} adds up to more than {_DIGITS} digits: the amounts are too large")
    return None


def read_error(
    error: duckdb.Error, connection: duckdb.DuckDBPyConnection, parts: Sequence[Part], query: CostQuery
) -> SourceError:
    """Convert an error of DuckDB: find the file, and say what is wrong with it."""
    if large := too_large(error, query):
        return large
    for part in parts:
        try:
            connection.execute(sums(query, layout([part]), SCALES[0])).fetchone()
        except duckdb.Error as its:
            return SourceError(f"{part.file.name}: not readable as {part.file.format}: {first_line(its)}")
    return SourceError(first_line(error))


def _amount(metric: str, cost: str | None) -> str:
    if not re.match(NUMBER, cost or ""):
        return _expectation(metric, cost, "a number like 12.5")
    try:
        is_large = Decimal(cost or "").adjusted() >= MOST_DIGITS
    except DecimalException:
        is_large = "-" not in (cost or "").lower().partition("e")[2]
    if is_large:
        return _expectation(metric, cost, f"at most {MOST_DIGITS} digits in front of the point")
    return _expectation(metric, cost, f"at most {MOST_DECIMALS} decimals")


def _time(value: str | None) -> str:
    return _expectation(PERIOD, value, f"a time like 2026-05-01T00:00:00Z, in {EARLIEST.year} to {LATEST.year - 1}")


def _expectation(column: str, value: str | None, expected: str) -> str:
    if not value:
        return f"{column} is empty, expected {expected}"
    shown = value if len(value) <= _LONGEST_VALUE else f"{value[:_LONGEST_VALUE]}..."
    return f"{column} is {shown!r}, expected {expected}"


def _place_of(parts: Sequence[Part], path: str, values: dict[str, str | None] | None = None) -> str:
    """Name the file. For CSV, also find the line by the values of the row."""
    part = next(part for part in parts if str(part.path) == path)
    if part.file.format is Format.CSV and part.dialect and values:
        spelled = [its.name.lower() for its in part.columns]
        wanted = {spelled.index(name.lower()): value for name, value in values.items()}
        if line := csv_text.line_of(part.file, part.dialect, wanted):
            return f"{part.file.name}, line {line}: "
    return f"{part.file.name}: "

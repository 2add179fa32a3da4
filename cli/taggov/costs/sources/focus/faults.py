"""The fault of a file that DuckDB could not read, or of a row that has no amount, in one line."""

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
from taggov.costs.sources.focus.sql import EARLIEST, LATEST, NUMBER, SCALES, sums, untimely, unusable

_DIGITS = 38
_WORDS = 80
"""Letters of a bad value that are shown."""


def untimely_row(opened: duckdb.DuckDBPyConnection, its: Layout, parts: Sequence[Part]) -> str | None:
    """Say which row has no time, or that of no bill, where statistics tell; None if there is none."""
    statement = untimely(its)
    found = opened.execute(statement).fetchone() if statement else None
    return _place_of(parts, found[0]) + _time(found[1]) if found else None


def unusable_row(
    opened: duckdb.DuckDBPyConnection,
    query: CostQuery,
    its: Layout,
    parts: Sequence[Part],
    amounts: Sequence[str] | None = None,
) -> str | None:
    """Say which is the first row without a readable amount, time or currency; None if there is none.

    Args:
        opened: a database that may read the files.
        query: what is asked for.
        its: where.
        parts: the files of the layout.
        amounts: see `sql.unusable`.
    """
    found = opened.execute(unusable(query, its, amounts)).fetchone()
    if not found:
        return None
    path, period, currency, cost, no_time = found
    place = _place_of(parts, path, {PERIOD: period, CURRENCY: currency, query.metric: cost})
    if no_time:
        return place + _time(period)
    if not is_code(currency):
        return place + _expected(CURRENCY, currency, "a code like USD")
    return place + _amount(query.metric, cost)


def too_large(error: duckdb.Error, query: CostQuery) -> SourceError | None:
    """Say that a sum has too many digits, if that is what the error means."""
    if isinstance(error, duckdb.OutOfRangeException | duckdb.ConversionException):
        return SourceError(f"{query.metric} adds up to more than {_DIGITS} digits: the amounts are too large")
    return None


def explained(
    error: duckdb.Error, opened: duckdb.DuckDBPyConnection, parts: Sequence[Part], query: CostQuery
) -> SourceError:
    """Say which file an error of DuckDB is about, and what is wrong with it."""
    if large := too_large(error, query):
        return large
    for part in parts:
        try:
            opened.execute(sums(query, layout([part]), SCALES[0])).fetchone()
        except duckdb.Error as its:
            return SourceError(f"{part.file.name}: not readable as {part.file.format}: {first_line(its)}")
    return SourceError(first_line(error))


def _amount(metric: str, cost: str | None) -> str:
    if not re.match(NUMBER, cost or ""):
        return _expected(metric, cost, "a number like 12.5")
    try:
        is_large = Decimal(cost or "").adjusted() >= MOST_DIGITS
    except DecimalException:
        is_large = "-" not in (cost or "").lower().partition("e")[2]
    if is_large:
        return _expected(metric, cost, f"at most {MOST_DIGITS} digits in front of the point")
    return _expected(metric, cost, f"at most {MOST_DECIMALS} decimals")


def _time(value: str | None) -> str:
    return _expected(PERIOD, value, f"a time like 2026-05-01T00:00:00Z, in {EARLIEST.year} to {LATEST.year - 1}")


def _expected(column: str, value: str | None, expected: str) -> str:
    if not value:
        return f"{column} is empty, expected {expected}"
    return f"{column} is {value if len(value) <= _WORDS else value[:_WORDS] + '...'!r}, expected {expected}"


def _place_of(parts: Sequence[Part], path: str, values: dict[str, str | None] | None = None) -> str:
    """Name the file, and the line of a CSV file: what is wrong follows from all the values together."""
    part = next(part for part in parts if str(part.path) == path)
    if part.file.format is Format.CSV and part.dialect and values:
        spelled = [its.name.lower() for its in part.columns]
        wanted = {spelled.index(name.lower()): value for name, value in values.items()}
        if line := csv_text.line_of(part.file, part.dialect, wanted):
            return f"{part.file.name}, line {line}: "
    return f"{part.file.name}: "

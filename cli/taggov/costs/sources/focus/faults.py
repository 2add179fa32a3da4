"""What is wrong with a file that DuckDB could not read, or with a row that has no amount, in one line."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import duckdb

from cost_allocation.query import CostQuery
from taggov.costs.sources.base import SourceError
from taggov.costs.sources.focus import csv_text
from taggov.costs.sources.focus.columns import CURRENCY, PERIOD, Layout
from taggov.costs.sources.focus.inspection import Part, first_line, layout
from taggov.costs.sources.focus.paths import Format
from taggov.costs.sources.focus.sql import NUMBER, SCALES, sums, unusable

_DIGITS = 38


@dataclass(frozen=True, slots=True)
class Fault:
    """The first row that can not be used."""

    message: str
    is_finer: bool = False
    """Whether nothing is wrong but that its amount has more decimals than were read."""


def first(
    opened: duckdb.DuckDBPyConnection, query: CostQuery, its: Layout, parts: Sequence[Part], scale: int
) -> Fault | None:
    """The first row without a readable amount, time or currency, None if there is none."""
    try:
        found = opened.execute(unusable(query, its, scale)).fetchone()
    except duckdb.Error as error:
        raise explained(error, opened, parts, query) from error
    if not found:
        return None
    path, period, currency, cost, no_time = found
    part = next(part for part in parts if str(part.path) == path)
    if no_time:
        return Fault(_place(part, PERIOD, period) + _expected(PERIOD, period, "a time like 2026-05-01T00:00:00Z"))
    if not currency:
        return Fault(_place(part, CURRENCY, currency) + _expected(CURRENCY, currency, "a code like USD"))
    return _amount(_place(part, query.metric, cost), query.metric, cost, scale)


def explained(
    error: duckdb.Error, opened: duckdb.DuckDBPyConnection, parts: Sequence[Part], query: CostQuery
) -> SourceError:
    """Which file an error of DuckDB is about, and what is wrong with it."""
    if isinstance(error, duckdb.OutOfRangeException | duckdb.ConversionException):
        return SourceError(f"{query.metric} adds up to more than {_DIGITS} digits: the amounts are too large")
    for part in parts:
        if part.file.format is Format.CSV and (uneven := csv_text.ragged_line(part.file, part.path)):
            line, has, expected = uneven
            return SourceError(f"{part.file.name}, line {line}: {has} values, but the header has {expected}")
    for part in parts:
        try:
            opened.execute(sums(query, layout([part]), SCALES[0])).fetchone()
        except duckdb.Error as its:
            return SourceError(f"{part.file.name}: not readable as {part.file.format}: {first_line(its)}")
    return SourceError(first_line(error))


def _amount(place: str, metric: str, cost: str | None, scale: int) -> Fault:
    if not re.match(NUMBER, cost or ""):
        return Fault(place + _expected(metric, cost, "a number like 12.5"))
    number = Decimal(cost or 0)
    if number.adjusted() >= _DIGITS - scale:
        return Fault(place + _expected(metric, cost, f"at most {_DIGITS - scale} digits in front of the point"))
    return Fault(place + _expected(metric, cost, f"at most {scale} decimals"), is_finer=True)


def _expected(column: str, value: str | None, expected: str) -> str:
    return f"{column} is {value!r}, expected {expected}" if value else f"{column} is empty, expected {expected}"


def _place(part: Part, column: str, value: str | None) -> str:
    if part.file.format is Format.CSV:
        position = next(i for i, its in enumerate(part.columns) if its.name.lower() == column.lower())
        if line := csv_text.line_of(part.file, part.path, position, value):
            return f"{part.file.name}, line {line}: "
    return f"{part.file.name}: "

"""Queries over files of one schema: exact amounts in any format, and a check that all rows were read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import duckdb

from cost_allocation.query import CostQuery
from taggov.costs.sources.base import SourceError
from taggov.costs.sources.focus import errors
from taggov.costs.sources.focus.columns import Layout
from taggov.costs.sources.focus.inspection import Part, layout, rewrite_part
from taggov.costs.sources.focus.rows import Answer, merge_answers, read_answer, sum_texts
from taggov.costs.sources.focus.sql import SCALES, always_readable, sums, texts

_FEW = 100_000
"""Maximum number of amounts that Python sums alone. More amounts are first summed in SQL with a finer scale."""
_SHOWN = 100
"""Maximum number of invalid amounts used to find the first invalid row."""


class Misread(Exception):
    """DuckDB could not read CSV files in full. They have to be rewritten by the CSV reader of Python."""

    def __init__(self, parts: Sequence[Part], query: CostQuery) -> None:
        super().__init__()
        self.parts = parts
        self.query = query


def query_layout(
    connection: duckdb.DuckDBPyConnection, query: CostQuery, layout: Layout, parts: Sequence[Part]
) -> Answer:
    """Answer a query for one layout.

    Raises:
        Misread: DuckDB could not read a file in full.
        SourceError: a row has no readable amount, time or currency; or a file cannot be read.
    """
    with convert_errors(connection, query, parts):
        # Statistics show errors in typed columns before all rows are read.
        message = errors.row_without_time(connection, layout, parts)
        if message is None and always_readable(layout, query.metric):
            message = errors.unreadable_row(connection, query, layout, parts)
        if message:
            raise SourceError(message)
        first = _query_sums(connection, query, layout, parts)
        return (
            merge_answers([first, *_query_finer_amounts(connection, query, layout, parts, first.unreadable)])
            if first.unreadable
            else first
        )


def rewrite_misread(
    connection: duckdb.DuckDBPyConnection, parts: Sequence[Part], query: CostQuery, folder: Path
) -> Iterator[Part]:
    """Rewrite the parts of a `Misread` in `folder`: those that DuckDB cannot read on their own, otherwise all.

    Raises:
        SourceError: a file is not well formed; the message names the line.
    """
    wrong = [part for part in parts if not part.is_copy and not _is_read(connection, query, part)]
    for part in parts:
        yield rewrite_part(part, folder) if part in (wrong or parts) else part


@contextmanager
def convert_errors(connection: duckdb.DuckDBPyConnection, query: CostQuery, parts: Sequence[Part]) -> Iterator[None]:
    """Convert errors of DuckDB: to `Misread` if a rewritten copy may help, otherwise to `SourceError`."""
    try:
        yield
    except duckdb.Error as error:
        csv = [part for part in parts if part.csv]
        if csv and not all(part.is_copy for part in csv) and not errors.too_large(error, query):
            raise Misread(csv, query) from error
        raise errors.read_error(error, connection, parts, query) from error


def _query_sums(
    connection: duckdb.DuckDBPyConnection, query: CostQuery, layout: Layout, parts: Sequence[Part]
) -> Answer:
    found = read_answer(connection.execute(sums(query, layout, SCALES[0])).fetchall())
    check_records(query, layout, parts, found.all_rows)
    return found


def check_records(query: CostQuery, layout: Layout, parts: Sequence[Part], found: int) -> None:
    """Check that DuckDB read as many records as the files have.

    Raises:
        Misread: it read fewer or more records.
        SourceError: it did so even for rewritten copies.
    """
    expected = _records(parts)
    if layout.counts_all and found != expected:
        if not all(part.is_copy for part in parts):
            raise Misread(parts, query)
        raise SourceError(f"{layout.name}: {found:,} of {expected:,} records were read; please report this file")


def _query_finer_amounts(
    connection: duckdb.DuckDBPyConnection, query: CostQuery, layout: Layout, parts: Sequence[Part], missing: int
) -> Iterator[Answer]:
    """Sum the amounts that have more decimals than the first answer could sum."""
    coarse, fine = SCALES
    found = Answer([], unreadable=missing)
    if missing > _FEW:
        # Rows with invalid tags are counted already.
        found = replace(read_answer(connection.execute(sums(query, layout, fine, coarse)).fetchall()), broken=0)
    bad: list[str | None] = []
    scales = SCALES if missing > _FEW else SCALES[:1]
    rest = (
        sum_texts(connection.execute(texts(query, layout, scales)).fetchall(), bad) if found.unreadable else Answer([])
    )
    if sum(row.rows for row in (*found.rows, *rest.rows)) != missing:
        message = errors.unreadable_row(connection, query, layout, parts, [text for text in bad if text][:_SHOWN])
        raise SourceError(message or f"{layout.name}: rows without a readable {query.metric}")
    yield found
    yield rest


def _is_read(connection: duckdb.DuckDBPyConnection, query: CostQuery, part: Part) -> bool:
    try:
        _query_sums(connection, query, layout([part]), [part])
    except (duckdb.Error, Misread):
        return False
    return True


def _records(parts: Iterable[Part]) -> int:
    return sum(part.records or 0 for part in parts)

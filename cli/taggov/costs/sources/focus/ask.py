"""The question put to files of one schema: exact amounts whatever their form, and proof that all rows were read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import duckdb

from cost_allocation.query import CostQuery
from taggov.costs.sources.base import SourceError
from taggov.costs.sources.focus import faults
from taggov.costs.sources.focus.columns import Layout
from taggov.costs.sources.focus.inspection import Part, layout, rewritten
from taggov.costs.sources.focus.rows import Answer, answer, merged, written
from taggov.costs.sources.focus.sql import SCALES, sums, surely_readable, texts

_FEW = 100_000
"""Amounts, at most, that Python adds up alone: more are added up in SQL first, as far as that can."""
_SHOWN = 100
"""Texts that are no amounts, at most, among which the first row that has one is looked for."""


class Misread(Exception):
    """DuckDB could not read CSV files, or not in full. Python's reader has to write them again."""

    def __init__(self, parts: Sequence[Part], query: CostQuery) -> None:
        super().__init__()
        self.parts = parts
        self.query = query


def asked(opened: duckdb.DuckDBPyConnection, query: CostQuery, its: Layout, parts: Sequence[Part]) -> Answer:
    """Answer a query for one layout.

    Raises:
        Misread: see there.
        SourceError: a row has no readable amount, time or currency; or a file can not be read.
    """
    with reading(opened, query, parts):
        # What can be wrong with typed columns is in their statistics: known before all rows are read.
        fault = faults.untimely_row(opened, its, parts)
        if fault is None and surely_readable(its, query.metric):
            fault = faults.unusable_row(opened, query, its, parts)
        if fault:
            raise SourceError(fault)
        first = _summed(opened, query, its, parts)
        return merged([first, *_finer(opened, query, its, parts, first.unreadable)]) if first.unreadable else first


def mended(opened: duckdb.DuckDBPyConnection, parts: Sequence[Part], query: CostQuery, folder: Path) -> Iterator[Part]:
    """Write the parts of a `Misread` again in `folder`: those that DuckDB does not understand by themselves, or all.

    Raises:
        SourceError: one is not well formed, and on which line.
    """
    wrong = [part for part in parts if not part.is_copy and not _is_read(opened, query, part)]
    for part in parts:
        yield rewritten(part, folder) if part in (wrong or parts) else part


@contextmanager
def reading(opened: duckdb.DuckDBPyConnection, query: CostQuery, parts: Sequence[Part]) -> Iterator[None]:
    """Turn an error of DuckDB into `Misread` where a copy may help, and into a `SourceError` otherwise."""
    try:
        yield
    except duckdb.Error as error:
        csv = [part for part in parts if part.csv]
        if csv and not all(part.is_copy for part in csv) and not faults.too_large(error, query):
            raise Misread(csv, query) from error
        raise faults.explained(error, opened, parts, query) from error


def _summed(opened: duckdb.DuckDBPyConnection, query: CostQuery, its: Layout, parts: Sequence[Part]) -> Answer:
    found = answer(opened.execute(sums(query, its, SCALES[0])).fetchall())
    check_records(query, its, parts, found.all_rows)
    return found


def check_records(query: CostQuery, its: Layout, parts: Sequence[Part], found: int) -> None:
    """Make sure that DuckDB read as many records as there are in the files.

    Raises:
        Misread: it did not.
        SourceError: nor did it from copies.
    """
    expected = _records(parts)
    if its.counts_all and found != expected:
        if not all(part.is_copy for part in parts):
            raise Misread(parts, query)
        raise SourceError(f"{its.name}: {found:,} of {expected:,} records were read; please report this file")


def _finer(
    opened: duckdb.DuckDBPyConnection, query: CostQuery, its: Layout, parts: Sequence[Part], missing: int
) -> Iterator[Answer]:
    """The amounts that have more decimals than the first answer could add up."""
    coarse, fine = SCALES
    found = Answer([], unreadable=missing)
    if missing > _FEW:
        # Broken tags are counted already.
        found = replace(answer(opened.execute(sums(query, its, fine, coarse)).fetchall()), broken=0)
    bad: list[str | None] = []
    scales = SCALES if missing > _FEW else SCALES[:1]
    rest = written(opened.execute(texts(query, its, scales)).fetchall(), bad) if found.unreadable else Answer([])
    if sum(row.rows for row in (*found.rows, *rest.rows)) != missing:
        fault = faults.unusable_row(opened, query, its, parts, [text for text in bad if text][:_SHOWN])
        raise SourceError(fault or f"{its.name}: rows without a readable {query.metric}")
    yield found
    yield rest


def _is_read(opened: duckdb.DuckDBPyConnection, query: CostQuery, part: Part) -> bool:
    try:
        _summed(opened, query, layout([part]), [part])
    except (duckdb.Error, Misread):
        return False
    return True


def _records(parts: Iterable[Part]) -> int:
    return sum(part.records or 0 for part in parts)

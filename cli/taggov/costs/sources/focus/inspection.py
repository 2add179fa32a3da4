"""Files looked at: what columns each has, how DuckDB has to read it, and which can be read together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import duckdb

from taggov.costs.sources.base import SourceError
from taggov.costs.sources.focus import csv_text
from taggov.costs.sources.focus.columns import INTEGERS, TAG_COLUMNS, Column, ColumnType, Layout, column_type
from taggov.costs.sources.focus.csv_scan import scanned
from taggov.costs.sources.focus.dialect import Dialect
from taggov.costs.sources.focus.kinds import other_kind
from taggov.costs.sources.focus.literals import identifier, quoted
from taggov.costs.sources.focus.paths import FocusFile, Format, named

_PARQUET = b"PAR1"
_HEAD = 1 << 16
_GLOB = frozenset("*?[]{}\\")
_SCHEMA = "select name, num_children, precision from parquet_schema(?)"
_MOST_DIGITS = 38
"""Digits of a decimal that DuckDB reads as it is; longer ones become binary numbers, and lose digits."""
_LONGEST_RECORD = 1 << 24
"""Bytes of a record of a copy, at most. DuckDB's own limit is 2 MB, and what it needs of memory grows with it."""

_NO_NULL = "\x1f\x1ftaggov\x1f\x1f"
"""A text that no file has: DuckDB can not be told that no text is null."""
_VALUE = f"case when VALUE not in ({', '.join(map(quoted, csv_text.NULLS))}) then VALUE end"


class CsvForm(NamedTuple):
    """Form of a CSV file as DuckDB is told; it guesses nothing."""

    delimiter: str
    quote: str
    line_end: str
    compressed: bool
    long_records: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """A file, and the columns that SQL finds in it."""

    file: FocusFile
    path: Path
    """The path that DuckDB reads: the file, or a copy of it."""
    columns: tuple[Column, ...]
    csv: CsvForm | None = None
    """None for Parquet."""
    dialect: Dialect | None = None
    """Dialect of the file, for Python's reader."""
    records: int | None = None
    """Number of records of a CSV file, without the header."""
    last: tuple[str, ...] | None = None
    """Values of the last record of a CSV file, if that was easy to tell."""

    @property
    def is_copy(self) -> bool:
        """True where Python's reader wrote what DuckDB reads."""
        return self.path != self.file.path


def inspected(file: FocusFile, folder: Path, opened: duckdb.DuckDBPyConnection) -> Part:
    """Look at a file.

    Args:
        file: what to look at.
        folder: where a copy may be written.
        opened: a database that may read the file.

    Raises:
        SourceError: it can not be read, and why.
    """
    if set(str(file.path)) & _GLOB:
        # DuckDB takes every path for a pattern, so such a file gets another name.
        link = folder / f"{len(list(folder.iterdir()))}.link"
        link.symlink_to(file.path)
        file = replace(file, path=link)
    return _csv(file, folder) if file.format is Format.CSV else _parquet(file, opened)


def grouped(parts: Iterable[Part]) -> list[tuple[Layout, list[Part]]]:
    """Parts of one schema together: DuckDB reads them as one relation, however many they are."""
    groups: dict[tuple[object, ...], list[Part]] = {}
    for part in parts:
        groups.setdefault((part.file.format, part.csv, part.columns), []).append(part)
    return [(layout(group), group) for group in groups.values()]


def layout(parts: list[Part]) -> Layout:
    """The layout of parts that have the same columns."""
    first = parts[0]
    paths = f"[{', '.join(quoted(str(part.path)) for part in parts)}]"
    relation = f"read_parquet({paths}, hive_partitioning = false)"
    if first.csv:
        # DuckDB drops a value too many at the end of a record if it stands for none, so that it may not know of nulls.
        values = ", ".join(f"{_VALUE.replace('VALUE', its.sql)} as {its.sql}" for its in first.columns)
        relation = f"(select {values}, filename from read_csv({paths}, {_options(first.csv, len(first.columns))}))"
    return Layout(
        named([part.file for part in parts]),
        relation,
        first.columns,
        has_statistics=first.csv is None,
        counts_all=first.csv is not None,
    )


def rewritten(part: Part, folder: Path) -> Part:
    """Have Python's reader write a CSV file again in `folder`, so that DuckDB can read it.

    Raises:
        SourceError: it is not well formed, and on which line.
    """
    assert part.dialect is not None
    copy = csv_text.copied(part.file, part.dialect, folder)
    form = CsvForm(csv_text.COPIED.delimiter, csv_text.COPIED.quote, "\n", compressed=False, long_records=True)
    return replace(part, path=copy.path, csv=form, records=copy.records, last=copy.last)


def _options(form: CsvForm, columns: int) -> str:
    types = ", ".join(f"'c{position}': 'VARCHAR'" for position in range(columns))
    longest = f"max_line_size = {_LONGEST_RECORD}, " if form.long_records else ""
    line_end = form.line_end.replace("\r", "\\r").replace("\n", "\\n")
    return (
        f"auto_detect = false, header = true, delim = {quoted(form.delimiter)}, quote = {quoted(form.quote)}, "
        f"escape = {quoted(form.quote)}, new_line = {quoted(line_end)}, hive_partitioning = false, "
        f"{longest}nullstr = {quoted(_NO_NULL)}, "
        f"compression = '{'gzip' if form.compressed else 'none'}', columns = {{{types}}}"
    )


def _csv(file: FocusFile, folder: Path) -> Part:
    dialect = csv_text.dialect(file)
    # Positions instead of names: a header may repeat names, or hold any text.
    columns = tuple(Column(name, f"c{place}", ColumnType.TEXT) for place, name in enumerate(dialect.names))
    part = Part(file, file.path, columns, dialect=dialect)
    shape = scanned(file, dialect) if dialect.encoding.startswith("utf-8") else None
    last = csv_text.values_of(shape.last_line, dialect) if shape else None
    # DuckDB drops a last record whose quote is not closed, and a lone quote before it would hide that from the count.
    if shape is None or shape.line_end is None or last is None or not dialect.is_plain:
        return rewritten(part, folder)
    form = CsvForm(dialect.delimiter, dialect.quote, shape.line_end, csv_text.is_compressed(file.path))
    return replace(part, csv=form, records=shape.records - 1, last=last)


def _parquet(file: FocusFile, opened: duckdb.DuckDBPyConnection) -> Part:
    _check_parquet(file)
    try:
        schema = opened.execute(
            "describe select * from read_parquet(?, hive_partitioning = false)", [str(file.path)]
        ).fetchall()
        names = _names(opened.execute(_SCHEMA, [str(file.path)]).fetchall())
    except duckdb.Error as error:
        raise SourceError(f"{file.name}: not readable as Parquet: {first_line(error)}") from error
    columns = (_column(*its, sql, declared) for its, (sql, declared, *_) in zip(names, schema, strict=True))
    return Part(file, file.path, tuple(columns))


def _names(schema: list[tuple[str, int | None, int | None]]) -> list[tuple[str, bool]]:
    """The columns as the file spells them, and whether their decimals are too long.

    DuckDB gives columns that differ in letter case alone other names.

    Args:
        schema: the nodes of the tree in order, each before its children: name, number of children, digits.
    """
    nodes = iter(schema[1:])

    def skip(children: int | None) -> None:
        for _ in range(children or 0):
            skip(next(nodes)[1])

    names = []
    for name, children, digits in nodes:
        names.append((name, (digits or 0) > _MOST_DIGITS))
        skip(children)
    return names


def _column(name: str, is_long: bool, sql: str, declared: str) -> Column:
    its = ColumnType.OTHER if is_long else column_type(declared)
    if name.lower() in map(str.lower, TAG_COLUMNS) and its not in {ColumnType.MAP, ColumnType.TEXT}:
        # Structs and lists of key and value: as JSON they are read like the tags of a CSV file.
        return Column(name, f"cast(to_json({identifier(sql)}) as varchar)", ColumnType.TEXT)
    if declared.lower() in INTEGERS:
        return Column(name, f"cast({identifier(sql)} as decimal(20, 0))", its)
    return Column(name, identifier(sql), its)


def _check_parquet(file: FocusFile) -> None:
    try:
        with file.path.open("rb") as source:
            start = source.read(_HEAD)
            size = source.seek(0, 2)
            source.seek(max(0, size - 4))
            end = source.read(4)
    except PermissionError as error:
        raise SourceError(f"{file.name}: permission denied") from error
    if not size:
        raise SourceError(f"{file.name}: the file is empty (0 bytes); expected Parquet")
    if not start.startswith(_PARQUET):
        kind = other_kind(start)
        said = f"it is {kind}" if kind else "it does not begin with PAR1"
        raise SourceError(f"{file.name}: not a Parquet file ({said})")
    if end != _PARQUET or size < 12:
        raise SourceError(f"{file.name}: the Parquet file is cut off (it does not end with PAR1)")


def first_line(error: Exception) -> str:
    """Return what DuckDB says, without its advice."""
    return str(error).strip().partition("\n")[0]

"""Inspection of files: their columns, how DuckDB has to read them, and which can be read together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import duckdb

from taggov.costs.sources.base import SourceError
from taggov.costs.sources.focus import csv_text
from taggov.costs.sources.focus.columns import INTEGERS, PATH, TAG_COLUMNS, Column, ColumnType, Layout, column_type
from taggov.costs.sources.focus.csv_scan import scan
from taggov.costs.sources.focus.dialect import Dialect
from taggov.costs.sources.focus.kinds import other_kind
from taggov.costs.sources.focus.literals import identifier, quote
from taggov.costs.sources.focus.paths import FocusFile, Format, describe_files

_PARQUET = b"PAR1"
_HEAD = 1 << 16
_GLOB = frozenset("*?[]{}\\")
_SCHEMA = "select name, num_children, precision from parquet_schema(?)"
_MOST_DIGITS = 38
"""Maximum digits of a decimal in DuckDB. Longer decimals become floats and lose digits."""
_LONGEST_RECORD = 1 << 24
"""Maximum size of a record of a copy, in bytes. The default of DuckDB is 2 MB; a higher limit needs more memory."""

_NO_NULL = "\x1f\x1ftaggov\x1f\x1f"
"""A text that no file contains. DuckDB requires some text that means null."""
_VALUE = f"case when VALUE not in ({', '.join(map(quote, csv_text.NULLS))}) then VALUE end"


class CsvForm(NamedTuple):
    """CSV options for DuckDB. Nothing is auto-detected."""

    delimiter: str
    quote: str
    line_end: str
    compressed: bool
    long_records: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """A file with its columns."""

    file: FocusFile
    path: Path
    """Path that DuckDB reads: the file or a copy."""
    columns: tuple[Column, ...]
    csv: CsvForm | None = None
    """None for Parquet."""
    dialect: Dialect | None = None
    """Dialect of the file, for the CSV reader of Python."""
    records: int | None = None
    """Number of records of a CSV file, without the header."""
    last: tuple[str, ...] | None = None
    """Values of the last record of a CSV file, if known."""

    @property
    def is_copy(self) -> bool:
        """True if DuckDB reads a rewritten copy."""
        return self.path != self.file.path


def inspect_file(file: FocusFile, folder: Path, connection: duckdb.DuckDBPyConnection) -> Part:
    """Inspect a file.

    Args:
        file: the file.
        folder: folder for a copy.
        connection: a database that may read the file.

    Raises:
        SourceError: the file cannot be read; the message says why.
    """
    if set(str(file.path)) & _GLOB:
        # DuckDB reads every path as a pattern, so give the file a name without wildcards.
        link = folder / f"{len(list(folder.iterdir()))}.link"
        link.symlink_to(file.path)
        file = replace(file, path=link)
    return _csv(file, folder) if file.format is Format.CSV else _parquet(file, connection)


def group_parts(parts: Iterable[Part]) -> list[tuple[Layout, list[Part]]]:
    """Group parts by schema. DuckDB reads each group as one relation."""
    groups: dict[tuple[object, ...], list[Part]] = {}
    for part in parts:
        groups.setdefault((part.file.format, part.csv, part.columns), []).append(part)
    return [(layout(group), group) for group in groups.values()]


def layout(parts: list[Part]) -> Layout:
    """Build the layout of parts with the same columns."""
    first = parts[0]
    paths = f"[{', '.join(quote(str(part.path)) for part in parts)}]"
    relation = f"read_parquet({paths}, filename = '{PATH}', hive_partitioning = false)"
    if first.csv:
        # DuckDB silently drops a surplus value at the end of a record if it is null. So read texts, and convert nulls
        # here.
        values = ", ".join(f"{_VALUE.replace('VALUE', its.sql)} as {its.sql}" for its in first.columns)
        options = _options(first.csv, len(first.columns))
        relation = f"(select {values}, filename as {PATH} from read_csv({paths}, {options}))"
    return Layout(
        describe_files([part.file for part in parts]),
        relation,
        first.columns,
        has_statistics=first.csv is None,
        counts_all=first.csv is not None,
    )


def rewrite_part(part: Part, folder: Path) -> Part:
    """Rewrite a CSV file in `folder` with the CSV reader of Python, so that DuckDB can read it.

    Raises:
        SourceError: the file is not well formed; the message names the line.
    """
    assert part.dialect is not None
    copy = csv_text.write_copy(part.file, part.dialect, folder)
    form = CsvForm(
        csv_text.COPY_DIALECT.delimiter, csv_text.COPY_DIALECT.quote, "\n", compressed=False, long_records=True
    )
    return replace(part, path=copy.path, csv=form, records=copy.records, last=copy.last)


def _options(form: CsvForm, columns: int) -> str:
    types = ", ".join(f"'c{position}': 'VARCHAR'" for position in range(columns))
    longest = f"max_line_size = {_LONGEST_RECORD}, " if form.long_records else ""
    line_end = form.line_end.replace("\r", "\\r").replace("\n", "\\n")
    return (
        f"auto_detect = false, header = true, delim = {quote(form.delimiter)}, quote = {quote(form.quote)}, "
        f"escape = {quote(form.quote)}, new_line = {quote(line_end)}, hive_partitioning = false, "
        f"{longest}nullstr = {quote(_NO_NULL)}, "
        f"compression = '{'gzip' if form.compressed else 'none'}', columns = {{{types}}}"
    )


def _csv(file: FocusFile, folder: Path) -> Part:
    dialect = csv_text.dialect(file)
    # Use positions: a header may repeat names or have any text.
    columns = tuple(Column(name, f"c{place}", ColumnType.TEXT) for place, name in enumerate(dialect.names))
    part = Part(file, file.path, columns, dialect=dialect)
    shape = scan(file, dialect) if dialect.encoding.startswith("utf-8") else None
    last = csv_text.values_of(shape.last_line, dialect) if shape else None
    # DuckDB drops a last record with an unclosed quote, and a lone quote before it would hide that from the count.
    if shape is None or shape.line_end is None or last is None or not dialect.is_plain:
        return rewrite_part(part, folder)
    form = CsvForm(dialect.delimiter, dialect.quote, shape.line_end, csv_text.is_compressed(file.path))
    return replace(part, csv=form, records=shape.records - 1, last=last)


def _parquet(file: FocusFile, connection: duckdb.DuckDBPyConnection) -> Part:
    _check_parquet(file)
    try:
        schema = connection.execute(
            "describe select * from read_parquet(?, hive_partitioning = false)", [str(file.path)]
        ).fetchall()
        names = _names(connection.execute(_SCHEMA, [str(file.path)]).fetchall())
    except duckdb.Error as error:
        raise SourceError(f"{file.name}: not readable as Parquet: {first_line(error)}") from error
    columns = (_column(*its, sql, declared) for its, (sql, declared, *_) in zip(names, schema, strict=True))
    return Part(file, file.path, tuple(columns))


def _names(schema: list[tuple[str, int | None, int | None]]) -> list[tuple[str, bool]]:
    """Return the column names as in the file, and True for decimals that are too long.

    DuckDB renames columns that differ only in letter case.

    Args:
        schema: nodes of the schema tree in preorder: name, number of children, digits.
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
        # Convert structs and lists of pairs to JSON, so that they are read like tags in CSV.
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
        found = f"it is {kind}" if kind else "it does not begin with PAR1"
        raise SourceError(f"{file.name}: not a Parquet file ({found})")
    if end != _PARQUET or size < 12:
        raise SourceError(f"{file.name}: the Parquet file is cut off (it does not end with PAR1)")


def first_line(error: Exception) -> str:
    """Return the first line of an error message of DuckDB, without its hints."""
    return str(error).strip().partition("\n")[0]

"""Files looked at: what columns each has, and which can be read together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb

from taggov.costs.sources.base import SourceError
from taggov.costs.sources.focus import csv_text
from taggov.costs.sources.focus.columns import TAGS, Column, ColumnType, Layout, column_type
from taggov.costs.sources.focus.paths import FocusFile, Format, named
from taggov.costs.sources.focus.sql import identifier, quoted

_PARQUET = b"PAR1"
_GLOB = frozenset("*?[]{}\\")
_READ_CSV = (
    "auto_detect = false, header = true, delim = ',', quote = '\"', escape = '\"', hive_partitioning = false, "
    f"nullstr = [{', '.join(map(quoted, csv_text.NULLS))}]"
)


@dataclass(frozen=True, slots=True)
class Part:
    """A file, and the columns that SQL finds in it."""

    file: FocusFile
    path: Path
    """What DuckDB reads: the file, or a copy of it."""
    columns: tuple[Column, ...]
    compressed: bool = False


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
        groups.setdefault((part.file.format, part.compressed, part.columns), []).append(part)
    return [(layout(group), group) for group in groups.values()]


def layout(parts: list[Part]) -> Layout:
    """The layout of parts that have the same columns."""
    first = parts[0]
    paths = f"[{', '.join(quoted(str(part.path)) for part in parts)}]"
    if first.file.format is Format.CSV:
        types = ", ".join(f"'c{position}': 'VARCHAR'" for position in range(len(first.columns)))
        compression = "gzip" if first.compressed else "none"
        relation = f"read_csv({paths}, {_READ_CSV}, compression = '{compression}', columns = {{{types}}})"
    else:
        relation = f"read_parquet({paths}, hive_partitioning = false)"
    return Layout(
        named([part.file for part in parts]),
        relation,
        first.columns,
        has_statistics=first.file.format is Format.PARQUET,
    )


def _csv(file: FocusFile, folder: Path) -> Part:
    path = csv_text.readable(file, folder)
    names = csv_text.header(file, path)
    # Positions instead of names: a header may repeat names, or hold any text.
    columns = tuple(Column(name.strip(), f"c{place}", ColumnType.TEXT) for place, name in enumerate(names))
    return Part(file, path, columns, csv_text.is_gzip(path))


def _parquet(file: FocusFile, opened: duckdb.DuckDBPyConnection) -> Part:
    _check_parquet(file)
    try:
        schema = opened.execute("describe select * from read_parquet(?)", [str(file.path)]).fetchall()
    except duckdb.Error as error:
        raise SourceError(f"{file.name}: not readable as Parquet: {first_line(error)}") from error
    return Part(file, file.path, tuple(_column(name, declared) for name, declared, *_ in schema))


def _column(name: str, declared: str) -> Column:
    its = column_type(declared)
    if name.lower() == TAGS.lower() and its not in {ColumnType.MAP, ColumnType.TEXT}:
        # Structs and lists of key and value: as JSON they are read like the tags of a CSV file.
        return Column(name, f"cast(to_json({identifier(name)}) as varchar)", ColumnType.TEXT)
    return Column(name, identifier(name), its)


def _check_parquet(file: FocusFile) -> None:
    try:
        with file.path.open("rb") as source:
            start = source.read(4)
            size = source.seek(0, 2)
            source.seek(max(0, size - 4))
            end = source.read(4)
    except PermissionError as error:
        raise SourceError(f"{file.name}: permission denied") from error
    if not size:
        raise SourceError(f"{file.name}: the file is empty (0 bytes); expected Parquet")
    if start != _PARQUET:
        raise SourceError(f"{file.name}: not a Parquet file (it does not begin with PAR1)")
    if end != _PARQUET or size < 12:
        raise SourceError(f"{file.name}: the Parquet file is cut off (it does not end with PAR1)")


def first_line(error: Exception) -> str:
    """What DuckDB says, without its advice."""
    return str(error).strip().partition("\n")[0]

"""CSV files read with the `csv` module: records with line numbers, and a normalized copy for DuckDB."""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, NamedTuple, cast

from taggov.costs.sources.base import SourceError
from taggov.costs.sources.focus.dialect import Dialect, dialect_of, records_of
from taggov.costs.sources.focus.kinds import is_gzip, other_kind
from taggov.costs.sources.focus.paths import FocusFile

NULLS = ("", "NULL", "\\N")
"""Texts that mean a missing value. `\\N` is written by databases."""

COPY_DIALECT = Dialect("utf-8")
"""Dialect of a copy."""

CHUNK = 1 << 20

# Allow long values: the default limit of the module is 128 KiB.
csv.field_size_limit(2**31 - 1)


class Record(NamedTuple):
    """A record with values."""

    line: int
    """Number of its first line, from 1."""
    values: list[str]


class Copy(NamedTuple):
    """A file rewritten in `COPY_DIALECT`."""

    path: Path
    records: int
    """Number of records without the header."""
    last: tuple[str, ...] | None
    """Values of the last record; None if there are no records."""


def dialect(file: FocusFile) -> Dialect:
    """Detect the dialect of a file from its beginning.

    Raises:
        SourceError: the file is empty, cannot be read, or is not text.
    """
    with open_content(file) as source:
        start = source.read(CHUNK)
        whole = not source.read(1)
    if not start:
        raise SourceError(f"{file.name}: the file is empty (0 bytes); expected a CSV header")
    if kind := other_kind(start):
        raise SourceError(f"{file.name}: not CSV: it is {kind}")
    found = dialect_of(start, whole=whole)
    if not found.names and not found.encoding.startswith("utf-8"):
        raise _no_text(file, found)
    if not found.names:
        # This raises the error for a quote that is never closed.
        deque(records(file, found), maxlen=0)
        raise SourceError(f"{file.name}: the file has only blank lines; expected a CSV header")
    return found


def records(file: FocusFile, dialect: Dialect) -> Iterator[Record]:
    """Yield all records after the header. Each has as many values as the header.

    Raises:
        SourceError: a record has more or fewer values, a quote is not closed, or the file is not text.
    """
    with open_content(file) as source:
        text = io.TextIOWrapper(source, dialect.encoding, newline="")
        before = dialect.skipped
        try:
            for _ in range(dialect.skipped):
                next(text)
            for number, values in records_of(text, dialect):
                line, before = before + 1, dialect.skipped + number
                if number > dialect.header_lines and values:
                    if len(values) != len(dialect.names):
                        raise SourceError(
                            f"{file.name}, line {line}: {len(values)} values, but the header has {len(dialect.names)}"
                        )
                    yield Record(line, values)
        except csv.Error as error:
            problem = "a quote is opened and never closed" if "end of data" in str(error) else f"not CSV: {error}"
            raise SourceError(f"{file.name}, line {before + 1}: {problem}") from error
        except UnicodeError as error:
            raise _no_text(file, dialect) from error


def line_of(file: FocusFile, dialect: Dialect, wanted: Mapping[int, str | None]) -> int | None:
    """Find the first record with the given values, by column position. Return the number of its first line."""
    for line, values in records(file, dialect):
        if all(_value(values[place]) == value for place, value in wanted.items()):
            return line
    return None


def values_of(line: str, dialect: Dialect) -> tuple[str, ...] | None:
    """Parse a single line; return None if it is not a record with as many values as the header."""
    try:
        found = [values for _, values in records_of(io.StringIO(line, newline=""), dialect)]
    except csv.Error:
        return None
    return tuple(found[0]) if [*map(len, found)] == [len(dialect.names)] else None


def write_copy(file: FocusFile, dialect: Dialect, folder: Path) -> Copy:
    """Write a normalized copy to `folder`: UTF-8, commas, all values quoted, one kind of line end.

    Raises:
        SourceError: see `records`.
    """
    path = folder / f"{len(list(folder.iterdir()))}.csv"
    with path.open("w", newline="", encoding="utf-8") as target:
        writer = csv.writer(target, quoting=csv.QUOTE_ALL, lineterminator="\n")
        # Use placeholders: a name may have a line break, and the names are known already.
        writer.writerow([f"c{place}" for place in range(len(dialect.names))])
        count, last = 0, None
        for record in records(file, dialect):
            writer.writerow(record.values)
            count, last = count + 1, record.values
    return Copy(path, count, tuple(last) if last else None)


@contextmanager
def open_content(file: FocusFile) -> Iterator[IO[bytes]]:
    """Open a file for reading, decompressed if it is gzip.

    Raises:
        SourceError: the file cannot be read.
    """
    try:
        with file.path.open("rb") as source:
            compressed = is_gzip(source.peek(2))
            yield cast(IO[bytes], gzip.GzipFile(fileobj=source)) if compressed else source
    except PermissionError as error:
        raise SourceError(f"{file.name}: permission denied") from error
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise SourceError(f"{file.name}: the gzip file is damaged or cut off") from error
    except OSError as error:
        raise SourceError(f"{file.name}: {error.strerror or error}") from error


def is_compressed(path: Path) -> bool:
    """Return True if the content is gzip, regardless of the file name."""
    with path.open("rb") as source:
        return is_gzip(source.read(2))


def _no_text(file: FocusFile, dialect: Dialect) -> SourceError:
    return SourceError(f"{file.name}: starts like {dialect.encoding.upper()} text, but is not; save it as UTF-8")


def _value(text: str) -> str | None:
    return None if text in NULLS else text

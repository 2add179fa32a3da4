"""CSV files as Python's own reader sees them: the records with their lines, and a copy that any reader understands."""

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
"""Words that stand for no value; the last one is how databases write it."""

COPIED = Dialect("utf-8")
"""The form of a copy."""

CHUNK = 1 << 20

# A cell may be as long as it likes: the limit of the module is 128 KiB.
csv.field_size_limit(2**31 - 1)


class Record(NamedTuple):
    """The values of a record that is not empty."""

    line: int
    """On which it begins, from 1."""
    values: list[str]


class Copy(NamedTuple):
    """A file written again in the form `COPIED`."""

    path: Path
    records: int
    """Without the header."""
    last: tuple[str, ...] | None
    """Values of the last record; None if there is none."""


def dialect(file: FocusFile) -> Dialect:
    """Look at the beginning of a file.

    Raises:
        SourceError: it is empty, cannot be read, or is no text.
    """
    with opened(file) as source:
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
        # A quote that is never closed has no record before it.
        deque(records(file, found), maxlen=0)
        raise SourceError(f"{file.name}: the file has only blank lines; expected a CSV header")
    return found


def records(file: FocusFile, its: Dialect) -> Iterator[Record]:
    """Read all records after the header, each with as many values as the header has.

    Raises:
        SourceError: a record has more or fewer values, a quote is not closed, or the bytes are no text.
    """
    with opened(file) as source:
        text = io.TextIOWrapper(source, its.encoding, newline="")
        before = its.skipped
        try:
            for _ in range(its.skipped):
                next(text)
            for number, values in records_of(text, its):
                line, before = before + 1, its.skipped + number
                if number > its.header_lines and values:
                    if len(values) != len(its.names):
                        raise SourceError(
                            f"{file.name}, line {line}: {len(values)} values, but the header has {len(its.names)}"
                        )
                    yield Record(line, values)
        except csv.Error as error:
            said = "a quote is opened and never closed" if "end of data" in str(error) else f"not CSV: {error}"
            raise SourceError(f"{file.name}, line {before + 1}: {said}") from error
        except UnicodeError as error:
            raise _no_text(file, its) from error


def line_of(file: FocusFile, its: Dialect, wanted: Mapping[int, str | None]) -> int | None:
    """Find the line on which the first record begins that has these values, by the position of their columns."""
    for line, values in records(file, its):
        if all(_value(values[place]) == value for place, value in wanted.items()):
            return line
    return None


def values_of(line: str, its: Dialect) -> tuple[str, ...] | None:
    """Read a line by itself; None if it is no record with as many values as the header has."""
    try:
        found = [values for _, values in records_of(io.StringIO(line, newline=""), its)]
    except csv.Error:
        return None
    return tuple(found[0]) if [*map(len, found)] == [len(its.names)] else None


def copied(file: FocusFile, its: Dialect, folder: Path) -> Copy:
    """Write the records again in `folder`: UTF-8, commas, every value quoted, one kind of line end.

    Raises:
        SourceError: see `records`.
    """
    path = folder / f"{len(list(folder.iterdir()))}.csv"
    with path.open("w", newline="", encoding="utf-8") as target:
        writer = csv.writer(target, quoting=csv.QUOTE_ALL, lineterminator="\n")
        # The names are known already, and one of them may hold a line break.
        writer.writerow([f"c{place}" for place in range(len(its.names))])
        count, last = 0, None
        for record in records(file, its):
            writer.writerow(record.values)
            count, last = count + 1, record.values
    return Copy(path, count, tuple(last) if last else None)


@contextmanager
def opened(file: FocusFile) -> Iterator[IO[bytes]]:
    """Open the content, unpacked.

    Raises:
        SourceError: it cannot be read.
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
    """Say if the content is gzip, whatever the name says."""
    with path.open("rb") as source:
        return is_gzip(source.read(2))


def _no_text(file: FocusFile, its: Dialect) -> SourceError:
    return SourceError(f"{file.name}: begins as {its.encoding.upper()} text, but is not; save it as UTF-8")


def _value(text: str) -> str | None:
    return None if text in NULLS else text

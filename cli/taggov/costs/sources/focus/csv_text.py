"""CSV files before DuckDB reads them: their encoding and their header."""

from __future__ import annotations

import codecs
import csv
import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

from taggov.costs.sources.base import SourceError
from taggov.costs.sources.focus.paths import FocusFile

NULLS = ("", "NULL")
"""Words that stand for no value."""

_CHUNK = 1 << 20
_GZIP = b"\x1f\x8b"
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def readable(file: FocusFile, folder: Path) -> Path:
    """The file, or a copy of it in `folder` if DuckDB could not read it as it is: UTF-16 is written again as UTF-8.

    Raises:
        SourceError: a line has bytes that are no text.
    """
    with _opened(file) as source:
        start = source.read(_CHUNK)
        if not start:
            raise SourceError(f"{file.name}: the file is empty (0 bytes); expected a CSV header")
        if start.startswith(_UTF16):
            return _rewritten(file, start, source, folder)
        lines, decoder = 1, codecs.getincrementaldecoder("utf-8")()
        while start:
            try:
                decoder.decode(start)
            except UnicodeDecodeError as error:
                # The decoder may have kept some bytes of the chunk before; none of them ends a line.
                lines += error.object.count(b"\n", 0, error.start)
                byte = f"byte 0x{error.object[error.start]:02x}"
                raise SourceError(f"{file.name}, line {lines}: not UTF-8 text ({byte}); save it as UTF-8") from error
            lines += start.count(b"\n")
            start = source.read(_CHUNK)
        if decoder.getstate()[0]:
            raise SourceError(f"{file.name}, line {lines}: the file ends within a character; it is cut off")
    return file.path


def header(file: FocusFile, path: Path) -> tuple[str, ...]:
    """The names of the columns."""
    return tuple(next(_records(file, path), (0, []))[1])


def line_of(file: FocusFile, path: Path, column: int, value: str | None) -> int | None:
    """The line on which the first row with this value begins; None if there is none."""
    before = 1
    for number, record in _records(file, path):
        if before > 1 and len(record) > column and value == (None if record[column] in NULLS else record[column]):
            return before
        before = number + 1
    return None


def ragged_line(file: FocusFile, path: Path) -> tuple[int, int, int] | None:
    """The first line that has another number of values than the header: its number, what it has, what it should."""
    records = _records(file, path)
    expected = len(next(records)[1])
    uneven = ((number, len(record), expected) for number, record in records if len(record) not in {0, expected})
    return next(uneven, None)


def is_gzip(path: Path) -> bool:
    """Whether the content is compressed, whatever the name says."""
    with path.open("rb") as source:
        return source.read(2) == _GZIP


def _records(file: FocusFile, path: Path) -> Iterator[tuple[int, list[str]]]:
    """Each record with the number of its last line."""
    with _opened(FocusFile(path, file.name, file.format)) as source:
        reader = csv.reader(codecs.getreader("utf-8-sig")(source))
        try:
            for record in reader:
                yield reader.line_num, record
        except csv.Error as error:
            raise SourceError(f"{file.name}, line {reader.line_num}: not CSV: {error}") from error


def _rewritten(file: FocusFile, start: bytes, source: IO[bytes], folder: Path) -> Path:
    path = folder / f"{len(list(folder.iterdir()))}.csv"
    decoder = codecs.getincrementaldecoder("utf-16")()
    with path.open("wb") as target:
        try:
            while start:
                target.write(decoder.decode(start).encode())
                start = source.read(_CHUNK)
            decoder.decode(b"", final=True)
        except UnicodeError as error:
            raise SourceError(f"{file.name}: begins as UTF-16 text, but is not; save it as UTF-8") from error
    return path


@contextmanager
def _opened(file: FocusFile) -> Iterator[IO[bytes]]:
    try:
        with cast(IO[bytes], gzip.open(file.path)) if is_gzip(file.path) else file.path.open("rb") as source:
            yield source
    except PermissionError as error:
        raise SourceError(f"{file.name}: permission denied") from error
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise SourceError(f"{file.name}: the gzip file is damaged or cut off") from error
    except OSError as error:
        raise SourceError(f"{file.name}: {error.strerror or error}") from error

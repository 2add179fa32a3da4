"""Scan of the bytes of a CSV file: encoding, line ends and number of records.

The count does not use a CSV parser, so it can check one: in a well-formed file, a line break ends a record if and only
if the number of quotes before it is even.
"""

from __future__ import annotations

import codecs
from typing import NamedTuple

from taggov.costs.sources.base import SourceError
from taggov.costs.sources.focus.csv_text import CHUNK, open_content
from taggov.costs.sources.focus.dialect import Dialect
from taggov.costs.sources.focus.paths import FocusFile

_BREAKS = b"\r\n"
_LONGEST_LINE = 1 << 16
"""Maximum length of the last line, in bytes."""


class Shape(NamedTuple):
    """Result of a scan."""

    records: int
    """Number of records, including the header and blank lines between records."""
    line_end: str | None
    """Line end of all records; None if they differ or a quote is not closed."""
    last_line: str = ""
    """Text of the last line that is not blank: usually the last record."""


def scan(file: FocusFile, dialect: Dialect) -> Shape:
    """Scan a UTF-8 file.

    Raises:
        SourceError: the file is not valid UTF-8.
    """
    text, lines, end = _Utf8(file), _Lines(dialect), b""
    with open_content(file) as source:
        while chunk := source.read(CHUNK):
            text.add(chunk)
            lines.add(chunk)
            end = (end + chunk)[-_LONGEST_LINE:]
    text.end()
    last = end.rstrip(_BREAKS).rpartition(b"\n")[2]
    return lines.shape(last.decode("utf-8", "replace"))


class _Utf8:
    """Validator for UTF-8."""

    def __init__(self, file: FocusFile) -> None:
        self._file = file
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._pending = b""
        self._read = 0

    def add(self, chunk: bytes) -> None:
        # Checking for bytes above 127 is ten times as fast as decoding.
        if self._pending or not chunk.isascii():
            try:
                self._decoder.decode(chunk)
            except UnicodeDecodeError as error:
                place = self._read - len(self._pending) + error.start
                problem = f"not UTF-8 text (byte 0x{error.object[error.start]:02x}); save it as UTF-8"
                raise self._error(place, problem) from error
            self._pending = self._decoder.getstate()[0]
        self._read += len(chunk)

    def end(self) -> None:
        if self._pending:
            raise self._error(self._read, "the file ends within a character; it is cut off")

    def _error(self, place: int, problem: str) -> SourceError:
        line = 1
        with open_content(self._file) as source:
            while place > 0 and (chunk := source.read(min(CHUNK, place))):
                line += chunk.count(b"\n")
                place -= len(chunk)
        return SourceError(f"{self._file.name}, line {line}: {problem}")


class _Lines:
    """Counter of line breaks outside of quotes."""

    def __init__(self, dialect: Dialect) -> None:
        self._quote, self._delimiter = dialect.quote.encode(), dialect.delimiter.encode()
        self._pair = self._quote * 2
        self._other = _bytes_except(self._quote + self._delimiter + _BREAKS)
        self._no_marks = _bytes_except(self._quote + _BREAKS)
        self._tail = b""
        self._inside = False
        self._odd = False
        self._ends = {"\n": 0, "\r\n": 0, "\r": 0}

    def add(self, chunk: bytes) -> None:
        """Count the line breaks of a chunk."""
        # Keep line breaks at the end for the next chunk: it may complete one, or be the end of the file.
        body = self._tail + chunk
        complete = body.rstrip(_BREAKS)
        self._tail = body[len(complete) :]
        if b"\r" in complete:
            signs = complete.translate(None, self._other)
            # Other characters are kept as separators: a lone carriage return and a later line feed are not one break.
            self._odd = self._odd or signs.count(b"\r") != signs.count(b"\r\n") or b"\n\r\n" in signs
        marks = complete.translate(None, self._no_marks)
        if self._inside:
            marks = self._quote + marks
        # Remove pairs of quotes: doubled quotes, and quotes around values without a line break.
        parts = marks.replace(self._pair, b"").split(self._quote)
        self._inside = len(parts) % 2 == 0
        for outside in parts[::2]:
            self._count(outside)

    def shape(self, last_line: str) -> Shape:
        """Return the result. The remaining bytes are the end of the last record and blank lines."""
        records = sum(self._ends.values()) + 1
        if not self._inside:
            self._count(self._tail[: 2 if self._tail.startswith(b"\r\n") else 1])
        used = [end for end, count in self._ends.items() if count]
        odd = self._odd or self._inside or len(used) > 1 or used == ["\r"]
        return Shape(records, None if odd else (used or ["\n"])[0], last_line)

    def _count(self, marks: bytes) -> None:
        both = marks.count(b"\r\n")
        self._ends["\r\n"] += both
        self._ends["\n"] += marks.count(b"\n") - both
        self._ends["\r"] += marks.count(b"\r") - both


def _bytes_except(complete: bytes) -> bytes:
    return bytes(byte for byte in range(256) if byte not in complete)

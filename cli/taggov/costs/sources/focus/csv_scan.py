"""All bytes of a CSV file looked at once: is it text, how do its lines end, and how many records has it.

The count needs no parser, and so checks the one that reads the values: in a well-formed file a line break ends a record
exactly if the quotes before it are even in number.
"""

from __future__ import annotations

import codecs
from typing import NamedTuple

from taggov.costs.sources.base import SourceError
from taggov.costs.sources.focus.csv_text import CHUNK, opened
from taggov.costs.sources.focus.dialect import Dialect
from taggov.costs.sources.focus.paths import FocusFile

_BREAKS = b"\r\n"
_LONGEST_LINE = 1 << 16
"""Bytes of the last line that are kept."""


class Shape(NamedTuple):
    """The lines of a file."""

    records: int
    """With the header, and with blank lines between records."""
    line_end: str | None
    """The line end of every record; None if they differ, or a quote is not closed."""
    last_line: str = ""
    """The text after the last line end that is followed by anything: most often the last record."""


def scanned(file: FocusFile, its: Dialect) -> Shape:
    """Read a UTF-8 file to its end.

    Raises:
        SourceError: a line has bytes that are no text.
    """
    text, lines, end = _Utf8(file), _Lines(its), b""
    with opened(file) as source:
        while chunk := source.read(CHUNK):
            text.add(chunk)
            lines.add(chunk)
            end = (end + chunk)[-_LONGEST_LINE:]
    text.end()
    last = end.rstrip(_BREAKS).rpartition(b"\n")[2]
    return lines.shape(last.decode("utf-8", "replace"))


class _Utf8:
    """Bytes that have to be text."""

    def __init__(self, file: FocusFile) -> None:
        self._file = file
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._pending = b""
        self._read = 0

    def add(self, chunk: bytes) -> None:
        # To look for a byte above 127 takes a tenth of the time of decoding.
        if self._pending or not chunk.isascii():
            try:
                self._decoder.decode(chunk)
            except UnicodeDecodeError as error:
                place = self._read - len(self._pending) + error.start
                said = f"not UTF-8 text (byte 0x{error.object[error.start]:02x}); save it as UTF-8"
                raise self._error(place, said) from error
            self._pending = self._decoder.getstate()[0]
        self._read += len(chunk)

    def end(self) -> None:
        if self._pending:
            raise self._error(self._read, "the file ends within a character; it is cut off")

    def _error(self, place: int, said: str) -> SourceError:
        line = 1
        with opened(self._file) as source:
            while place > 0 and (chunk := source.read(min(CHUNK, place))):
                line += chunk.count(b"\n")
                place -= len(chunk)
        return SourceError(f"{self._file.name}, line {line}: {said}")


class _Lines:
    """Line breaks inside and outside of quotes."""

    def __init__(self, its: Dialect) -> None:
        self._quote, self._delimiter = its.quote.encode(), its.delimiter.encode()
        self._pair = self._quote * 2
        self._other = _all_but(self._quote + self._delimiter + _BREAKS)
        self._no_marks = _all_but(self._quote + _BREAKS)
        self._tail = b""
        self._inside = False
        self._odd = False
        self._ends = {"\n": 0, "\r\n": 0, "\r": 0}

    def add(self, chunk: bytes) -> None:
        """Take what gives a chunk its structure: quotes and line breaks."""
        # Breaks at the end wait for what follows: the other half of one, a record, or nothing any more.
        body = self._tail + chunk
        kept = body.rstrip(_BREAKS)
        self._tail = body[len(kept) :]
        if b"\r" in kept:
            signs = kept.translate(None, self._other)
            # Without what stands between them, a lone one and a line feed would look like one break.
            self._odd = self._odd or signs.count(b"\r") != signs.count(b"\r\n") or b"\n\r\n" in signs
        marks = kept.translate(None, self._no_marks)
        if self._inside:
            marks = self._quote + marks
        # Nearly all quotes vanish in pairs: around values without a break, and doubled ones.
        parts = marks.replace(self._pair, b"").split(self._quote)
        self._inside = len(parts) % 2 == 0
        for outside in parts[::2]:
            self._count(outside)

    def shape(self, last_line: str) -> Shape:
        """Sum up after the last chunk. What is left are the end of the last record and blank lines after it."""
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


def _all_but(kept: bytes) -> bytes:
    return bytes(byte for byte in range(256) if byte not in kept)

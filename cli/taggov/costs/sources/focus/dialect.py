"""Form in which a CSV file is written, found by reading its beginning with a real CSV reader."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice, product
from typing import NamedTuple

from taggov.costs.sources.focus.columns import CURRENCY, FIELD_COLUMNS, METRICS, PERIOD, TAGS

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    # Before UTF-16, whose mark is the beginning of theirs.
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_DELIMITERS = ",;\t|"
_SAMPLED = 200
"""Records that a candidate is tried on."""

_BLANK = re.compile(r"(?:[ \t]*(?:\r\n|\r|\n))*")
# The hint of Excel for itself; a program that quotes every cell quotes it too.
_SEPARATOR = re.compile(r'"?sep=(?P<sign>[^\r\n])"?[ \t]*(?:\r\n|\r|\n)', re.IGNORECASE)
_LINE_END = re.compile(r"\r\n|\r|\n")
_KNOWN = frozenset(
    name.lower()
    for name in (*METRICS, CURRENCY, PERIOD, TAGS, *(name for its in FIELD_COLUMNS.values() for name in its))
)


@dataclass(frozen=True, slots=True)
class Dialect:
    """The form of a CSV file."""

    encoding: str
    delimiter: str = ","
    quote: str = '"'
    escape: str | None = None
    """The sign before a quote within quotes; None where the quote is doubled, as RFC 4180 has it."""
    skipped: int = 0
    """Lines before the header: blank ones, and `sep=;`."""
    header_lines: int = 1
    """Lines of the header: more than one where a name has a line break."""
    names: tuple[str, ...] = ()
    """Names of the columns, without surrounding spaces."""

    @property
    def is_plain(self) -> bool:
        """True where DuckDB reads this form of header and quotes as it is; line ends are another question."""
        if self.skipped or self.header_lines > 1 or self.escape or not self.encoding.startswith("utf-8"):
            return False
        # A lone quote in a name would make one record of the header and the first one.
        return not any(self.quote in name for name in self.names)


class _Trial(NamedTuple):
    """A candidate and how well it reads the sample; the first of equals is taken."""

    known: int
    """Columns of FOCUS in the header."""
    fits: bool
    """True where every record of the sample is well formed, with as many values as the header."""
    doubles: bool
    """True without an escape, by which a name that ends in a backslash would swallow the line after the header."""
    columns: int
    """Number of columns, at least 1: that of a header of another export tells its delimiter too."""
    dialect: Dialect


def dialect_of(start: bytes, *, whole: bool) -> Dialect:
    """Find the dialect.

    Args:
        start: the first bytes of the (unpacked) file.
        whole: whether they are all of it.
    """
    encoding = _encoding(start)
    text = codecs.getincrementaldecoder(encoding)("replace").decode(start)
    skipped, sign, body = _without_preface(text)
    # A program that quotes by apostrophes quotes names too, or nothing.
    quote = "'" if body.startswith("'") else '"'
    escapes = (None, "\\") if f"\\{quote}" in body else (None,)
    candidates = product(sign or _DELIMITERS, quote, escapes)
    trials = [_trial(body, whole, Dialect(encoding, *candidate, skipped=skipped)) for candidate in candidates]
    return max(trials, key=lambda its: its[:4]).dialect


def _encoding(start: bytes) -> str:
    marked = next((encoding for mark, encoding in _BOMS if start.startswith(mark)), None)
    if marked:
        return marked
    # A header begins with a letter, so one of its two bytes is zero where the mark was left out.
    return {(True, False): "utf-16-be", (False, True): "utf-16-le"}.get(
        (start[:1] == b"\0", start[1:2] == b"\0"), "utf-8"
    )


def _without_preface(text: str) -> tuple[int, str, str]:
    """Count the lines before the header; the delimiter that they name; what follows."""
    end, sign = _blank_end(text, 0), ""
    if hint := _SEPARATOR.match(text, end):
        sign, end = hint["sign"], _blank_end(text, hint.end())
    return len(_LINE_END.findall(text, 0, end)), sign, text[end:]


def _blank_end(text: str, position: int) -> int:
    match = _BLANK.match(text, position)
    return match.end() if match else position


def _trial(text: str, whole: bool, its: Dialect) -> _Trial:
    header: tuple[str, ...] = ()
    before = lines = 0
    fits = True
    reader = records_of(io.StringIO(text, newline=""), its)
    try:
        for line, record in islice(reader, _SAMPLED):
            if header:
                fits = fits and len(record) in {0, len(header)}
            elif any(cell.strip() for cell in record):
                header, lines = tuple(cell.strip() for cell in record), line
            else:
                before = line
    except csv.Error:
        # The sample may end within a quoted value.
        fits = fits and not whole and len(header) > 0
    known = len({name.lower() for name in header} & _KNOWN)
    found = Dialect(
        its.encoding,
        its.delimiter,
        its.quote,
        its.escape,
        skipped=its.skipped + before,
        header_lines=max(1, lines - before),
        names=header,
    )
    return _Trial(known, fits, its.escape is None, max(1, len(header)), found)


def records_of(source: io.TextIOBase, its: Dialect) -> Iterator[tuple[int, list[str]]]:
    """Read records, each with the number of its last line. Blanks after a closing quote are none of the value.

    Raises:
        csv.Error: a quote is not closed, or something other than blanks and a delimiter follows one.
    """
    lines = _Lines(source, its)
    reader = csv.reader(
        lines,
        delimiter=its.delimiter,
        quotechar=its.quote,
        escapechar=its.escape,
        doublequote=its.escape is None,
        strict=True,
    )
    while True:
        try:
            record = next(reader, None)
        except csv.Error:
            if not lines.mend():
                raise
            continue
        if record is None:
            return
        yield lines.number, record
        lines.forget()


class _Lines:
    """Lines of a file, of which those of the record that is being read can be read again without their faults."""

    def __init__(self, source: Iterable[str], its: Dialect) -> None:
        self.number = 0
        """The number of the last line that was read, from 1."""
        self._source = iter(source)
        self._quote = its.quote
        self._record: list[str] = []
        self._again: list[str] = []
        quote, delimiter = re.escape(its.quote), re.escape(its.delimiter)
        pair, other = (re.escape(its.escape) + ".", quote + re.escape(its.escape)) if its.escape else (quote * 2, quote)
        quoted = rf"{quote}[^{other}]*(?:{pair}[^{other}]*)*(?:{quote}(?!{quote})|\Z)"
        blanks = "[ \t]".replace(its.delimiter, "")
        self._value = re.compile(
            rf"((?:^|{delimiter})(?:{quoted}|[^{delimiter}]*))(?:{blanks}+(?={delimiter}|[\r\n]|\Z))?", re.DOTALL
        )

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._again.pop() if self._again else next(self._source)
        self.number += 1
        self._record.append(line)
        return line

    def forget(self) -> None:
        """Begin another record."""
        self._record.clear()

    def mend(self) -> bool:
        """Leave the blanks after closing quotes out of the last line, and have its record read again."""
        if not self._record:
            return False
        *before, last = self._record
        # A record of several lines is one as it is within quotes where they end.
        opened = self._quote if before else ""
        mended = self._value.sub(r"\1", opened + last)[len(opened) :]
        if mended == last:
            return False
        self._again += [mended, *reversed(before)]
        self.number -= len(self._record)
        self._record.clear()
        return True

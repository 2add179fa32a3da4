"""Detection of the dialect of a CSV file, by parsing its beginning with candidate dialects."""

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
    # Before UTF-16: the UTF-32 mark starts with the UTF-16 mark.
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_DELIMITERS = ",;\t|"
_SAMPLED = 200
"""Number of records to parse with each candidate."""

_BLANK = re.compile(r"(?:[ \t]*(?:\r\n|\r|\n))*")
# Excel writes this hint. A program that quotes every cell also quotes the hint.
_SEPARATOR = re.compile(r'"?sep=(?P<sign>[^\r\n])"?[ \t]*(?:\r\n|\r|\n)', re.IGNORECASE)
_LINE_END = re.compile(r"\r\n|\r|\n")
_KNOWN = frozenset(
    name.lower()
    for name in (*METRICS, CURRENCY, PERIOD, TAGS, *(name for its in FIELD_COLUMNS.values() for name in its))
)


@dataclass(frozen=True, slots=True)
class Dialect:
    """Encoding, separators and header of a CSV file."""

    encoding: str
    delimiter: str = ","
    quote: str = '"'
    escape: str | None = None
    """Escape character before a quote inside quotes; None if quotes are doubled, as in RFC 4180."""
    skipped: int = 0
    """Number of lines before the header: blank lines and `sep=;`."""
    header_lines: int = 1
    """Number of lines of the header: more than one if a name has a line break."""
    names: tuple[str, ...] = ()
    """Column names without surrounding spaces."""

    @property
    def is_plain(self) -> bool:
        """True if DuckDB can read this header and these quotes. Line ends are checked elsewhere."""
        if self.skipped or self.header_lines > 1 or self.escape or not self.encoding.startswith("utf-8"):
            return False
        # A lone quote in a name would join the header and the first record.
        return not any(self.quote in name for name in self.names)


class _Trial(NamedTuple):
    """A candidate dialect and its score. The first of equal candidates wins."""

    known: int
    """Number of FOCUS columns in the header."""
    fits: bool
    """True if every record of the sample is well formed and has as many values as the header."""
    doubles: bool
    """True without an escape character: with one, a name ending in a backslash would swallow the next line."""
    columns: int
    """Number of columns, at least 1. It also shows the delimiter of exports that are not FOCUS."""
    dialect: Dialect


def dialect_of(start: bytes, *, whole: bool) -> Dialect:
    """Detect the dialect.

    Args:
        start: first bytes of the decompressed file.
        whole: True if they are the whole file.
    """
    encoding = _encoding(start)
    text = codecs.getincrementaldecoder(encoding)("replace").decode(start)
    skipped, sign, body = _split_preface(text)
    # A program that quotes with apostrophes also quotes names.
    quote = "'" if body.startswith("'") else '"'
    escapes = (None, "\\") if f"\\{quote}" in body else (None,)
    candidates = product(sign or _DELIMITERS, quote, escapes)
    trials = [_trial(body, whole, Dialect(encoding, *candidate, skipped=skipped)) for candidate in candidates]
    return max(trials, key=lambda its: its[:4]).dialect


def _encoding(start: bytes) -> str:
    marked = next((encoding for mark, encoding in _BOMS if start.startswith(mark)), None)
    if marked:
        return marked
    # The header starts with a letter, so in UTF-16 without a mark one of the first two bytes is zero.
    return {(True, False): "utf-16-be", (False, True): "utf-16-le"}.get(
        (start[:1] == b"\0", start[1:2] == b"\0"), "utf-8"
    )


def _split_preface(text: str) -> tuple[int, str, str]:
    """Split off the lines before the header: return their number, the delimiter that they name, and the rest."""
    end, sign = _blank_end(text, 0), ""
    if hint := _SEPARATOR.match(text, end):
        sign, end = hint["sign"], _blank_end(text, hint.end())
    return len(_LINE_END.findall(text, 0, end)), sign, text[end:]


def _blank_end(text: str, position: int) -> int:
    match = _BLANK.match(text, position)
    return match.end() if match else position


def _trial(text: str, whole: bool, dialect: Dialect) -> _Trial:
    header: tuple[str, ...] = ()
    before = lines = 0
    fits = True
    reader = records_of(io.StringIO(text, newline=""), dialect)
    try:
        for line, record in islice(reader, _SAMPLED):
            if header:
                fits = fits and len(record) in {0, len(header)}
            elif any(cell.strip() for cell in record):
                header, lines = tuple(cell.strip() for cell in record), line
            else:
                before = line
    except csv.Error:
        # The sample may end inside a quoted value.
        fits = fits and not whole and len(header) > 0
    known = len({name.lower() for name in header} & _KNOWN)
    found = Dialect(
        dialect.encoding,
        dialect.delimiter,
        dialect.quote,
        dialect.escape,
        skipped=dialect.skipped + before,
        header_lines=max(1, lines - before),
        names=header,
    )
    return _Trial(known, fits, dialect.escape is None, max(1, len(header)), found)


def records_of(source: io.TextIOBase, dialect: Dialect) -> Iterator[tuple[int, list[str]]]:
    """Yield records, each with the number of its last line. Blanks after a closing quote are dropped.

    Raises:
        csv.Error: a quote is not closed, or something other than blanks and a delimiter follows one.
    """
    lines = _Lines(source, dialect)
    reader = csv.reader(
        lines,
        delimiter=dialect.delimiter,
        quotechar=dialect.quote,
        escapechar=dialect.escape,
        doublequote=dialect.escape is None,
        strict=True,
    )
    while True:
        try:
            record = next(reader, None)
        except csv.Error:
            if not lines.drop_blanks_and_reread():
                raise
            continue
        if record is None:
            return
        yield lines.number, record
        lines.start_record()


class _Lines:
    """Line iterator that can reread the lines of the current record without blanks after closing quotes."""

    def __init__(self, source: Iterable[str], dialect: Dialect) -> None:
        self.number = 0
        """Number of the last line read, from 1."""
        self._source = iter(source)
        self._quote = dialect.quote
        self._record: list[str] = []
        self._again: list[str] = []
        quote, delimiter = re.escape(dialect.quote), re.escape(dialect.delimiter)
        pair, other = (
            (re.escape(dialect.escape) + ".", quote + re.escape(dialect.escape))
            if dialect.escape
            else (quote * 2, quote)
        )
        quoted = rf"{quote}[^{other}]*(?:{pair}[^{other}]*)*(?:{quote}(?!{quote})|\Z)"
        blanks = "[ \t]".replace(dialect.delimiter, "")
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

    def start_record(self) -> None:
        """Forget the lines of the current record."""
        self._record.clear()

    def drop_blanks_and_reread(self) -> bool:
        """Drop blanks after closing quotes in the last line, and reread its record. Return False if there are none."""
        if not self._record:
            return False
        *before, last = self._record
        # If the record has several lines, this line starts inside quotes.
        opening = self._quote if before else ""
        stripped = self._value.sub(r"\1", opening + last)[len(opening) :]
        if stripped == last:
            return False
        self._again += [stripped, *reversed(before)]
        self.number -= len(self._record)
        self._record.clear()
        return True

"""Whatever a program writes as CSV, the sums are those of Python's own reader to the last digit, or it is refused."""

from __future__ import annotations

import csv
import gzip
import io
import traceback
from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal, localcontext
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from cost_allocation.exact import EXACT
from cost_allocation.query import SERVICE, CostQuery
from taggov.costs.sources.base import SourceError
from taggov.costs.sources.focus.files import FocusFiles

NAMES = ("BilledCost", "BillingCurrency", "ChargePeriodStart", "ServiceName")
NULLS = {"", "NULL", "\\N"}
QUERY = CostQuery("BilledCost", None, None, dimensions=(SERVICE,))

Sums = dict[tuple[str, str | None], tuple[Decimal, int]]


class Form(NamedTuple):
    """Form in which a file is written."""

    delimiter: str
    line_ends: list[str]
    """For each record in turns."""
    quoted: bool
    preface: str
    """Text before the header; a hint like `sep=;` has the delimiter as `?`."""
    blank_lines: bool
    ends_with_line: bool
    encoding: str
    compressed: bool
    padding: int


LINE_ENDS = ["\n", "\r\n", "\r"]
FORMS = st.builds(
    Form,
    st.sampled_from(",;\t|"),
    st.sampled_from([[end] for end in LINE_ENDS]) | st.lists(st.sampled_from(LINE_ENDS), min_size=1, max_size=4),
    st.booleans(),
    st.sampled_from(["", "", "", "\n", "\r\n \r\n", "sep=?\r\n", '"sep=?"\n\n', "???\n"]),
    st.booleans(),
    st.booleans(),
    st.sampled_from(["utf-8", "utf-8", "utf-8-sig", "utf-16"]),
    st.booleans(),
    st.sampled_from([0, 0, 512]),
)
# Everything that means something to some reader.
CELLS = st.text(
    st.sampled_from("ab \n\r\t,;|\"'#\\/{}[]:=0\u00a0é\u2028\x0b\x0c\x1c\x85\U0001f986") | st.characters(codec="utf-8"),
    max_size=8,
).filter(lambda text: "\0" not in text)
AMOUNTS = st.one_of(
    st.decimals(-(10**12), 10**12, places=10).map(lambda its: format(its, "f")),
    st.floats(-1e15, 1e15).map(repr).filter(lambda text: Decimal(text).adjusted() > -30),
    st.builds("{}E{:+}".format, st.integers(-999, 999), st.integers(-55, 12)),
    st.sampled_from(["0E-30", ".5", "5.", "+1", "-0.000", "1.1102230246251565e-16", "007", "1e-18", "1e-19", "1e-29"]),
)
SERVICES = st.sampled_from(["EC2", "EC2", "S3", "", "NULL", "\\N"]) | CELLS
ROWS = st.lists(st.tuples(AMOUNTS, SERVICES, CELLS), max_size=8)


def written(form: Form, header: str, rows: list[tuple[str, str, str]]) -> bytes:
    """A file of that form, and its text."""
    records = [[*NAMES, header], *([cost, "USD", "2026-05-10", name, note] for cost, name, note in rows)]
    lines = []
    for place, record in enumerate(records):
        end = form.line_ends[place % len(form.line_ends)]
        line = io.StringIO(newline="")
        # The line end tells the writer which line breaks are to be quoted.
        csv.writer(
            line,
            delimiter=form.delimiter,
            quoting=csv.QUOTE_ALL if form.quoted else csv.QUOTE_MINIMAL,
            lineterminator="\r\n",
        ).writerow(record)
        lines.append(line.getvalue().removesuffix("\r\n") + end)
        if form.blank_lines and place % 2:
            lines.append(end)
    if not form.ends_with_line:
        lines[-1] = lines[-1].rstrip("\r\n")
    text = form.preface.replace("?", form.delimiter) + "".join(lines)
    content = text.encode(form.encoding)
    if form.compressed:
        content = gzip.compress(content) + b"\0" * form.padding
    return content


def read_by_python(content: bytes, form: Form) -> Sums:
    """The sums as Python's reader sees them."""
    text = (gzip.decompress(content) if form.compressed else content).decode(
        "utf-8-sig" if form.encoding.startswith("utf-8") else form.encoding
    )
    preface = form.preface.replace("?", form.delimiter)
    body = io.StringIO(text.removeprefix(preface), newline="")
    return summed(csv.reader(body, delimiter=form.delimiter, strict=True))


def summed(records: Iterable[list[str]]) -> Sums:
    """The sums of records, the header being the first."""
    sums: dict[tuple[str, str | None], list[Decimal]] = defaultdict(list)
    for cost, currency, _, service, _ in [record for record in records if record][1:]:
        sums[currency.strip(" \t\r\n\u00a0").upper(), None if service in NULLS else service].append(Decimal(cost))
    with localcontext(EXACT):
        return {key: (sum(costs, Decimal()), len(costs)) for key, costs in sums.items()}


def read_by_us(content: bytes) -> Sums:
    with TemporaryDirectory() as folder:
        path = Path(folder, "x.csv")
        path.write_bytes(content)
        try:
            table = FocusFiles([str(path)]).fetch(QUERY)
        except Exception as error:
            # Hypothesis keeps every failure, and its frames would keep a database each.
            error.add_note(traceback.format_exc())
            error.__context__ = None
            raise error.with_traceback(None) from None
    return {(row.currency, row.values[0]): (row.cost, row.rows) for row in table.rows}


@settings(max_examples=60)
@given(FORMS, CELLS, ROWS)
def test_the_sums_are_those_of_pythons_reader(form: Form, header: str, rows: list[tuple[str, str, str]]) -> None:
    content = written(form, header, rows)
    assert read_by_us(content) == read_by_python(content, form)


SLIPS = st.tuples(
    st.integers(0, 10_000), st.integers(0, 2), st.sampled_from(["", '"', '""', ",", "\n", "\r", " ", "a", ";"])
)


@settings(max_examples=60)
@given(FORMS, CELLS, ROWS.filter(bool), st.lists(SLIPS, min_size=1, max_size=3))
def test_a_spoilt_file_is_refused_or_read_as_python_reads_it(
    form: Form, header: str, rows: list[tuple[str, str, str]], slips: list[tuple[int, int, str]]
) -> None:
    form = form._replace(preface="", encoding="utf-8", compressed=False)
    text = written(form, header, rows).decode()
    start = len(",".join(NAMES))
    for place, length, inserted in slips:
        at = start + place % (len(text) - start + 1)
        text = text[:at] + inserted + text[at + length :]
    try:
        found = read_by_us(text.encode())
    except SourceError:
        return
    assert found == summed(csv.reader(io.StringIO(text, newline=""), delimiter=form.delimiter))

"""The count of records without a parser is that of a parser, wherever the file is cut into chunks."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taggov.costs.sources.base import SourceError
from taggov.costs.sources.focus import csv_scan
from taggov.costs.sources.focus.csv_scan import Shape, scan
from taggov.costs.sources.focus.dialect import Dialect
from taggov.costs.sources.focus.paths import FocusFile, Format


def shape(content: bytes, chunk: int, delimiter: str = ",") -> Shape:
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        path = Path(folder, "x.csv")
        path.write_bytes(content)
        patch.setattr(csv_scan, "CHUNK", chunk)
        return scan(FocusFile(path, "x.csv", Format.CSV), Dialect("utf-8", delimiter))


CELLS = st.text(st.sampled_from('ab",;\r\né'), max_size=4)
RECORDS = st.lists(st.lists(CELLS, min_size=2, max_size=3), min_size=1, max_size=5)


@settings(max_examples=150)
@given(RECORDS, st.sampled_from(["\n", "\r\n"]), st.sampled_from(",;"), st.integers(1, 7), st.booleans())
def test_records_are_counted_as_pythons_reader_counts_them(
    records: list[list[str]], line_end: str, delimiter: str, chunk: int, ends: bool
) -> None:
    lines = [io.StringIO(newline="") for _ in records]
    for line, record in zip(lines, records, strict=True):
        csv.writer(line, delimiter=delimiter, lineterminator="\r\n").writerow(record)
    content = line_end.join(line.getvalue().removesuffix("\r\n") for line in lines) + line_end * ends
    found = shape(content.encode(), chunk, delimiter)
    assert found.records == len(records)
    if "\r" not in "".join(map("".join, records)):
        assert found.line_end == (line_end if ends or len(records) > 1 else "\n")


ODD = {
    "a line feed after CRLF": "a,b\r\n1,2\n",
    "CRLF after a line feed": "a,b\n1,2\r\n3,4\n",
    "carriage returns": "a,b\r1,2\r3,4",
    "a carriage return before an empty value": "a,b\r,\n1,2\r\n",
    "a carriage return before an empty quoted value": 'a,b\r""\n1,2\r\n',
    "a quote that is not closed": 'a,b\n1,"2\n',
    "a blank line between CRLF": "a,b\r\n\r\n1,2\r\n",
}


@pytest.mark.parametrize("chunk", [1, 2, 100])
@pytest.mark.parametrize("text", ODD.values(), ids=ODD)
def test_lines_that_another_reader_may_take_for_others_have_no_end(text: str, chunk: int) -> None:
    assert shape(text.encode(), chunk).line_end is None


@pytest.mark.parametrize("chunk", [1, 3, 100])
@pytest.mark.parametrize("ending", ["", "\n", "\n\n\n"])
def test_blank_lines_at_the_end_are_no_records(ending: str, chunk: int) -> None:
    assert shape(f'a,b\n1,"2\n\n3"{ending}'.encode(), chunk)[:2] == (2, "\n")
    assert shape(f'a,b\r\n1,"2\n\n3"{ending}'.replace("\n\n", "\r\n\r\n").encode(), 100).records == 2


@pytest.mark.parametrize("chunk", [1, 2, 3, 100])
def test_a_byte_that_is_no_text_is_found_with_its_line(chunk: int) -> None:
    with pytest.raises(SourceError, match=r"x\.csv, line 3: not UTF-8 text \(byte 0xe9\)"):
        shape("a,é\n🦆,2\n3,".encode() + b"\xe9\n5,6\n", chunk)
    with pytest.raises(SourceError, match=r"x\.csv, line 2: the file ends within a character"):
        shape("a,é\n🦆".encode()[:-1], chunk)


@pytest.mark.parametrize("chunk", [1, 3, 100])
@pytest.mark.parametrize("ending", ["", "\n", "\r\n\r\n"])
def test_the_last_line_is_kept(chunk: int, ending: str) -> None:
    assert shape(f"a,b\n1,2\n3,é{ending}".encode(), chunk).last_line == "3,é"

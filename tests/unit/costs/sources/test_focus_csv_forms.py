"""CSV as spreadsheets, databases and clouds write it: read to the last record, or refused with the line."""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest

from cost_allocation.exact import text
from cost_allocation.query import SERVICE, CostQuery, Filter, tag
from taggov.costs.sources.base import SourceError
from taggov.costs.sources.focus import csv_text, inspection
from taggov.costs.sources.focus.csv_scan import Shape
from taggov.costs.sources.focus.files import FocusFiles
from tests.support.focus import charge, write_focus

QUERY = CostQuery("BilledCost", None, None)
HEADER = "BilledCost,BillingCurrency,ChargePeriodStart,ServiceName,Tags"
ROW = '{cost},USD,2026-05-10T00:00:00Z,Amazon EC2,"{{""team"": ""shop""}}"'
ROWS = [ROW.format(cost=cost) for cost in ("0.25", "0.5")]


def total(path: Path) -> tuple[str, int]:
    """The sum and how many rows are in it."""
    (row,) = FocusFiles([str(path)]).fetch(QUERY).rows
    return text(row.cost), row.rows


def refusal(path: Path) -> str:
    with pytest.raises(SourceError) as refused:
        FocusFiles([str(path)]).fetch(QUERY)
    return str(refused.value).removeprefix(str(path))


def spelled(service: str) -> list[str]:
    """The rows with another service."""
    return [row.replace("Amazon EC2", service) for row in ROWS]


FORMS: Mapping[str, bytes] = {
    name: form.encode()
    for name, form in {
        "a name with a line feed between CRLF": f'{HEADER},"Cost\nCenter"\r\n{ROWS[0]},a\r\n{ROWS[1]},b\r\n',
        "a name with CRLF between line feeds": f'"Cost\r\nCenter",{HEADER}\na,{ROWS[0]}\nb,{ROWS[1]}\n',
        "a name with a blank line": f'{HEADER},"Cost\n\nCenter"\n{ROWS[0]},a\n{ROWS[1]},b\n',
        "CRLF after the header alone": f"{HEADER}\r\n{ROWS[0]}\n{ROWS[1]}\n",
        "a line feed after the header alone": f"{HEADER}\n{ROWS[0]}\r\n{ROWS[1]}\r\n",
        "two files pasted together": f"{HEADER}\n{ROWS[0]}\n{ROWS[1]}\r\n",
        "carriage returns": f"{HEADER}\r{ROWS[0]}\r{ROWS[1]}\r",
        "a carriage return between CRLF": f"{HEADER}\r\n{ROWS[0]}\r{ROWS[1]}\r\n",
        "a blank first line": f"\n{HEADER}\n{ROWS[0]}\n{ROWS[1]}\n",
        "spaces in front": f"  \r\n\r\n{HEADER}\r\n{ROWS[0]}\r\n{ROWS[1]}\r\n",
        "an empty row of a spreadsheet in front": f",,,,\n{HEADER}\n{ROWS[0]}\n{ROWS[1]}\n",
        "blank lines between": f"{HEADER}\n\n{ROWS[0]}\n\n\n{ROWS[1]}\n",
        "blank lines at the end": f"{HEADER}\r\n{ROWS[0]}\r\n{ROWS[1]}\r\n\r\n\r\n",
        "no line break at the end": f"{HEADER}\n{ROWS[0]}\n{ROWS[1]}",
        "the hint of Excel": f"sep=,\r\n{HEADER}\r\n{ROWS[0]}\r\n{ROWS[1]}\r\n",
        "the hint of Excel in quotes": f'"sep=,"\n{HEADER}\n{ROWS[0]}\n{ROWS[1]}\n',
        "the hint of Excel after a mark": f"\ufeffsep=,\n{HEADER}\n{ROWS[0]}\n{ROWS[1]}\n",
        "all kinds of line breaks in a cell": "\r\n".join([HEADER, *spelled('"\r\n\n\r"')]),
        "separators of Unicode in a cell": "\n".join([HEADER, *spelled("\u2028\u0085\x0b\x0c\x1c")]),
        "a lone quote in a cell": "\n".join([HEADER, spelled('5" disk')[0], ROWS[1]]),
        "blanks after closing quotes": "\n".join([HEADER, *(f"{row}  " for row in spelled('"EC2" '))]),
        "tabs after closing quotes": f"{HEADER}\r\n{ROWS[0]}\t\r\n{ROWS[1]} \t\r\n",
        "blanks after names in quotes": "\n".join(['"' + HEADER.replace(",", '" ,"') + '" ', *ROWS]),
        "a blank after a closing quote and a line break": "\n".join([HEADER, *spelled('"a,\n"" ,b" ')]),
        "lone quotes in two cells": "\n".join([HEADER, *spelled('5" disk')]),
        "spaces around names": f"{HEADER.replace(',', ' , ')}\n{ROWS[0]}\n{ROWS[1]}\n",
    }.items()
} | {
    "gzip with zeros behind": gzip.compress(f"{HEADER}\n{ROWS[0]}\n{ROWS[1]}\n".encode()) + bytes(512),
    "gzip in two pieces": gzip.compress(f"{HEADER}\n{ROWS[0]}\n".encode()) + gzip.compress(f"{ROWS[1]}\n".encode()),
    "UTF-16 without a mark": f"{HEADER}\r\n{ROWS[0]}\r\n{ROWS[1]}\r\n".encode("utf-16-le"),
    "UTF-32": f"{HEADER}\n{ROWS[0]}\n{ROWS[1]}\n".encode("utf-32"),
}


@pytest.mark.parametrize("content", FORMS.values(), ids=FORMS)
def test_every_record_is_read(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(content)
    assert total(path) == ("0.75", 2)


@pytest.mark.parametrize("delimiter", [";", "\t", "|", "^"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_other_delimiters_are_found(tmp_path: Path, delimiter: str, line_end: str) -> None:
    hint = f"sep={delimiter}{line_end}" if delimiter == "^" else ""
    lines = [HEADER.replace(",", delimiter), *(row.replace(",", delimiter) for row in ROWS)]
    path = tmp_path / "x.csv"
    path.write_bytes((hint + line_end.join(lines)).encode())
    table = FocusFiles([str(path)]).fetch(CostQuery("BilledCost", None, None, dimensions=(SERVICE, tag("team"))))
    assert [(row.values, text(row.cost), row.rows) for row in table.rows] == [(("Amazon EC2", "shop"), "0.75", 2)]


def test_quotes_may_be_apostrophes(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    header = ",".join(f"'{name}'" for name in HEADER.split(","))
    rows = [row.replace('""', "~").replace('"', "'").replace("~", '"') for row in ROWS]
    path.write_text("\n".join([header, *rows]))
    table = FocusFiles([str(path)]).fetch(CostQuery("BilledCost", None, None, dimensions=(tag("team"),)))
    assert [(row.values[0], text(row.cost)) for row in table.rows] == [("shop", "0.75")]


def test_quotes_may_be_escaped_by_backslashes(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("\n".join([HEADER, *ROWS]).replace('""', r"\""))
    table = FocusFiles([str(path)]).fetch(CostQuery("BilledCost", None, None, dimensions=(tag("team"),)))
    assert [(row.values[0], text(row.cost)) for row in table.rows] == [("shop", "0.75")]


def test_backslashes_of_json_are_no_escapes(tmp_path: Path) -> None:
    path = write_focus(tmp_path / "x.csv", charge("1", {"team": 'a"b\\'}))
    table = FocusFiles([str(path)]).fetch(CostQuery("BilledCost", None, None, dimensions=(tag("team"),)))
    assert [row.values[0] for row in table.rows] == ['a"b\\']


def test_a_name_that_ends_in_a_backslash_ends_with_its_quote(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    names = HEADER.replace(",", '","')
    path.write_text(f'"{names}","C:\\"\n"1.5","USD","2026-05-10","EC2","",""\n')
    table = FocusFiles([str(path)]).fetch(CostQuery("BilledCost", None, None, dimensions=(SERVICE,)))
    assert [(row.values[0], text(row.cost)) for row in table.rows] == [("EC2", "1.5")]


@pytest.mark.parametrize("word", ["", "NULL", "\\N", '"\\N"'])
def test_words_that_stand_for_no_value(tmp_path: Path, word: str) -> None:
    path = tmp_path / "x.csv"
    path.write_text(f"{HEADER}\n{ROWS[0].replace('Amazon EC2', word)}\n")
    table = FocusFiles([str(path)]).fetch(CostQuery("BilledCost", None, None, dimensions=(SERVICE,)))
    assert [row.values[0] for row in table.rows] == [None]


def test_a_second_file_hides_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(FORMS["a name with a line feed between CRLF"])
    write_focus(tmp_path / "b.csv", charge("1"))
    assert total(tmp_path) == ("1.75", 3)


@pytest.mark.parametrize("filters", [(), (Filter(SERVICE, ("Amazon EC2",)),)], ids=["all", "some"])
def test_a_wrong_guess_of_the_lines_is_noticed_by_the_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, filters: tuple[Filter, ...]
) -> None:
    (tmp_path / "a.csv").write_bytes(FORMS["a name with a line feed between CRLF"])
    other = ",".join([*ROWS[0].split(",", 1), "c"])
    (tmp_path / "b.csv").write_bytes(FORMS["a name with a line feed between CRLF"] + f"{other}\r\n".encode())
    monkeypatch.setattr(inspection, "scan", lambda file, _: Shape(3 + (file.path.name == "b.csv"), "\n"))
    monkeypatch.setattr("taggov.costs.sources.focus.dialect.Dialect.is_plain", True)
    query = CostQuery("BilledCost", None, None, filters=filters)
    (row,) = FocusFiles([str(tmp_path)]).fetch(query).rows
    assert (text(row.cost), row.rows) == ("1.75", 5)


def test_a_count_that_no_copy_agrees_with_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_focus(tmp_path / "x.csv", charge("1"))
    real = csv_text.write_copy
    monkeypatch.setattr(csv_text, "write_copy", lambda *its: real(*its)._replace(records=7))
    monkeypatch.setattr(inspection, "scan", lambda *_: Shape(9, "\n"))
    assert refusal(path) == ": 1 of 7 records were read; please report this file"


LONG = "x" * 3_000_000


def test_a_long_value_is_read(tmp_path: Path) -> None:
    path = write_focus(tmp_path / "x.csv", charge("1", ResourceName=LONG), charge("2", ResourceName="two\nlines"))
    assert total(path) == ("3", 2)


@pytest.mark.parametrize(
    ("before", "line"),
    [
        ({}, 3),
        ({"ResourceName": "x" * 200_000}, 3),
        ({"ResourceName": LONG}, 3),
        ({"ResourceName": "two\nlines\r\nor more\r"}, 6),
        ({"ResourceName": "\u2028\u0085\x0b\x0c\x1c"}, 3),
        # The same text is no fault in a row that is not asked for.
        ({"BilledCost": "x", "ChargePeriodStart": "2026-04-01"}, 3),
    ],
)
def test_the_line_that_is_wrong_is_the_line_that_is_named(tmp_path: Path, before: dict[str, str], line: int) -> None:
    path = write_focus(tmp_path / "x.csv", {**charge("1", ResourceName=""), **before}, charge("x", ResourceName=""))
    with pytest.raises(SourceError, match=rf"x\.csv, line {line}: BilledCost is 'x', expected a number like 12\.5"):
        FocusFiles([str(path)]).fetch(CostQuery("BilledCost", date(2026, 5, 1), None))


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ([ROWS[0], ROWS[1][:-1]], ", line 3: a quote is opened and never closed"),
        ([ROWS[0], "1,USD"], ", line 3: 2 values, but the header has 5"),
        ([ROWS[0], '1,"two\nlines"', ROWS[1]], ", line 3: 2 values, but the header has 5"),
        ([ROWS[0], ROWS[1] + "x"], ", line 3: not CSV: ',' expected after '\"'"),
    ],
)
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_what_is_not_well_formed_is_refused_with_its_line(
    tmp_path: Path, lines: list[str], said: str, line_end: str
) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(line_end.join([HEADER, *lines]).encode())
    assert refusal(path) == said


@pytest.mark.parametrize("last", ["", '""', "NULL", "\\N"])
@pytest.mark.parametrize("delimiter", [",", ";"])
def test_a_value_too_many_is_refused_though_it_stands_for_none(tmp_path: Path, last: str, delimiter: str) -> None:
    names = ("BilledCost", "BillingCurrency", "ChargePeriodStart", "ServiceName", "ChargeCategory", "RegionId")
    # A delimiter without quotes in the name of the service moves all values after it.
    values = ("1", "USD", "2026-05-10", "Amazon EC2", " Compute", "Usage", last)
    path = tmp_path / "x.csv"
    path.write_text("".join(delimiter.join(line) + "\n" for line in (names, values)))
    assert refusal(path) == ", line 2: 7 values, but the header has 6"


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
@pytest.mark.parametrize("header", [HEADER, HEADER + '"'])
def test_a_last_record_that_is_not_closed_is_missed_after_a_lone_quote(
    tmp_path: Path, header: str, line_end: str
) -> None:
    path = tmp_path / "x.csv"
    rows = [] if header.endswith('"') else ['1,USD,2026-05-10,EC2,5"']
    path.write_bytes(line_end.join([header, *rows, '"2,USD,2026-05-10,EC2,']).encode())
    assert refusal(path) == f", line {len(rows) + 2}: a quote is opened and never closed"


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_lone_quotes_in_the_header_and_in_a_record_do_not_join_them(tmp_path: Path, line_end: str) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(line_end.join([HEADER + '"', '2,USD,2026-05-10,EC2,5"']).encode())
    assert total(path) == ("2", 1)


def test_a_header_whose_quote_is_never_closed(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text(f'"{HEADER}\n{ROWS[0].replace(chr(34), "")}\n')
    assert refusal(path) == ", line 1: a quote is opened and never closed"


def test_blank_lines_alone(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("\n \n,,\n")
    assert refusal(path) == ": the file has only blank lines; expected a CSV header"


@pytest.mark.parametrize("cell", ['"{}" ', '"{}"\t ', '"{}"'])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("last", [True, False])
def test_blanks_after_a_closing_quote_are_none_of_the_value(
    tmp_path: Path, cell: str, encoding: str, last: bool
) -> None:
    path = tmp_path / "x.csv"
    rows = [f'1,USD,2026-05-10,"a ,"" ,b" ,{cell}', "2,USD,2026-05-10,b,{}"]
    path.write_bytes("\n".join([HEADER, *(rows[::-1] if last else rows)]).encode(encoding))
    table = FocusFiles([str(path)]).fetch(CostQuery("BilledCost", None, None, dimensions=(SERVICE,)))
    assert {row.values: text(row.cost) for row in table.rows} == {('a ," ,b',): "1", ("b",): "2"}
    assert table.warnings == ()


@pytest.mark.parametrize("cell", ['"a" b', '"a" b ,"c" '])
def test_anything_else_after_a_closing_quote_is_refused_in_any_record(tmp_path: Path, cell: str) -> None:
    path = tmp_path / "x.csv"
    rows = [f"1,USD,2026-05-10,,{cell}", ROWS[0]]
    for order in (rows, rows[::-1]):
        path.write_text("\n".join([HEADER, *order]))
        assert refusal(path).startswith(f", line {2 + order.index(rows[0])}: not CSV")

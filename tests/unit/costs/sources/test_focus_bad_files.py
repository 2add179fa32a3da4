"""Files that cannot be read: one line each, which names the file and what is wrong."""

from __future__ import annotations

import gzip
import os
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest

from cost_allocation.query import SERVICE, CostQuery
from taggov.costs.sources.base import SourceError
from taggov.costs.sources.focus.files import FocusFiles
from tests.support.focus import charge, write_focus
from tests.support.focus_arrow import write_arrow
from tests.support.focus_parquet import write_parquet


def refusal(*paths: object) -> str:
    with pytest.raises(SourceError) as refused:
        FocusFiles([str(path) for path in paths]).fetch(CostQuery("BilledCost", None, None, dimensions=(SERVICE,)))
    said = str(refused.value)
    assert "\n" not in said
    return said


def test_a_path_that_does_not_exist(tmp_path: Path) -> None:
    assert refusal(tmp_path / "no.csv") == f"no such file: {tmp_path}/no.csv"


def test_a_pattern_that_matches_nothing(tmp_path: Path) -> None:
    assert refusal(tmp_path / "*.csv") == f"no CSV or Parquet file matches {tmp_path}/*.csv"


def test_a_folder_without_costs(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").touch()
    assert refusal(tmp_path) == f"{tmp_path}: no CSV or Parquet file in this folder (.csv, .csv.gz, .parquet)"


def test_a_file_of_another_kind(tmp_path: Path) -> None:
    path = tmp_path / "costs.xlsx"
    path.touch()
    assert refusal(path) == f"{path}: neither CSV nor Parquet by its name; expected .csv, .csv.gz, .parquet"


def test_nothing_named() -> None:
    assert refusal() == "no FOCUS files named"


@pytest.mark.parametrize("name", ["x.csv", "x.csv.gz", "x.parquet"])
def test_an_empty_file(tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()
    assert refusal(tmp_path).startswith(f"{tmp_path}/{name}: the file is empty (0 bytes)")


def cut(content: bytes) -> bytes:
    return content[: len(content) // 2]


def spoilt(content: bytes) -> bytes:
    return b"PAR1" + b"\xff" * len(content) + b"PAR1"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (cut, "the Parquet file is cut off"),
        (lambda _: b"hello, world!", "not a Parquet file"),
        (lambda _: b"PAR1", "the Parquet file is cut off"),
        (spoilt, "not readable as Parquet"),
    ],
)
def test_a_damaged_parquet_file(tmp_path: Path, change: Callable[[bytes], bytes], said: str) -> None:
    write_parquet(tmp_path / "a.parquet", charge("1"))
    path = write_parquet(tmp_path / "b.parquet", charge("1"))
    path.write_bytes(change(path.read_bytes()))
    assert refusal(tmp_path).startswith(f"{path}: {said}")


def test_a_parquet_file_that_is_damaged_inside(tmp_path: Path) -> None:
    write_parquet(tmp_path / "a.parquet", charge("1"))
    path = write_parquet(tmp_path / "b.parquet", charge("1"))
    content = bytearray(path.read_bytes())
    content[4:300] = b"\xff" * 296
    path.write_bytes(content)
    assert refusal(tmp_path).startswith(f"{path}: not readable as Parquet: ")


def test_a_damaged_gzip_file(tmp_path: Path) -> None:
    path = tmp_path / "x.csv.gz"
    path.write_bytes(gzip.compress(write_focus(tmp_path / "x", charge("1")).read_bytes())[:-20])
    assert refusal(path) == f"{path}: the gzip file is damaged or cut off"


def test_missing_columns(tmp_path: Path) -> None:
    row = {name: its for name, its in charge("1").items() if name not in {"BilledCost", "ServiceName", "RegionId"}}
    write_focus(tmp_path / "a.csv", charge("1"))
    path = write_focus(tmp_path / "b.csv", row)
    write_focus(tmp_path / "c.csv", row)
    said = "missing column BilledCost, ServiceName, which FOCUS asks for"
    assert refusal(tmp_path) == f"{path} and 1 more file: {said}"


@pytest.mark.parametrize(("line", "has"), [("1,2", 2), (",".join("x" * 99), 99)])
def test_a_line_with_more_or_fewer_values_than_the_header(tmp_path: Path, line: str, has: int) -> None:
    write_focus(tmp_path / "a.csv", charge("1"))
    path = write_focus(tmp_path / "b.csv", charge("1", ServiceName="two\nlines"))
    path.write_text(path.read_text() + line + "\n")
    assert refusal(tmp_path) == f"{path}, line 4: {has} values, but the header has {len(charge('1'))}"


@pytest.mark.parametrize("before", [0, 2_000_000])
def test_a_line_in_another_encoding(tmp_path: Path, before: int) -> None:
    path = write_focus(tmp_path / "x.csv", charge("1", ResourceName="é" * before), charge("1", ResourceName="é"))
    path.write_bytes(path.read_bytes()[:-10] + "é\n".encode("latin-1"))
    assert refusal(path) == f"{path}, line 3: not UTF-8 text (byte 0xe9); save it as UTF-8"


def test_a_file_that_ends_within_a_character(tmp_path: Path) -> None:
    path = write_focus(tmp_path / "x.csv", charge("1"))
    path.write_bytes(path.read_bytes() + "é".encode()[:1])
    assert refusal(path) == f"{path}, line 3: the file ends within a character; it is cut off"


def test_a_file_that_only_begins_as_utf16(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_bytes(b"\xff\xfe\x00\xd8\x00")
    assert refusal(tmp_path / "x.csv").endswith("x.csv: starts like UTF-16 text, but is not; save it as UTF-8")


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is forbidden to root")
@pytest.mark.parametrize("name", ["x.csv", "x.parquet"])
def test_a_file_that_may_not_be_read(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.touch(0o000)
    assert refusal(path) == f"{path}: permission denied"


def test_a_quote_that_is_never_closed(tmp_path: Path) -> None:
    path = write_focus(tmp_path / "x.csv", charge("1"))
    path.write_text(path.read_text() + '"1,2,3\n')
    assert refusal(path).startswith(f"{path}")


@pytest.mark.parametrize("name", ["BilledCost", "Tags", "ServiceName", "ProviderName"])
def test_a_column_that_is_there_twice_in_other_letter_case(tmp_path: Path, name: str) -> None:
    path = write_focus(tmp_path / "x.csv", {**charge("1"), name.lower(): "2"})
    assert refusal(path) == f"{path}: column {name} occurs twice"
    texts = pa.array(["a"])
    path = write_arrow(tmp_path / "x.parquet", [1], pa.int64(), **{name: texts, name.lower(): texts})
    assert refusal(path) == f"{path}: column {name} occurs twice"


@pytest.mark.parametrize("currency", [" ", "\u00a0", "USD\u200b", "USD\u2009", "US D\n\tX", ",USD", '"', "USD;"])
@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_what_is_no_currency_is_named(tmp_path: Path, currency: str, ending: str) -> None:
    rows = charge("1"), charge("2", BillingCurrency=currency)
    path, place = tmp_path / f"x.{ending}", ""
    if ending == "parquet":
        # Nothing but statistics is looked at for amounts and times of these types.
        write_parquet(path, *rows, BilledCost="decimal(18, 2)", ChargePeriodStart="timestamp")
    else:
        write_focus(path, *rows)
        place = ", line 3"
    assert refusal(path) == f"{path}{place}: BillingCurrency is {currency!r}, expected a code like USD"


def test_amounts_in_lists(tmp_path: Path) -> None:
    path = write_parquet(tmp_path / "x.parquet", charge("[1]"), BilledCost="decimal(18, 2)[]")
    assert refusal(path) == f"{path}: column BilledCost does not hold numbers"

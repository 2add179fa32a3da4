"""CSV files."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from taggov.costs.reports.csv_file import escape_formula, write_allocated_csv, write_csv, write_rows
from tests.support.allocated import allocated, bill, charge, reported, two_currencies


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def test_the_file_has_every_digit_and_adds_up_in_each_currency(tmp_path: Path) -> None:
    report = reported(two_currencies(), "month", "team", "service")

    write_csv(report, tmp_path / "report.csv")

    rows = read(tmp_path / "report.csv")
    assert list(rows[0]) == ["month", "team", "service", "currency", "direct_cost", "shared_cost", "cost"]
    assert len(rows) == len(report.rows)
    for currency, total in report.totals.items():
        mine = [row for row in rows if row["currency"] == currency]
        assert sum(Decimal(row["cost"]) for row in mine) == total.output
        assert sum(Decimal(row["direct_cost"]) + Decimal(row["shared_cost"]) for row in mine) == total.output


@pytest.mark.parametrize("start", list("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20"))
def test_a_text_never_becomes_a_formula(tmp_path: Path, start: str) -> None:
    hostile = f'{start}HYPERLINK("http://x",A1);=1+1'
    table = bill(charge("-1.5", "web", environment=hostile))

    write_csv(reported(table, "environment"), tmp_path / "report.csv")
    write_allocated_csv(allocated(table), tmp_path / "rows.csv")

    (row,) = read(tmp_path / "report.csv")
    assert row["environment"] == "'" + hostile
    assert row["cost"] == "-1.5"
    (row,) = read(tmp_path / "rows.csv")
    assert row["tag:environment"] == "'" + hostile
    assert row["cost"] == "-1.5"


def test_every_field_stands_in_quotes_so_that_no_other_separator_starts_a_cell(tmp_path: Path) -> None:
    write_csv(reported(bill(charge("1", "web", environment="a;=1+1")), "environment"), tmp_path / "report.csv")

    assert (tmp_path / "report.csv").read_text().splitlines()[1] == '"a;=1+1","USD","1","0","1"'


@pytest.mark.parametrize("text", ["prod", "a=b", "", "'quoted", None])
def test_other_texts_stay_as_they_are(text: str | None) -> None:
    assert escape_formula(text) == text


def test_allocated_rows_carry_what_the_rules_decided_under_x(tmp_path: Path) -> None:
    allocation = allocated(two_currencies())

    write_allocated_csv(allocation, tmp_path / "rows.csv")

    rows = read(tmp_path / "rows.csv")
    assert list(rows[0])[-6:] == ["x_team", "x_owner", "x_project", "x_pool", "currency", "cost"]
    assert len(rows) == len(allocation.rows)
    shared = [row for row in rows if row["x_pool"] == "network" and row["currency"] == "USD"]
    assert [(row["x_team"], row["x_owner"], row["x_project"], row["cost"]) for row in shared] == [
        ("dev", "ana@example.com", "", "16.6675"),
        ("ops", "bo@example.com", "", "16.6675"),
    ]
    assert {row["period"] for row in rows} == {"2026-05-01", "2026-06-01"}


def test_a_report_of_nothing_is_a_header(tmp_path: Path) -> None:
    write_csv(reported(bill(), "team"), tmp_path / "report.csv")

    assert (tmp_path / "report.csv").read_text() == '"team","currency","direct_cost","shared_cost","cost"\n'


def test_gz_is_packed_and_says_nothing_of_when_and_under_which_name(tmp_path: Path) -> None:
    write_rows(tmp_path / "rows.csv.gz", ["a", "b"], [["ü,1", None]])

    packed = (tmp_path / "rows.csv.gz").read_bytes()
    assert gzip.decompress(packed).decode() == 'a,b\n"ü,1",\n'
    # RFC 1952: flags, then four bytes of time.
    assert packed[3:8] == bytes(5)


def test_a_failure_half_way_keeps_the_old_file(tmp_path: Path) -> None:
    def rows() -> Iterator[list[str | None]]:
        yield ["first"]
        raise RuntimeError("lost")

    for name in ("old.csv", "old.csv.gz"):
        (tmp_path / name).write_text("old")
        with pytest.raises(RuntimeError, match="lost"):
            write_rows(tmp_path / name, ["a"], rows())
        assert (tmp_path / name).read_text() == "old"

    assert sorted(path.name for path in tmp_path.iterdir()) == ["old.csv", "old.csv.gz"]

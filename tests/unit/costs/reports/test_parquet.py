"""Parquet files."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from taggov.costs.reports.atomic import OutputError
from taggov.costs.reports.parquet import write_columns, write_parquet
from tests.support.allocated import bill, charge, reported, two_currencies


def test_amounts_are_decimals_that_add_up_to_the_last_digit(tmp_path: Path) -> None:
    report = reported(two_currencies(), "month", "team", "owner", "service")

    write_parquet(report, tmp_path / "report.parquet")

    read = duckdb.read_parquet(str(tmp_path / "report.parquet"))
    assert read.columns == ["month", "team", "owner", "service", "currency", "direct_cost", "shared_cost", "cost"]
    assert [str(kind) for kind in read.types] == ["VARCHAR"] * 5 + ["DECIMAL(38,18)"] * 3
    assert read.fetchall() == [(*row.values, row.currency, row.direct, row.shared, row.cost) for row in report.rows]
    sums = dict(read.aggregate("currency, sum(cost)").fetchall())
    assert sums == {currency: total.output for currency, total in report.totals.items()}


def test_values_that_are_not_there_are_null_and_any_text_is_kept(tmp_path: Path) -> None:
    hostile = "=1+1'\";DROP\n\x00 \N{SNOWMAN}"
    report = reported(bill(charge("1", None, environment=hostile)), "environment", "customer")

    write_parquet(report, tmp_path / "report.parquet")

    read = duckdb.read_parquet(str(tmp_path / "report.parquet"))
    assert read.fetchall()[0][:3] == (hostile, None, "USD")


def test_tag_keys_that_differ_in_letter_case_stay_apart(tmp_path: Path) -> None:
    report = reported(bill(charge("1", "web", environment="prod")), "project", "environment")

    write_parquet(replace(report, columns=('tag:Te"am', 'tag:te"am')), tmp_path / "report.parquet")

    read = duckdb.read_parquet(str(tmp_path / "report.parquet"))
    assert read.columns[:2] == ['tag:Te"am', 'tag:te"am_1']
    assert read.fetchall()[0][:2] == ("web", "prod")


def test_an_amount_with_more_decimals_gets_them(tmp_path: Path) -> None:
    fine = "0.1234567890123456789012"

    write_parquet(reported(bill(charge(fine)), "team"), tmp_path / "report.parquet")

    read = duckdb.read_parquet(str(tmp_path / "report.parquet"))
    assert str(read.types[-1]) == "DECIMAL(38,22)"
    assert read.fetchall()[0][-1] == Decimal(fine)


def test_an_amount_that_would_be_rounded_is_refused_and_the_old_file_stays(tmp_path: Path) -> None:
    target = tmp_path / "report.parquet"
    target.write_text("old")

    with pytest.raises(OutputError, match=r"21 digits before and 0 after the point, .* write CSV$"):
        write_parquet(reported(bill(charge("1" * 21)), "team"), target)

    assert target.read_text() == "old"


def test_a_failure_half_way_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"rows\.parquet cannot be written: "):
        write_columns(tmp_path / "rows.parquet", {"cost": ["not an amount"]}, {"cost": "DECIMAL(38, 18)"})

    assert not list(tmp_path.iterdir())


def test_a_report_of_nothing_has_its_columns(tmp_path: Path) -> None:
    write_parquet(reported(bill(), "team"), tmp_path / "report.parquet")

    read = duckdb.read_parquet(str(tmp_path / "report.parquet"))
    assert read.columns == ["team", "currency", "direct_cost", "shared_cost", "cost"]
    assert read.fetchall() == []

"""Amounts are exact to the last digit, or refused."""

from __future__ import annotations

from datetime import date
from decimal import Decimal, localcontext
from pathlib import Path

import pytest

from cost_allocation.exact import EXACT, text
from cost_allocation.query import SERVICE, CostQuery, Granularity
from taggov.costs.sources.base import SourceError
from taggov.costs.sources.focus.files import FocusFiles
from tests.support.focus import charge, write_focus
from tests.support.focus_parquet import write_parquet

QUERY = CostQuery("BilledCost", None, None)
QUERY_FROM_MAY = CostQuery("BilledCost", date(2026, 5, 1), None)


def total(*paths: Path, metric: str = "BilledCost") -> str:
    table = FocusFiles([str(path) for path in paths]).fetch(CostQuery(metric, None, None))
    with localcontext(EXACT):
        return text(sum((row.cost for row in table.rows), Decimal()))


@pytest.mark.parametrize(
    ("amounts", "expected"),
    [
        (["0.1", "0.2", "-0.3"], "0"),
        (["1e-7", "6.2E-05", "1.5e+3", "-1E0"], "1499.0000621"),
        (["0.000000000000000001", "1"], "1.000000000000000001"),
        (["+5", "5.", ".5", "-.5", "007", "1.000000000000000000000000"], "18"),
        (["99999999999999999999", "-99999999999999999998.5"], "0.5"),
        # Azure writes binary numbers in full, which may take more than 18 decimals.
        (["1.2345678901234568E-05", "0.0000000000000000000000000001", "1"], "1.0000123456789012345680000001"),
    ],
)
def test_texts_are_summed_as_they_are_written(tmp_path: Path, amounts: list[str], expected: str) -> None:
    rows = [charge(amount) for amount in amounts]
    assert total(write_focus(tmp_path / "x.csv", *rows)) == expected
    assert total(write_parquet(tmp_path / "x.parquet", *rows, BilledCost="varchar")) == expected


def test_binary_numbers_are_the_decimals_that_they_stand_for(tmp_path: Path) -> None:
    rows = [charge("0.1"), charge("0.2"), charge("1e-7"), charge("-1234567.987654321")]
    assert total(write_parquet(tmp_path / "x.parquet", *rows, BilledCost="double")) == "-1234567.687654221"


def test_integers_are_amounts(tmp_path: Path) -> None:
    path = write_parquet(tmp_path / "x.parquet", charge("3"), charge("4"), BilledCost="bigint")
    assert total(path, write_focus(tmp_path / "x.csv", charge("0.5"))) == "7.5"


def test_each_metric_is_its_column(tmp_path: Path) -> None:
    costs = {"EffectiveCost": "2", "ListCost": "3", "ContractedCost": "4"}
    path = write_focus(tmp_path / "x.csv", {**charge("1"), **costs})
    assert [total(path, metric=metric) for metric in FocusFiles.metrics] == ["1", "2", "3", "4"]


@pytest.mark.parametrize(
    ("amount", "said"),
    [
        ("", "BilledCost is empty, expected a number like 12.5"),
        ("NULL", "BilledCost is empty, expected a number like 12.5"),
        ("12,50", "BilledCost is '12,50', expected a number like 12.5"),
        ("1_000", "BilledCost is '1_000', expected a number like 12.5"),
        ("NaN", "BilledCost is 'NaN', expected a number like 12.5"),
        ("inf", "BilledCost is 'inf', expected a number like 12.5"),
        ("0x10", "BilledCost is '0x10', expected a number like 12.5"),
        ("$1", "BilledCost is '$1', expected a number like 12.5"),
        ("123456789012345678901", "expected at most 20 digits in front of the point"),
        ("1e-61", "BilledCost is '1e-61', expected at most 60 decimals"),
        ("1e-99999", "BilledCost is '1e-99999', expected at most 60 decimals"),
        ("1e-99999999999999999999", "expected at most 60 decimals"),
        ("1e99999", "expected at most 20 digits in front of the point"),
        ("1e99999999999999999999", "expected at most 20 digits in front of the point"),
    ],
)
def test_what_is_no_amount_is_refused_with_its_line(tmp_path: Path, amount: str, said: str) -> None:
    path = write_focus(tmp_path / "x.csv", charge("1"), charge("2"), charge(amount), charge("x"))
    with pytest.raises(SourceError) as refused:
        FocusFiles([str(path)]).fetch(QUERY)
    assert str(refused.value).startswith(f"{path}, line 4: ")
    assert str(refused.value).endswith(said)


def test_the_line_counts_lines_not_rows(tmp_path: Path) -> None:
    path = write_focus(tmp_path / "x.csv", charge("1", ServiceName="two\nlines"), charge("bad"))
    with pytest.raises(SourceError, match="line 4: BilledCost is 'bad'"):
        FocusFiles([str(path)]).fetch(QUERY)


@pytest.mark.parametrize("declared", ["decimal(20, 10)", "double", "varchar"])
def test_an_absent_amount_in_parquet_is_refused(tmp_path: Path, declared: str) -> None:
    path = write_parquet(tmp_path / "x.parquet", charge("1"), charge(""), BilledCost=declared)
    with pytest.raises(SourceError, match=r"x\.parquet: BilledCost is empty"):
        FocusFiles([str(path)]).fetch(QUERY)


def test_a_binary_number_that_is_none_is_refused(tmp_path: Path) -> None:
    path = write_parquet(tmp_path / "x.parquet", charge("1"), charge("nan"), BilledCost="double")
    with pytest.raises(SourceError, match=r"BilledCost is 'nan', expected a number like 12\.5"):
        FocusFiles([str(path)]).fetch(QUERY)


@pytest.mark.parametrize("currency", ["", "NULL"])
def test_an_amount_without_currency_is_refused(tmp_path: Path, currency: str) -> None:
    path = write_focus(tmp_path / "x.csv", charge("1"), charge("1", BillingCurrency=currency))
    with pytest.raises(SourceError, match="line 3: BillingCurrency is empty, expected a code like USD"):
        FocusFiles([str(path)]).fetch(QUERY)


@pytest.mark.parametrize("spelling", [" USD", "usd", "Usd ", "\tUSD"])
def test_a_currency_is_the_same_however_it_is_spelled(tmp_path: Path, spelling: str) -> None:
    rows = [charge("1"), charge("2", BillingCurrency=spelling), charge("1e-30", BillingCurrency=spelling)]
    for path in (
        write_focus(tmp_path / "x.csv", *rows),
        write_parquet(tmp_path / "x.parquet", *rows, BilledCost="varchar"),
    ):
        source = FocusFiles([str(path)])
        (row,) = source.fetch(QUERY).rows
        assert (row.currency, text(row.cost), row.rows) == ("USD", "3.000000000000000000000000000001", 3)
        assert len(source.source_rows(QUERY, row, limit=9)) == 3


@pytest.mark.parametrize("currency", [" ", "\t"])
def test_a_currency_of_spaces_is_none(tmp_path: Path, currency: str) -> None:
    path = write_focus(tmp_path / "x.csv", charge("1"), charge("1", BillingCurrency=currency))
    with pytest.raises(SourceError, match="line 3: BillingCurrency is "):
        FocusFiles([str(path)]).fetch(QUERY)


def test_an_absent_currency_in_parquet_is_refused(tmp_path: Path) -> None:
    path = write_parquet(tmp_path / "x.parquet", charge("1"), charge("1", BillingCurrency=""))
    with pytest.raises(SourceError, match=r"x\.parquet: BillingCurrency is empty"):
        FocusFiles([str(path)]).fetch(QUERY)


def test_rows_outside_the_period_may_be_anything(tmp_path: Path) -> None:
    path = write_focus(tmp_path / "x.csv", charge("1"), charge("bad", ChargePeriodStart="2026-04-01T00:00:00Z"))
    start = FocusFiles([str(path)]).fetch(QUERY_FROM_MAY).rows
    assert [row.rows for row in start] == [1]


def test_sums_that_no_decimal_can_hold_are_refused(tmp_path: Path) -> None:
    path = write_focus(tmp_path / "x.csv", *[charge("99999999999999999999")] * 3)
    with pytest.raises(SourceError, match="BilledCost adds up to more than 38 digits"):
        FocusFiles([str(path)]).fetch(QUERY)


def test_a_file_with_finer_amounts_is_summed_with_the_others(tmp_path: Path) -> None:
    fine = write_focus(tmp_path / "fine.csv", charge("0.0000000000000000001"))
    coarse = write_parquet(tmp_path / "coarse.parquet", charge("1.5"), BilledCost="decimal(18, 2)")
    table = FocusFiles([str(fine), str(coarse)]).fetch(CostQuery("BilledCost", None, None, Granularity.DAY, (SERVICE,)))
    assert [text(row.cost) for row in table.rows] == ["1.5000000000000000001"]


def test_sums_over_files_of_different_schemas_lose_no_digit(tmp_path: Path) -> None:
    long = write_focus(tmp_path / "long.csv", charge("12345678901234567890.123456789012345678"))
    short = write_parquet(tmp_path / "short.parquet", charge("1"))
    assert total(long, short) == "12345678901234567891.123456789012345678"

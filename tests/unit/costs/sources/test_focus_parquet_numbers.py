"""Every numeric type of Parquet is summed exactly, or refused: whoever wrote the file, whatever its statistics say."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal, localcontext
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from cost_allocation.exact import EXACT, text
from cost_allocation.query import CostQuery, Granularity
from taggov.costs.sources.base import SourceError
from taggov.costs.sources.focus import layout_query
from taggov.costs.sources.focus.files import FocusFiles
from tests.support.focus import charge, write_focus
from tests.support.focus_arrow import LAYOUTS, write_arrow
from tests.support.focus_parquet import write_parquet

QUERY = CostQuery("BilledCost", None, None)
BINARY = {"half": pa.float16(), "single": pa.float32(), "double": pa.float64()}
INTEGERS = [pa.int8(), pa.int16(), pa.int32(), pa.int64(), pa.uint8(), pa.uint16(), pa.uint32(), pa.uint64()]


def total(path: Path) -> tuple[str, int]:
    (row,) = FocusFiles([str(path)]).fetch(QUERY).rows
    return text(row.cost), row.rows


def refusal(path: Path, query: CostQuery = QUERY) -> str:
    with pytest.raises(SourceError) as refused:
        FocusFiles([str(path)]).fetch(query)
    return str(refused.value).removeprefix(f"{path}: ")


def by_duckdb(path: Path) -> Path:
    """The same rows, written by DuckDB."""
    with duckdb.connect() as connection:
        connection.execute(f"copy (from '{path}') to '{path.with_suffix('.duckdb.parquet')}'")
    return path.with_suffix(".duckdb.parquet")


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("declared", BINARY)
@pytest.mark.parametrize(
    ("costs", "value"),
    [
        ([5.0, 5.0, float("nan")], "nan"),
        ([1.0, float("nan")], "nan"),
        ([float("nan")], "nan"),
        ([float("nan"), 0.0], "nan"),
        ([1.0, float("inf")], "inf"),
        ([-float("inf"), 1.0], "-inf"),
    ],
)
def test_what_is_no_number_is_refused(
    tmp_path: Path, layout: str, declared: str, costs: Sequence[float], value: str
) -> None:
    path = write_arrow(tmp_path / "x.parquet", costs, BINARY[declared], layout)
    for its in (path, by_duckdb(path)):
        assert refusal(its) == f"BilledCost is '{value}', expected a number like 12.5"


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("declared", BINARY)
def test_binary_numbers_of_every_size_are_summed(tmp_path: Path, layout: str, declared: str) -> None:
    path = write_arrow(tmp_path / "x.parquet", [0.5, 0.25, -3.0, 0.0], BINARY[declared], layout)
    assert total(path) == total(by_duckdb(path)) == ("-2.25", 4)


@pytest.mark.parametrize("declared", INTEGERS, ids=str)
def test_integers_with_and_without_sign_are_summed(tmp_path: Path, declared: pa.DataType) -> None:
    path = write_arrow(tmp_path / "x.parquet", [3, 4], declared)
    assert total(path) == total(by_duckdb(path)) == ("7", 2)


def test_the_largest_integers_are_summed(tmp_path: Path) -> None:
    path = write_arrow(tmp_path / "x.parquet", [2**64 - 1] * 3, pa.uint64())
    assert total(path) == (str(3 * (2**64 - 1)), 3)


NOISE = ["1.1102230246251565e-16", "0E-30", "1", "-2.220446049250313e-16", "1.2345678901234568e-05", "5e-60", "0.1"]


@pytest.mark.parametrize("few", [0, 100])
def test_float_noise_is_summed_with_every_digit_whatever_the_form(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    monkeypatch.setattr(layout_query, "_FEW", few)
    with localcontext(EXACT):
        expected = (text(sum(map(Decimal, NOISE), Decimal())), len(NOISE))
    assert total(write_arrow(tmp_path / "x.parquet", [float(its) for its in NOISE], pa.float64())) == expected
    rows = [charge(its) for its in NOISE]
    assert total(write_parquet(tmp_path / "text.parquet", *rows, BilledCost="varchar")) == expected
    assert total(write_focus(tmp_path / "x.csv", *rows)) == expected


def test_fine_amounts_are_summed_by_what_is_asked_for(tmp_path: Path) -> None:
    day = datetime(2026, 5, 10), datetime(2026, 6, 10)
    path = write_arrow(
        tmp_path / "x.parquet",
        [1e-26, 1e-26, 1e-26, 1e-30, 1.0],
        pa.float64(),
        ChargePeriodStart=pa.array([*[day[0]] * 4, day[1]]),
        BillingCurrency=pa.array(["USD", "USD", " usd", "EUR", "USD"]),
    )
    rows = FocusFiles([str(path)]).fetch(QUERY).rows
    assert [(row.period.month, row.currency, row.cost.normalize(), row.rows) for row in rows] == [
        (5, "EUR", Decimal("1E-30"), 1),
        (5, "USD", Decimal("3E-26"), 3),
        (6, "USD", Decimal(1), 1),
    ]
    june = CostQuery("BilledCost", date(2026, 6, 1), None)
    assert [text(row.cost) for row in FocusFiles([str(path)]).fetch(june).rows] == ["1"]


def test_decimals_that_no_reader_keeps_are_refused(tmp_path: Path) -> None:
    path = write_arrow(tmp_path / "x.parquet", [Decimal("1.5")], pa.decimal256(50, 18))
    assert refusal(path) == "column BilledCost does not hold numbers"


def test_columns_that_differ_by_case_alone_are_refused(tmp_path: Path) -> None:
    path = write_arrow(tmp_path / "x.parquet", [1.0], pa.float64(), billedcost=pa.array([2.0]))
    assert refusal(path) == "column BilledCost occurs twice"


def test_names_within_a_column_are_no_columns(tmp_path: Path) -> None:
    inner: Any = pa.array([{"BilledCost": 7.0, "deeper": {"billingcurrency": "EUR"}}])
    path = write_arrow(tmp_path / "x.parquet", [1.0], pa.float64(), x_Details=inner, x_Last=pa.array(["y"]))
    assert total(path) == ("1", 1)


TIMES = {
    "nanoseconds read as microseconds": ([1778371200000000000], pa.timestamp("us")),
    "the same with a zone": ([1778371200000000000], pa.timestamp("us", "UTC")),
    "the last year": ([date(9999, 12, 31)], None),
    "the epoch": ([datetime(1970, 1, 1)], pa.timestamp("ms")),
}


@pytest.mark.parametrize("granularity", Granularity)
@pytest.mark.parametrize("declared", [pa.float64(), pa.int32()], ids=str)
@pytest.mark.parametrize("times", TIMES.values(), ids=TIMES)
def test_times_of_no_bill_are_refused(
    tmp_path: Path, times: tuple[list[Any], pa.DataType | None], declared: pa.DataType, granularity: Granularity
) -> None:
    path = write_arrow(tmp_path / "x.parquet", [1], declared, ChargePeriodStart=pa.array(*times))
    for start in (None, date(2026, 5, 1)):
        said = refusal(path, CostQuery("BilledCost", start, None, granularity))
        assert said.startswith("ChargePeriodStart is '")
        assert said.endswith("', expected a time like 2026-05-01T00:00:00Z, in 2000 to 2099")


def test_times_in_nanoseconds_are_read(tmp_path: Path) -> None:
    its = datetime(2026, 5, 10, tzinfo=UTC)
    times = pa.array([int(its.timestamp()) * 10**9], pa.timestamp("ns"))
    assert total(write_arrow(tmp_path / "x.parquet", [1.0], pa.float64(), ChargePeriodStart=times)) == ("1", 1)


def test_numbers_are_no_times(tmp_path: Path) -> None:
    path = write_arrow(tmp_path / "x.parquet", [1.0], pa.float64(), ChargePeriodStart=pa.array([1778371200]))
    assert refusal(path) == "column ChargePeriodStart does not hold times"

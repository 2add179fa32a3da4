"""Sums that are held answer as the files do, and without them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from cost_allocation.exact import text
from cost_allocation.query import ACCOUNT, REGION, SERVICE, CostQuery, Filter, Granularity, column, tag
from taggov.costs.sources.base import SourceError
from taggov.costs.sources.focus import csv_text, inspection
from taggov.costs.sources.focus.csv_scan import Shape
from taggov.costs.sources.focus.files import FocusFiles
from tests.support.focus import charge, write_focus
from tests.support.focus_parquet import write_parquet

WIDE = CostQuery("BilledCost", None, None, dimensions=(SERVICE, ACCOUNT, REGION, tag("team"), tag("env")))
MAY_5, JUNE_1, JUNE_3 = date(2026, 5, 5), date(2026, 6, 1), date(2026, 6, 3)
JUNE = {"ChargePeriodStart": "2026-06-02T23:00:00-02:00"}


def texts(folder: Path) -> Path:
    return write_focus(
        folder / "a.csv",
        charge("1.5", {"team": "shop", "env": "prod"}, EffectiveCost="1.25"),
        charge("2e-20", {"Team": "shop"}, EffectiveCost="1e-28"),
        charge("-0.25", {"TEAM": "ops"}, ServiceName="Amazon S3", BillingCurrency=" eur"),
        charge("99999999.5", None, ServiceName="", EffectiveCost="0E-30", **JUNE),
        {**charge("3", RegionId=""), "Tags": "{team"},
    )


def floats(folder: Path) -> Path:
    rows = [charge("0.1", {"team": "shop"}), charge("1.1e-16", {"env": "prod"}, **JUNE), charge("7")]
    return write_parquet(folder / "b.parquet", *rows, BilledCost="double")


def decimals(folder: Path) -> Path:
    rows = [charge("0.1", {"team": "ops"}), charge("5", None, EffectiveCost="9007199254740993", **JUNE)]
    return write_parquet(folder / "c.parquet", *rows, BilledCost="decimal(20, 4)", EffectiveCost="bigint")


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[FocusFiles, FocusFiles]:
    """The same files, once with their sums held and then gone, once as they are."""
    tmp_path = tmp_path_factory.mktemp("files")
    for write in (texts, floats, decimals):
        for name in ("held", "read"):
            (tmp_path / name).mkdir(exist_ok=True)
            write(tmp_path / name)
    held, read = FocusFiles([str(tmp_path / "held")]), FocusFiles([str(tmp_path / "read")])
    held.precompute(WIDE)
    # What a warning about a tag that no row has would look for.
    held.tag_keys()
    for path in (tmp_path / "held").iterdir():
        path.unlink()
    return held, read


@pytest.mark.parametrize("metric", ["BilledCost", "EffectiveCost"])
@pytest.mark.parametrize("granularity", Granularity)
@pytest.mark.parametrize("dimensions", [(), (tag("team"),), (REGION, tag("env"), SERVICE), WIDE.dimensions])
@pytest.mark.parametrize(
    ("start", "end"), [(None, None), (JUNE_1, None), (None, JUNE_1), (JUNE_1, JUNE_3), (JUNE_3, None)]
)
def test_they_have_every_digit_and_every_row(
    files: tuple[FocusFiles, FocusFiles],
    metric: str,
    granularity: Granularity,
    dimensions: tuple[str, ...],
    start: date | None,
    end: date | None,
) -> None:
    held, read = files
    asked = CostQuery(metric, start, end, granularity, dimensions)
    found = held.fetch(asked).rows
    assert found == read.fetch(asked).rows
    assert all(isinstance(row.cost, Decimal) for row in found)


@pytest.mark.parametrize("metric", ["BilledCost", "EffectiveCost"])
@pytest.mark.parametrize("dimensions", [(), (REGION, tag("env"), SERVICE), WIDE.dimensions])
@pytest.mark.parametrize(("start", "end"), [(None, None), (JUNE_1, None), (None, JUNE_1), (MAY_5, JUNE_1)])
def test_months_need_no_files_and_days_are_read_from_them(
    tmp_path: Path, metric: str, dimensions: tuple[str, ...], start: date | None, end: date | None
) -> None:
    files = [floats(tmp_path), decimals(tmp_path)]
    held, read = FocusFiles([str(tmp_path)]), FocusFiles([str(tmp_path)])
    periods = [row.period for row in read.fetch(CostQuery(metric, None, None, Granularity.DAY)).rows]
    assert held.condense(by_day=False) == (min(periods), max(periods))
    held.tag_keys()
    held.precompute(WIDE)
    whole = CostQuery(metric, start, end, Granularity.MONTH, dimensions)
    days = replace(whole, granularity=Granularity.DAY)
    assert held.fetch(days).rows == read.fetch(days).rows
    expected = read.fetch(whole).rows

    if start == MAY_5:
        # CachedTable sums are of whole months.
        assert held.fetch(whole).rows == expected
        return
    for file in files:
        file.unlink()
    assert held.fetch(whole).rows == expected


@pytest.mark.parametrize("columns", [(), ("InvoiceId",), ("InvoiceId", "PublisherName")])
def test_columns_are_held_if_they_were_asked_for_and_read_otherwise(tmp_path: Path, columns: tuple[str, ...]) -> None:
    file = write_focus(tmp_path / "x.csv", charge("1", InvoiceId="a"), charge("2", InvoiceId="b"))
    source = FocusFiles([str(file)])
    asked = CostQuery("BilledCost", None, None, dimensions=(column("InvoiceId"), column("PublisherName"), SERVICE))
    source.condense(by_day=True, columns=columns)
    source.precompute(asked)
    if len(columns) == 2:
        file.unlink()

    assert [(row.values, text(row.cost)) for row in source.fetch(asked).rows] == [
        (("a", None, "Amazon EC2"), "1"),
        (("b", None, "Amazon EC2"), "2"),
    ]


def test_where_there_is_no_row_there_is_no_day(tmp_path: Path) -> None:
    file = write_parquet(tmp_path / "x.parquet", charge("1"))
    duckdb.sql(f"copy (from '{file}' limit 0) to '{tmp_path / 'none.parquet'}'")

    assert FocusFiles([str(tmp_path / "none.parquet")]).condense(by_day=False) is None


def test_what_is_asked_by_more_than_is_held_is_read(tmp_path: Path) -> None:
    source = FocusFiles([str(texts(tmp_path))])
    source.precompute(CostQuery("BilledCost", None, None, dimensions=(SERVICE, tag("Team"))))
    only = Filter(SERVICE, ("Amazon S3",))
    for asked in (
        CostQuery("BilledCost", None, None, dimensions=(tag("env"),)),
        CostQuery("BilledCost", None, None, filters=(only,)),
        CostQuery("BilledCost", None, None, exact_keys=True, dimensions=(tag("Team"),)),
    ):
        assert source.fetch(asked) == FocusFiles([str(tmp_path)]).fetch(asked)


def test_warnings_are_those_of_the_files(tmp_path: Path) -> None:
    source = FocusFiles([str(texts(tmp_path))])
    asked = CostQuery("BilledCost", None, None, dimensions=(tag("team"), tag("tame")))
    source.precompute(asked)
    assert len(source.fetch(asked).warnings) == 3
    assert source.fetch(asked).warnings == FocusFiles([str(tmp_path)]).fetch(asked).warnings


@pytest.mark.parametrize("bad", ["many", "1e-40", "NaN", ""])
@pytest.mark.parametrize("write", [write_focus, write_parquet])
def test_amounts_of_one_metric_that_can_not_be_held_are_read_or_refused(
    tmp_path: Path, bad: str, write: Callable[..., Path]
) -> None:
    declared = {"EffectiveCost": "varchar"} if write is write_parquet else {}
    file = write(
        tmp_path / f"x.{'csv' if write is write_focus else 'parquet'}",
        charge("2"),
        charge("3", EffectiveCost=bad),
        **declared,
    )
    source = FocusFiles([str(file)])
    source.precompute(CostQuery("BilledCost", None, None))
    asked = CostQuery("EffectiveCost", None, None)
    if bad == "1e-40":
        assert text(source.fetch(asked).rows[0].cost) == "1.0000000000000000000000000000000000000001"
    else:
        with pytest.raises(SourceError, match="EffectiveCost"):
            source.fetch(asked)
    file.unlink()
    assert text(source.fetch(CostQuery("BilledCost", None, None)).rows[0].cost) == "5"


def test_amounts_that_are_absent_from_typed_columns_are_refused(tmp_path: Path) -> None:
    source = FocusFiles([str(write_parquet(tmp_path / "x.parquet", charge("2"), charge("")))])
    source.precompute(CostQuery("BilledCost", None, None))
    with pytest.raises(SourceError, match="BilledCost"):
        source.fetch(CostQuery("BilledCost", None, None))


@pytest.mark.parametrize(
    "columns", [{"ChargePeriodStart": "soon"}, {"BillingCurrency": " "}, {"BillingCurrency": "USD\u200b"}]
)
def test_rows_without_time_or_currency_are_refused(tmp_path: Path, columns: dict[str, str]) -> None:
    source = FocusFiles([str(write_focus(tmp_path / "x.csv", charge("2"), charge("1", None, **columns)))])
    source.precompute(CostQuery("BilledCost", None, None))
    with pytest.raises(SourceError, match=next(iter(columns))):
        source.fetch(CostQuery("BilledCost", None, None))


def test_rows_that_are_cut_off_are_refused(tmp_path: Path) -> None:
    file = write_focus(tmp_path / "x.csv", charge("2"))
    file.write_text(file.read_text("utf-8") + "1,2\n", "utf-8")
    with pytest.raises(SourceError, match="line 3"):
        FocusFiles([str(file)]).precompute(CostQuery("BilledCost", None, None))


def test_records_that_duckdb_did_not_read_are_missed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = csv_text.write_copy
    monkeypatch.setattr(csv_text, "write_copy", lambda *its: real(*its)._replace(records=7))
    monkeypatch.setattr(inspection, "scan", lambda *_: Shape(9, "\n"))
    source = FocusFiles([str(write_focus(tmp_path / "x.csv", charge("1")))])
    with pytest.raises(SourceError, match="1 of 7 records were read"):
        source.precompute(CostQuery("BilledCost", None, None))


def test_files_without_any_tags_are_held(tmp_path: Path) -> None:
    bare = {name: its for name, its in charge("1").items() if name != "Tags"}
    file = write_focus(tmp_path / "x.csv", bare, bare)
    source, asked = FocusFiles([str(file)]), CostQuery("BilledCost", None, None, dimensions=(SERVICE, tag("team")))
    source.precompute(asked)
    assert source.tag_keys() == []
    file.unlink()
    assert [(row.values, text(row.cost), row.rows) for row in source.fetch(asked).rows] == [
        (("Amazon EC2", None), "2", 2)
    ]


def test_tag_keys_with_a_value_for_each_row_are_told_apart(tmp_path: Path) -> None:
    rows = [charge("1", {"team": "shop", "name": str(place)}) for place in range(40)]
    assert FocusFiles([str(write_focus(tmp_path / "x.csv", *rows))]).keys_with_few_values(["name", "team"], 20) == [
        "team"
    ]

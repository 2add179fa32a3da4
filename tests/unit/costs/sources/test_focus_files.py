"""Questions to FOCUS files, and their answers."""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from cost_allocation.exact import text
from cost_allocation.model import CostRow
from cost_allocation.query import (
    ACCOUNT,
    CHARGE_CATEGORY,
    PROVIDER,
    REGION,
    SERVICE,
    CostQuery,
    Filter,
    Granularity,
    tag,
)
from taggov.costs.sources.base import SourceError
from taggov.costs.sources.focus.files import FocusFiles
from tests.support.focus import charge, real_sample, write_focus
from tests.support.focus_parquet import write_parquet

MAY, JUNE = date(2026, 5, 1), date(2026, 6, 1)


def asked(*dimensions: str, filters: tuple[Filter, ...] = ()) -> CostQuery:
    return CostQuery("BilledCost", None, None, dimensions=dimensions, filters=filters)


def costs(source: FocusFiles, query: CostQuery) -> dict[tuple[str | None, ...], str]:
    """The answer by value; of one period and one currency."""
    return {row.values: text(row.cost) for row in source.fetch(query).rows}


@pytest.fixture
def may(tmp_path: Path) -> FocusFiles:
    rows = (
        charge("1.5", {"project": "shop"}),
        charge("2", {"project": "shop"}, ServiceName="Amazon S3", SubAccountId="444455556666"),
        charge("-0.25", ChargeCategory="Credit", RegionId="NULL"),
        charge("4", {"project": ""}, RegionId=""),
    )
    return FocusFiles([str(write_focus(tmp_path / "may.csv", *rows))])


def test_rows_that_agree_are_one_sum_with_their_number(may: FocusFiles) -> None:
    assert may.fetch(asked(SERVICE)).rows == [
        CostRow(MAY, "USD", ("Amazon EC2",), Decimal("5.25"), 3),
        CostRow(MAY, "USD", ("Amazon S3",), Decimal("2"), 1),
    ]


def test_each_dimension_is_its_column(may: FocusFiles) -> None:
    assert costs(may, asked(ACCOUNT)) == {("111122223333",): "5.25", ("444455556666",): "2"}
    assert costs(may, asked(CHARGE_CATEGORY)) == {("Usage",): "7.5", ("Credit",): "-0.25"}
    assert costs(may, asked(PROVIDER)) == {("AWS",): "7.25"}
    assert costs(may, asked(SERVICE, tag("project"))) == {
        ("Amazon EC2", "shop"): "1.5",
        ("Amazon EC2", None): "3.75",
        ("Amazon S3", "shop"): "2",
    }


def test_the_word_null_and_an_empty_text_are_no_value(may: FocusFiles) -> None:
    assert costs(may, asked(REGION)) == {("eu-west-1",): "3.5", (None,): "3.75"}


@pytest.mark.parametrize(
    ("values", "exclude", "expected"),
    [
        (("shop",), False, "3.5"),
        ((None,), False, "3.75"),
        (("shop", None), False, "7.25"),
        ((), False, None),
        (("shop",), True, "3.75"),
        ((None,), True, "3.5"),
        (("shop", None), True, None),
        ((), True, "7.25"),
        (("it's",), True, "7.25"),
    ],
)
def test_filters_choose_by_value_and_by_absence(
    may: FocusFiles, values: tuple[str | None, ...], exclude: bool, expected: str | None
) -> None:
    answer = costs(may, asked(filters=(Filter(tag("project"), values, exclude),)))
    assert answer == ({(): expected} if expected else {})


def test_every_filter_has_to_agree(may: FocusFiles) -> None:
    both = (Filter(tag("project"), ("shop",)), Filter(SERVICE, ("Amazon S3",)))
    assert costs(may, asked(filters=both)) == {(): "2"}


def test_rows_are_in_the_order_of_period_currency_and_values_with_absent_values_first(tmp_path: Path) -> None:
    rows = [
        charge("1", ServiceName="b"),
        charge("1", ServiceName=""),
        charge("1", ServiceName="B"),
        charge("1", ServiceName="a", BillingCurrency="EUR"),
        charge("1", ServiceName="z", ChargePeriodStart="2026-04-30T23:59:59Z"),
    ]
    table = FocusFiles([str(write_focus(tmp_path / "x.csv", *rows))]).fetch(asked(SERVICE))
    assert [(row.period.month, row.currency, row.values[0]) for row in table.rows] == [
        (4, "USD", "z"),
        (5, "EUR", "a"),
        (5, "USD", None),
        (5, "USD", "B"),
        (5, "USD", "b"),
    ]


def test_currencies_are_never_added(tmp_path: Path) -> None:
    path = write_focus(tmp_path / "x.csv", charge("1"), charge("2", BillingCurrency="EUR"))
    table = FocusFiles([str(path)]).fetch(asked())
    assert [(row.currency, text(row.cost)) for row in table.rows] == [("EUR", "2"), ("USD", "1")]


def test_the_start_is_inside_and_the_end_is_not(tmp_path: Path) -> None:
    starts = ("2026-04-30T23:59:59Z", "2026-05-01T00:00:00Z", "2026-05-31T23:59:59Z", "2026-06-01T00:00:00Z")
    rows = [charge(str(10**place), ChargePeriodStart=start) for place, start in enumerate(starts)]
    for path in (write_focus(tmp_path / "x.csv", *rows), write_parquet(tmp_path / "x.parquet", *rows)):
        query = CostQuery("BilledCost", MAY, JUNE, Granularity.DAY)
        answer = FocusFiles([str(path)]).fetch(query)
        assert [(row.period.day, text(row.cost)) for row in answer.rows] == [(1, "10"), (31, "100")]


def test_a_header_alone_is_an_empty_table(tmp_path: Path) -> None:
    source = FocusFiles([str(write_focus(tmp_path / "x.csv"))])
    assert source.fetch(asked(tag("project"))).rows == []
    assert not source.tag_keys()


VERSIONS: Mapping[str, dict[str, str]] = {
    "1.2": {"ProviderName": "AWS", "PublisherName": "Amazon", "x_Discounts": "{}"},
    "1.3": {"ServiceProviderName": "AWS", "ProviderName": "old", "HostProviderName": "AWS"},
    "1.4": {"ServiceProviderName": "AWS", "HostProviderName": "AWS"},
}


@pytest.mark.parametrize("version", VERSIONS)
def test_the_provider_has_another_column_in_each_version(tmp_path: Path, version: str) -> None:
    row = charge("1")
    del row["ProviderName"]
    path = write_focus(tmp_path / "x.csv", row | VERSIONS[version])
    assert costs(FocusFiles([str(path)]), asked(PROVIDER)) == {("AWS",): "1"}


def test_column_names_are_compared_without_case(tmp_path: Path) -> None:
    path = write_focus(tmp_path / "x.csv", {name.upper(): its for name, its in charge("1", {"a": "b"}).items()})
    assert costs(FocusFiles([str(path)]), asked(SERVICE, tag("a"))) == {("Amazon EC2", "b"): "1"}


def test_files_of_different_schemas_are_one_table(tmp_path: Path) -> None:
    aws = write_parquet(tmp_path / "aws.snappy.parquet", charge("1", {"project": "shop"}), charge("1"))
    azure = {**charge("2", ProviderName="Microsoft"), "Tags": '"project": "shop"', "x_SkuTerm": "1"}
    oracle = {name: its for name, its in charge("4", ProviderName="Oracle").items() if name != "Tags"}
    write_focus(tmp_path / "azure.csv", azure)
    write_focus(tmp_path / "oracle.csv", {**oracle, "tags/project": "shop"})
    table = FocusFiles([str(tmp_path)]).fetch(asked(tag("project")))
    assert [(row.values[0], text(row.cost), row.rows) for row in table.rows] == [(None, "1", 1), ("shop", "7", 3)]
    assert table.source == f"{aws} and 2 more files"
    assert table.warnings == ()


def test_a_file_that_two_patterns_mean_is_read_once(tmp_path: Path) -> None:
    path = write_focus(tmp_path / "x.csv", charge("1"))
    source = FocusFiles([str(path), str(tmp_path), f"{tmp_path}/*.csv"])
    assert costs(source, asked()) == {(): "1"}
    assert source.name == str(path)


def test_patterns_and_folders_find_the_files_below(tmp_path: Path) -> None:
    for place, name in enumerate(
        ("a.csv", "one/b.CSV", "one/two/c.csv", "_temporary/d.csv", "one/.e.csv", "readme.md")
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        write_focus(path, charge(str(10**place)))
    assert costs(FocusFiles([str(tmp_path)]), asked()) == {(): "111"}
    assert costs(FocusFiles([f"{tmp_path}/one/**"]), asked()) == {(): "110"}
    assert costs(FocusFiles([f"{tmp_path}/*/*.[cC]*"]), asked()) == {(): "1010"}


@pytest.mark.parametrize("name", ["x.csv", "x.parquet"])
def test_names_of_folders_are_no_columns(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "BILLING_PERIOD=2026-05" / "ServiceName=wrong"
    folder.mkdir(parents=True)
    (write_focus if name == "x.csv" else write_parquet)(folder / name, charge("1"))
    assert costs(FocusFiles([str(tmp_path)]), asked(SERVICE)) == {("Amazon EC2",): "1"}


def test_names_with_signs_of_patterns_are_names_first(tmp_path: Path) -> None:
    names = ("a[1].csv", "it's; drop.csv", "é *.csv", "a1.csv")
    for place, name in enumerate(names):
        write_focus(tmp_path / name, charge(str(10**place)))
    for place, name in enumerate(names):
        assert costs(FocusFiles([str(tmp_path / name)]), asked()) == {(): str(10**place)}


def test_compressed_csv_and_parquet_with_the_name_of_a_codec_are_read(tmp_path: Path) -> None:
    plain = write_focus(tmp_path / "plain", charge("1")).read_bytes()
    (tmp_path / "x.csv.gz").write_bytes(gzip.compress(plain))
    write_parquet(tmp_path / "x.parquet.gz", charge("10"))
    assert costs(FocusFiles([str(tmp_path)]), asked()) == {(): "11"}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_text_with_a_mark_of_its_encoding_is_read(tmp_path: Path, encoding: str) -> None:
    words = write_focus(tmp_path / "x.csv", charge("1", {"société": "ñandú 🦆"})).read_text("utf-8")
    (tmp_path / "x.csv").write_bytes(words.encode(encoding))
    assert costs(FocusFiles([str(tmp_path)]), asked(tag("société"))) == {("ñandú 🦆",): "1"}


def test_utf16_of_the_other_byte_order_is_read(tmp_path: Path) -> None:
    words = write_focus(tmp_path / "x.csv", charge("1")).read_text("utf-8")
    (tmp_path / "x.csv").write_bytes(("\ufeff" + words).encode("utf-16-be"))
    assert costs(FocusFiles([str(tmp_path)]), asked()) == {(): "1"}


def test_a_column_that_a_provider_need_not_have_is_a_warning(tmp_path: Path) -> None:
    row = {name: its for name, its in charge("1").items() if name not in {"RegionId", "SubAccountId", "Tags"}}
    path = write_focus(tmp_path / "x.csv", row)
    table = FocusFiles([str(path)]).fetch(asked(REGION, ACCOUNT, tag("project")))
    assert [row.values for row in table.rows] == [(None, None, None)]
    assert [warning.removeprefix(str(path)) for warning in table.warnings] == [
        " has no column RegionId: its rows have no value for it",
        " has no column SubAccountId: its rows have no value for it",
        " has no column Tags: its rows have no value for it",
        'no row has the tag "project"',
    ]


def test_unknown_metrics_and_dimensions_are_refused(may: FocusFiles) -> None:
    with pytest.raises(SourceError, match='unknown metric "NetCost": FOCUS has BilledCost, EffectiveCost, ListCost'):
        may.fetch(CostQuery("NetCost", None, None))
    with pytest.raises(SourceError, match='unknown dimension "team": allowed are service, account'):
        may.fetch(asked("team"))


def test_the_real_sample_adds_up_to_its_known_totals() -> None:
    table = FocusFiles([str(real_sample())]).fetch(asked(PROVIDER))
    totals = {row.values[0]: text(row.cost) for row in table.rows}
    assert totals["AWS"] == "18.0066386184"
    assert text(sum((row.cost for row in table.rows), Decimal())) == "20.52022672899"
    assert sum(row.rows for row in table.rows) == 1000

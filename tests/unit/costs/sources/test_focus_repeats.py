"""Files with the same charges are all counted, with a warning; normal exports give no warning."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from cost_allocation.query import SERVICE, CostQuery, Filter
from taggov.costs.sources.focus import repeats
from taggov.costs.sources.focus.files import FocusFiles
from tests.support.focus import charge, write_focus
from tests.support.focus_parquet import write_parquet
from tests.support.focus_runs import MAY, answered, manifest, put

REPEATED = [
    ("run-a_2026-05-15.csv", "run-b_2026-05-16.csv"),
    ("2026-05-15/costs.csv", "2026-05-16/costs.csv"),
    ("f0e1/part_0_0001.csv", "0a1b/part_0_0001.csv"),
    ("costs.2026-05-15.parquet", "costs.2026-05-16.parquet"),
    ("costs-20260515T0102Z.csv", "costs-20260516T0102Z.csv"),
    ("old/costs.parquet", "costs.parquet"),
    ("a_2026-05-15.csv", "a_2026-05-16.parquet"),
    ("costs.csv", "costs (1).csv"),
    ("run-1.csv", "run-2.csv"),
    ("focus15.csv", "focus16.csv"),
    ("focus-0515.csv", "focus-0516.csv"),
    ("focus_260515.csv", "focus_260516.csv"),
    ("export-1778832000.csv", "export-1778918400.csv"),
]


def put_days(path: Path, days: Iterable[int], resource: str = "i-1") -> None:
    """Write a file with a row for each day of May."""
    write = write_parquet if path.suffix == ".parquet" else write_focus
    write(path, *(charge("1", ChargePeriodStart=f"2026-05-{day:02}T00:00:00Z", ResourceId=resource) for day in days))


@pytest.mark.parametrize("names", REPEATED)
def test_files_with_the_same_charges_are_named(tmp_path: Path, names: tuple[str, str]) -> None:
    put(tmp_path / names[0], "150")
    put(tmp_path / names[1], "157", "1")
    total, (said,) = answered(tmp_path)
    assert total == "308"
    one, other = sorted(names)
    assert said.startswith(f"{one} and {other} hold the same charges")


@pytest.mark.parametrize("name", ["filename", "path", "place"])
def test_a_column_for_a_file_name_hides_no_repeat(tmp_path: Path, name: str) -> None:
    for day in (15, 16):
        write_parquet(tmp_path / f"costs.2026-05-{day}.parquet", {**charge("1"), name: "invoice.pdf"})
    assert [said.partition(" hold")[0] for said in answered(tmp_path)[1]] == [
        "costs.2026-05-15.parquet and costs.2026-05-16.parquet"
    ]


REWRITTEN: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "other line ends": ("b.csv", lambda content: content.replace(b"\r\n", b"\n")),
    "one more column": ("b.csv", lambda content: b"x_New," + content.replace(b"\n1", b"\nnew,1")),
    "semicolons": ("b.csv", lambda content: content.replace(b",", b";")),
    "UTF-16": ("b.csv", lambda content: content.decode().encode("utf-16")),
    "compressed": ("a.csv.gz", gzip.compress),
}


@pytest.mark.parametrize(("name", "change"), REWRITTEN.values(), ids=REWRITTEN)
def test_the_same_charges_in_another_form_are_named(
    tmp_path: Path, name: str, change: Callable[[bytes], bytes]
) -> None:
    path = put(tmp_path / "a.csv", "100", "150", ChargePeriodEnd="", Tags="")
    (tmp_path / name).write_bytes(change(path.read_bytes()))
    total, (said,) = answered(tmp_path)
    assert total == "500"
    assert said.startswith(f"a.csv and {name} hold the same charges")


def test_times_are_written_differently_in_csv_and_parquet(tmp_path: Path) -> None:
    put(tmp_path / "a.csv", "1")
    write_parquet(tmp_path / "b.parquet", charge("1"), ChargePeriodEnd="timestamp")
    _, (said,) = answered(tmp_path)
    assert said.startswith("a.csv and b.parquet hold the same charges")


def test_tags_tell_charges_apart_in_any_form(tmp_path: Path) -> None:
    for team, name in (("shop", "a.csv"), ("ops", "b.parquet")):
        put(tmp_path / name, "1", Tags=f'{{"team": "{team}", "env": "prod"}}')
    assert answered(tmp_path) == ("2", [])
    put(tmp_path / "c.parquet", "1", Tags='{"env":"prod","team":"shop"}')
    _, (said,) = answered(tmp_path)
    assert said.startswith("a.csv and c.parquet hold the same charges")


@pytest.mark.parametrize("ending", ["csv", "csv.gz", "parquet"])
@pytest.mark.parametrize("newest_first", [True, False])
def test_exports_are_compared_in_whatever_order_their_days_are(tmp_path: Path, ending: str, newest_first: bool) -> None:
    for last in (3, 4):
        days = sorted(range(1, last + 1), reverse=newest_first)
        rows = [
            charge("1", ResourceId=f"i-{place}", ChargePeriodStart=f"2026-05-{day:02}T00:00:00Z")
            for day in days
            for place in range(600)
        ]
        path = tmp_path / f"until-{last}.{ending}"
        (write_parquet if ending == "parquet" else write_focus)(path, *rows)
        if ending == "csv.gz":
            path.write_bytes(gzip.compress(path.read_bytes()))
    _, (said,) = answered(tmp_path)
    assert said.startswith(f"until-3.{ending} and until-4.{ending} hold the same charges")


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_a_long_export_is_compared_with_each_shorter_one(tmp_path: Path, ending: str) -> None:
    for name, days in (("a-long", range(1, 31)), ("b-short", (2, 3)), ("c-short", (10, 11))):
        resource = "b" if name == "b-short" else "a"
        put_days(tmp_path / f"{name}.{ending}", days, resource)
    _, (said,) = answered(tmp_path)
    assert said.startswith(f"a-long.{ending} and c-short.{ending} hold the same charges")


def test_the_days_of_a_csv_file_are_those_of_many_records(tmp_path: Path) -> None:
    put_days(tmp_path / "a.csv", (5, 1, 2, 5))
    put_days(tmp_path / "b.csv", (1, 2))
    _, (said,) = answered(tmp_path)
    assert said.startswith("a.csv and b.csv hold the same charges")


@pytest.mark.parametrize(("limit", "warnings"), [(20_000, 1), (1, 0)])
def test_of_files_above_a_size_some_charges_are_compared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: int, warnings: int
) -> None:
    monkeypatch.setattr(repeats, "_MOST_BYTES", limit)
    for name in ("a", "b"):
        write_focus(tmp_path / f"{name}.csv", *(charge("1", ResourceId=f"i-{place}") for place in range(600)))
    assert (tmp_path / "a.csv").stat().st_size > 4 * 20_000
    assert len(answered(tmp_path)[1]) == warnings


def test_files_of_other_days_are_not_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[object] = []
    monkeypatch.setattr(repeats, "_names_of_overlapping_runs", lambda _, runs: compared.append(runs))
    for day in ("15", "16"):
        rows = [charge("1", ResourceId=f"i-{place}", ChargePeriodStart=f"2026-05-{day}") for place in range(600)]
        write_focus(tmp_path / f"{day}.csv", *rows)
    assert answered(tmp_path) == ("1200", [])
    assert compared == []


def test_many_files_with_the_same_charges_are_one_warning(tmp_path: Path) -> None:
    for day in range(10, 20):
        put(tmp_path / f"2026-05-{day}.csv", str(day))
    _, (said,) = answered(tmp_path)
    assert said.startswith("2026-05-10.csv and 2026-05-19.csv and 8 more hold the same charges")


DIFFERENT = {
    "days": {"ChargePeriodStart": "2026-05-16T00:00:00Z"},
    "ends": {"ChargePeriodEnd": "2026-05-10T12:00:00Z"},
    "accounts": {"SubAccountId": "444455556666"},
    "resources": {"ResourceId": "i-2"},
    "tags": {"Tags": '{"team": "shop"}'},
    "currencies": {"BillingCurrency": "EUR"},
}


@pytest.mark.parametrize("columns", DIFFERENT.values(), ids=DIFFERENT)
def test_files_with_other_charges_are_added_up_in_silence(tmp_path: Path, columns: dict[str, str]) -> None:
    put(tmp_path / "2026-05-15.csv", "1", ResourceId="i-1")
    put(tmp_path / "2026-05-16.csv", "10", **{"ResourceId": "i-1", **columns})
    table = FocusFiles([str(tmp_path)]).fetch(CostQuery("BilledCost", None, None))
    assert sum(row.cost for row in table.rows) == 11
    assert table.warnings == ()


PARTS = {
    "AWS": "focus-0000{}.snappy.parquet",
    "AWS, overwritten": f"focus/data/{MAY}/focus-0000{{}}.csv",
    "AWS, kept": f"focus/data/{MAY}/20260515T010203Z-b/focus-0000{{}}.csv",
    "Azure": "20260501-20260531/f0e1/part_{}_0001.csv",
    "BigQuery": "focus-00000000000{}.csv",
    "BigQuery, numbers alone": "00000000000{}.parquet",
    "Spark": "part-0000{}-7c1-c000.snappy.parquet",
    "PyArrow": "part-{}.parquet",
    "Dask": "part.{}.parquet",
    "DuckDB": "data_{}.parquet",
    "Snowflake": "data_0_{}_0.csv",
    "Redshift": "000{}_part_00.parquet",
    "accounts of Hive": "SubAccountId=11112222333{}/costs.csv",
    "by hand": "costs part {} of 3.csv",
}


@pytest.mark.parametrize("name", PARTS.values(), ids=PARTS)
def test_parts_of_one_run_are_not_compared(tmp_path: Path, name: str) -> None:
    row = charge("1")
    if "SubAccountId" in name:
        del row["SubAccountId"]
    for place in range(3):
        path = tmp_path / name.format(place)
        path.parent.mkdir(parents=True, exist_ok=True)
        (write_parquet if path.suffix == ".parquet" else write_focus)(path, row)
    assert answered(tmp_path) == ("3", [])


def test_files_of_one_manifest_are_not_compared(tmp_path: Path) -> None:
    names = [f"focus/data/{MAY}/{name}.csv" for name in ("a", "b")]
    for name in names:
        put(tmp_path / name, "1")
    manifest(tmp_path / f"focus/metadata/{MAY}/focus-Manifest.json", *names)
    assert answered(tmp_path) == ("2", [])


def test_charges_that_nothing_tells_apart_are_not_compared(tmp_path: Path) -> None:
    for name in ("a", "b"):
        row = {"BilledCost": "1", "BillingCurrency": "USD", "ChargePeriodStart": "2026-05-10"}
        write_focus(tmp_path / f"{name}.csv", row)
    assert answered(tmp_path) == ("2", [])


MONTHS = (("may.csv", "june.csv"), ("2026-05.csv", "2026-06.csv"), ("focus_202605.csv", "focus_202606.csv"))


@pytest.mark.parametrize("names", MONTHS)
def test_months_of_one_export_are_added_up_in_silence(tmp_path: Path, names: tuple[str, str]) -> None:
    for month, name in enumerate(names, 5):
        put(tmp_path / name, "1", "10", ChargePeriodStart=f"2026-{month:02}-01T00:00:00Z")
    assert answered(tmp_path) == ("22", [])


def test_a_few_common_charges_are_no_repetition(tmp_path: Path) -> None:
    for day in ("15", "16"):
        rows = [charge("1", ResourceId=f"i-{place}-{day if place else 0}") for place in range(3)]
        write_focus(tmp_path / f"2026-05-{day}.csv", *rows)
    assert answered(tmp_path) == ("6", [])


def test_a_file_of_little_detail_may_be_cut_in_two(tmp_path: Path) -> None:
    put(tmp_path / "costs_1.csv", "1", "2", "3")
    put(tmp_path / "costs_2.csv", "4", "5")
    assert answered(tmp_path) == ("15", [])
    put(tmp_path / "costs_3.csv", "4", "6")
    _, (said,) = answered(tmp_path)
    assert said.startswith("costs_2.csv and costs_3.csv hold the same charges")


def test_a_correction_of_one_charge_is_no_repetition(tmp_path: Path) -> None:
    write_focus(tmp_path / "usage.csv", *(charge("1", ResourceId=f"i-{place}") for place in range(10)))
    put(tmp_path / "correction.csv", "-1", ResourceId="i-3")
    assert answered(tmp_path) == ("9", [])


def test_the_warning_does_not_depend_on_what_is_asked_for(tmp_path: Path) -> None:
    put(tmp_path / "2026-05-15.csv", "150")
    put(tmp_path / "2026-05-16.csv", "157")
    query = CostQuery("BilledCost", None, None, filters=(Filter(SERVICE, ("Nope",)),))
    assert len(FocusFiles([str(tmp_path)]).fetch(query).warnings) == 1

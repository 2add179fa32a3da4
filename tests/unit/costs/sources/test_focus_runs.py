"""Runs of one export that lie beside each other are not added up: the newest counts, or a warning names them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cost_allocation.exact import text
from cost_allocation.query import SERVICE, CostQuery, Filter
from taggov.costs.sources.base import SourceError
from taggov.costs.sources.focus.files import FocusFiles
from tests.support.focus import charge, write_focus
from tests.support.focus_parquet import write_parquet

MAY = "BILLING_PERIOD=2026-05"
QUERY = CostQuery("BilledCost", None, None)


def answered(*paths: Path) -> tuple[str, list[str]]:
    """The total, and what is said of it, with paths from the first one on."""
    table = FocusFiles([str(path) for path in paths]).fetch(QUERY)
    (row,) = table.rows
    return text(row.cost), [warning.replace(f"{paths[0]}/", "") for warning in table.warnings]


def put(path: Path, *costs: str, **columns: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    write = write_parquet if path.suffix == ".parquet" else write_focus
    return write(path, *({**charge(cost), **columns} for cost in costs))


def manifest(path: Path, *files: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"dataFiles": [f"s3://bucket/prefix/{file}" for file in files]}))


def test_of_an_aws_export_the_newest_manifest_counts(tmp_path: Path) -> None:
    for run, cost in (("20260515T010203Z-b", "150"), ("20260516T010203Z-a", "157")):
        put(tmp_path / f"focus/data/{MAY}/{run}/focus-00001.csv", cost)
        manifest(
            tmp_path / f"focus/metadata/{MAY}/{run}/focus-Manifest.json", f"focus/data/{MAY}/{run}/focus-00001.csv"
        )
    run = f"focus/data/{MAY}"
    said = (
        f"{run}/20260515T010203Z-b is an older run of the export that {run}/20260516T010203Z-a/focus-00001.csv is of: "
        "its file is left out"
    )
    assert answered(tmp_path) == ("157", [said])


def test_of_an_aws_export_without_manifests_the_newest_folder_counts(tmp_path: Path) -> None:
    for run, cost in (("20260515T010203Z-b", "150"), ("20260516T010203Z-a", "157")):
        put(tmp_path / f"data/{MAY}/{run}/focus-00001.csv", cost)
        put(tmp_path / f"data/{MAY}/{run}/focus-00002.csv", "1")
    total, (said,) = answered(tmp_path)
    assert total == "158"
    assert said.endswith("its 2 files are left out")


def test_each_period_of_an_aws_export_has_its_runs(tmp_path: Path) -> None:
    june = "BILLING_PERIOD=2026-06"
    put(tmp_path / f"data/{MAY}/20260515T010203Z-b/x.csv", "1")
    put(tmp_path / f"data/{june}/20260615T010203Z-b/x.csv", "10", ServiceName="Amazon S3")
    assert answered(tmp_path) == ("11", [])


def test_an_overwritten_aws_export_has_no_runs(tmp_path: Path) -> None:
    put(tmp_path / f"focus/data/{MAY}/focus-00001.csv", "1", ServiceName="Amazon S3")
    put(tmp_path / f"focus/data/{MAY}/focus-00002.csv", "10")
    manifest(
        tmp_path / f"focus/metadata/{MAY}/focus-Manifest.json",
        *(f"focus/data/{MAY}/focus-0000{place}.csv" for place in (1, 2)),
    )
    assert answered(tmp_path) == ("11", [])


def test_a_damaged_manifest_is_refused(tmp_path: Path) -> None:
    put(tmp_path / f"focus/data/{MAY}/focus-00001.csv", "1")
    (tmp_path / f"focus/metadata/{MAY}").mkdir(parents=True)
    path = tmp_path / f"focus/metadata/{MAY}/focus-Manifest.json"
    path.write_text("{")
    with pytest.raises(SourceError, match=r"focus-Manifest\.json: not a manifest of a Data Export"):
        answered(tmp_path)


def azure(folder: Path, submitted: str, cost: str, *, start: str = "2026-05-01", name: str = "daily") -> None:
    """A run of an Azure export, in a folder named by chance as they are."""
    put(folder / "part_0_0001.csv", cost, ProviderName="Microsoft", ServiceName=start)
    body = {
        "exportConfig": {"exportName": name, "resourceId": "/subscriptions/1", "type": "FocusCost"},
        "runInfo": {"runId": folder.name, "submittedTime": submitted, "startDate": f"{start}T00:00:00"},
        "blobs": [{"blobName": f"exports/{name}/20260501-20260531/{folder.name}/part_0_0001.csv"}],
    }
    (folder / "manifest.json").write_text(json.dumps(body))


def test_of_an_azure_export_the_run_submitted_last_counts(tmp_path: Path) -> None:
    azure(tmp_path / "20260501-20260531/f0e1", "2026-05-15T20:01:02.1Z", "150")
    azure(tmp_path / "20260501-20260531/0a1b", "2026-05-16T20:01:02.1Z", "157")
    azure(tmp_path / "20260401-20260430/77aa", "2026-05-05T20:01:02.1Z", "1000", start="2026-04-01")
    total, (said,) = answered(tmp_path)
    assert total == "1157"
    assert said.startswith("20260501-20260531/f0e1 is an older run of the export that 20260501-20260531/0a1b/part_0")


def test_other_azure_exports_are_others(tmp_path: Path) -> None:
    azure(tmp_path / "a", "2026-05-15T20:01:02.1Z", "1")
    azure(tmp_path / "b", "2026-05-16T20:01:02.1Z", "10", name="other")
    total, _ = answered(tmp_path)
    assert total == "11"


def test_a_manifest_of_something_else_says_nothing(tmp_path: Path) -> None:
    put(tmp_path / "a/x.csv", "1")
    (tmp_path / "a/manifest.json").write_text('{"version": 3}')
    assert answered(tmp_path) == ("1", [])


REPEATED = [
    ("run-a_2026-05-15.csv", "run-b_2026-05-16.csv"),
    ("2026-05-15/costs.csv", "2026-05-16/costs.csv"),
    ("f0e1/part_0_0001.csv", "0a1b/part_0_0001.csv"),
    ("costs.2026-05-15.parquet", "costs.2026-05-16.parquet"),
    ("costs-20260515T0102Z.csv", "costs-20260516T0102Z.csv"),
    ("old/costs.parquet", "costs.parquet"),
]


@pytest.mark.parametrize("names", REPEATED)
def test_files_with_the_same_charges_are_named(tmp_path: Path, names: tuple[str, str]) -> None:
    put(tmp_path / names[0], "150")
    put(tmp_path / names[1], "157", "1")
    total, (said,) = answered(tmp_path)
    assert total == "308"
    one, other = sorted(names)
    assert said.startswith(f"{one} and {other} hold the same charges")


def test_many_files_with_the_same_charges_are_one_warning(tmp_path: Path) -> None:
    for day in range(10, 20):
        put(tmp_path / f"2026-05-{day}.csv", str(day))
    _, (said,) = answered(tmp_path)
    assert said.startswith("2026-05-10.csv and 2026-05-19.csv and 8 more hold the same charges")


DIFFERENT = {
    "days": {"ChargePeriodStart": "2026-05-16T00:00:00Z"},
    "accounts": {"SubAccountId": "444455556666"},
    "resources": {"ResourceId": "i-2"},
    "tags": {"Tags": '{"team": "shop"}'},
}


@pytest.mark.parametrize("columns", DIFFERENT.values(), ids=DIFFERENT)
def test_files_with_other_charges_are_added_up_in_silence(tmp_path: Path, columns: dict[str, str]) -> None:
    put(tmp_path / "2026-05-15.csv", "1", ResourceId="i-1")
    put(tmp_path / "2026-05-16.csv", "10", **{"ResourceId": "i-1", **columns})
    assert answered(tmp_path) == ("11", [])


def test_parts_of_one_run_are_not_compared(tmp_path: Path) -> None:
    names = (
        "part-00000-7c1-c000.snappy.parquet",
        "part-00001-7c1-c000.snappy.parquet",
        "part-00002-7c1-c000.snappy.parquet",
    )
    for name in names:
        put(tmp_path / name, "1")
    assert answered(tmp_path) == ("3", [])


def test_a_few_common_charges_are_no_repetition(tmp_path: Path) -> None:
    for day in ("15", "16"):
        rows = [charge("1", ResourceId=f"i-{place}-{day if place else 0}") for place in range(3)]
        write_focus(tmp_path / f"2026-05-{day}.csv", *rows)
    assert answered(tmp_path) == ("6", [])


def test_the_warning_does_not_depend_on_what_is_asked_for(tmp_path: Path) -> None:
    put(tmp_path / "2026-05-15.csv", "150")
    put(tmp_path / "2026-05-16.csv", "157")
    query = CostQuery("BilledCost", None, None, filters=(Filter(SERVICE, ("Nope",)),))
    assert len(FocusFiles([str(tmp_path)]).fetch(query).warnings) == 1

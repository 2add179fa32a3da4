"""Only the newest complete run of an export counts."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from taggov.costs.sources.base import SourceError
from tests.support.focus_runs import MAY, answered, manifest, put


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


def test_folders_without_a_time_are_no_runs(tmp_path: Path) -> None:
    put(tmp_path / f"data/{MAY}/east/x.csv", "1", ServiceName="Amazon S3")
    put(tmp_path / f"data/{MAY}/west/x.csv", "10")
    assert answered(tmp_path) == ("11", [])


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


NOT_HERE = "-Manifest.json lists 1 file that is not here: costs are missing"


def test_a_file_that_a_manifest_lists_is_missed(tmp_path: Path) -> None:
    run = f"focus/data/{MAY}/20260515T010203Z-b"
    put(tmp_path / run / "focus-00001.csv", "100")
    path = f"focus/metadata/{MAY}/20260515T010203Z-b/focus"
    manifest(tmp_path / f"{path}-Manifest.json", f"{run}/focus-00001.csv", f"{run}/focus-00002.csv")
    assert answered(tmp_path) == ("100", [path + NOT_HERE])


def test_files_that_were_unpacked_are_those_of_the_manifest(tmp_path: Path) -> None:
    put(tmp_path / f"focus/data/{MAY}/focus-00001.csv", "1")
    manifest(tmp_path / f"focus/metadata/{MAY}/focus-Manifest.json", f"focus/data/{MAY}/focus-00001.csv.gz")
    assert answered(tmp_path) == ("1", [])


def test_a_file_that_lies_here_packed_too_counts_as_the_manifest_has_it(tmp_path: Path) -> None:
    run = f"focus/data/{MAY}"
    path = put(tmp_path / run / "focus-00001.csv", "1")
    packed = path.with_name(f"{path.name}.gz")
    packed.write_bytes(gzip.compress(put(tmp_path / "x.csv", "10").read_bytes()))
    (tmp_path / "x.csv").unlink()
    for listed, total, left, other, form in (
        (packed.name, "10", path.name, packed.name, "unpacked"),
        (path.name, "1", packed.name, path.name, "packed"),
    ):
        manifest(tmp_path / f"focus/metadata/{MAY}/focus-Manifest.json", f"{run}/{listed}")
        assert answered(tmp_path) == (total, [f"{run}/{left} is {run}/{other} {form}: it is left out"])
        assert answered(tmp_path / run / left)[1] == []


def test_a_file_alone_is_what_was_asked_for(tmp_path: Path) -> None:
    names = [f"focus/data/{MAY}/focus-0000{place}.csv" for place in (1, 2)]
    for name in names:
        put(tmp_path / name, "1")
    manifest(tmp_path / f"focus/metadata/{MAY}/focus-Manifest.json", *names)
    assert answered(tmp_path / names[0]) == ("1", [])


def test_the_newest_complete_run_counts(tmp_path: Path) -> None:
    for run, cost, files in (("20260515T010203Z-b", "150", 1), ("20260516T010203Z-a", "10", 2)):
        put(tmp_path / f"focus/data/{MAY}/{run}/focus-00001.csv", cost)
        manifest(
            tmp_path / f"focus/metadata/{MAY}/{run}/focus-Manifest.json",
            *(f"focus/data/{MAY}/{run}/focus-0000{place + 1}.csv" for place in range(files)),
        )
    total, (absent, left) = answered(tmp_path)
    assert total == "150"
    assert absent == f"focus/metadata/{MAY}/20260516T010203Z-a/focus{NOT_HERE}"
    assert left.startswith(f"focus/data/{MAY}/20260516T010203Z-a is an incomplete run of the export")


def test_without_the_run_of_the_newest_manifest_the_newest_folder_counts(tmp_path: Path) -> None:
    for run, cost in (("20260515T010203Z-b", "150"), ("20260516T010203Z-a", "157")):
        put(tmp_path / f"focus/data/{MAY}/{run}/focus-00001.csv", cost)
    path, run = f"focus/metadata/{MAY}/20260517T010203Z-c", f"focus/data/{MAY}/20260517T010203Z-c"
    manifest(tmp_path / path / "focus-Manifest.json", f"{run}/focus-00001.csv")
    total, (absent, left) = answered(tmp_path)
    assert total == "157"
    assert absent == f"{path}/focus{NOT_HERE}"
    assert left.startswith(f"focus/data/{MAY}/20260515T010203Z-b is an older run of the export")


def azure(
    folder: Path,
    submitted: str,
    cost: str,
    *,
    start: str = "2026-05-01",
    name: str = "daily",
    parts: int = 1,
    here: int = 1,
) -> None:
    """A run of an Azure export, in a folder named by chance as they are; some of its parts may not be here."""
    for part in range(here):
        put(folder / f"part_{part}_0001.csv", cost, ProviderName="Microsoft", ServiceName=start)
    folder.mkdir(parents=True, exist_ok=True)
    body = {
        "exportConfig": {"exportName": name, "resourceId": "/subscriptions/1", "type": "FocusCost"},
        "runInfo": {"runId": folder.name, "submittedTime": submitted, "startDate": f"{start}T00:00:00"},
        "blobs": [
            {"blobName": f"exports/{name}/20260501-20260531/{folder.name}/part_{part}_0001.csv"}
            for part in range(parts)
        ],
    }
    (folder / "manifest.json").write_text(json.dumps(body))


def test_of_an_azure_export_the_run_submitted_last_counts(tmp_path: Path) -> None:
    azure(tmp_path / "20260501-20260531/f0e1", "2026-05-15T20:01:02.1Z", "150")
    azure(tmp_path / "20260501-20260531/0a1b", "2026-05-16T20:01:02.1Z", "157")
    azure(tmp_path / "20260401-20260430/77aa", "2026-05-05T20:01:02.1Z", "1000", start="2026-04-01")
    total, (said,) = answered(tmp_path)
    assert total == "1157"
    assert said.startswith("20260501-20260531/f0e1 is an older run of the export that 20260501-20260531/0a1b/part_0")


@pytest.mark.parametrize("here", [0, 1])
def test_of_an_azure_export_the_newest_complete_run_counts(tmp_path: Path, here: int) -> None:
    folder = tmp_path / "20260501-20260531"
    azure(folder / "f0e1", "2026-05-15T20:01:02.1Z", "75", parts=2, here=2)
    azure(folder / "0a1b", "2026-05-16T20:01:02.1Z", "10", parts=2, here=here)
    total, said = answered(tmp_path)
    files = "2 files that are" if here == 0 else "1 file that is"
    assert total == "150"
    assert said[0] == f"20260501-20260531/0a1b/manifest.json lists {files} not here: costs are missing"
    assert [its.partition(" of the")[0] for its in said[1:]] == ["20260501-20260531/0a1b is an incomplete run"] * here


def test_other_azure_exports_are_others(tmp_path: Path) -> None:
    azure(tmp_path / "a", "2026-05-15T20:01:02.1Z", "1")
    azure(tmp_path / "b", "2026-05-16T20:01:02.1Z", "10", name="other")
    total, _ = answered(tmp_path)
    assert total == "11"


def test_a_manifest_of_something_else_says_nothing(tmp_path: Path) -> None:
    put(tmp_path / "a/x.csv", "1")
    (tmp_path / "a/manifest.json").write_text('{"version": 3}')
    assert answered(tmp_path) == ("1", [])


def test_of_an_azure_export_a_file_that_lies_here_packed_too_counts_once(tmp_path: Path) -> None:
    azure(tmp_path / "a", "2026-05-15T20:01:02.1Z", "1")
    path = tmp_path / "a/part_0_0001.csv"
    path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(path.read_bytes()))
    assert answered(tmp_path) == ("1", ["a/part_0_0001.csv.gz is a/part_0_0001.csv packed: it is left out"])


def test_a_folder_beside_another_month_of_an_azure_export_is_read(tmp_path: Path) -> None:
    azure(tmp_path / "may", "2026-05-15T20:01:02.1Z", "1")
    azure(tmp_path / "june", "2026-06-15T20:01:02.1Z", "10", start="2026-06-01")
    put(tmp_path / "plain/x.csv", "100")
    assert answered(tmp_path / "may") == ("1", [])
    assert answered(tmp_path / "plain") == ("100", [])


def test_a_folder_of_months_is_read_though_one_has_a_manifest_alone(tmp_path: Path) -> None:
    azure(tmp_path / "may", "2026-05-15T20:01:02.1Z", "1")
    azure(tmp_path / "june", "2026-06-15T20:01:02.1Z", "10", start="2026-06-01", here=0)
    assert answered(tmp_path) == ("1", [])


def test_a_manifest_that_can_not_be_read_says_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    azure(tmp_path / "a", "2026-05-15T20:01:02.1Z", "1")
    refused = tmp_path / "b/manifest.json"
    azure(refused.parent, "2026-05-16T20:01:02.1Z", "10", here=0)
    read = Path.read_bytes

    def denied(path: Path) -> bytes:
        if path == refused:
            raise PermissionError
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", denied)
    assert answered(tmp_path) == ("1", [])


def test_newer_runs_are_known_by_their_manifests_at_any_depth(tmp_path: Path) -> None:
    folder = tmp_path / "daily/20260501-20260531"
    azure(folder / "202605150102/f0e1", "2026-05-15T20:01:02.1Z", "150")
    azure(folder / "202605160102/0a1b", "2026-05-16T20:01:02.1Z", "157", here=0)
    said = "lists 1 file that is not here: costs are missing"
    assert answered(tmp_path)[1] == [f"daily/20260501-20260531/202605160102/0a1b/manifest.json {said}"]
    for pattern in ("**", "**/*.csv", "daily/*/*/*/*.csv"):
        total, (notice,) = answered(tmp_path / pattern)
        assert (total, notice.endswith(f"0a1b/manifest.json {said}")) == ("150", True)


@pytest.mark.parametrize("named", ["b", "b/part_0_0001.csv", "b/*.csv", "[b]/*"])
def test_runs_that_nobody_named_are_not_told_of(tmp_path: Path, named: str) -> None:
    azure(tmp_path / "b", "2026-05-15T20:01:02.1Z", "150")
    azure(tmp_path / "c", "2026-05-16T20:01:02.1Z", "157", here=0)
    assert answered(tmp_path / named) == ("150", [])


def test_runs_in_folders_of_work_in_progress_are_not_told_of(tmp_path: Path) -> None:
    azure(tmp_path / "b", "2026-05-15T20:01:02.1Z", "150")
    azure(tmp_path / "_temporary/c", "2026-05-16T20:01:02.1Z", "157", here=0)
    assert answered(tmp_path) == ("150", [])

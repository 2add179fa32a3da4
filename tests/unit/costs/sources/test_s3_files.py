"""FOCUS files in S3: objects that an address matches, downloads and their cache."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber
from moto import mock_aws

from cost_allocation.exact import text
from cost_allocation.query import CostQuery
from taggov.costs.sources.base import SourceError
from taggov.costs.sources.focus.files import FocusFiles
from taggov.costs.sources.focus.s3 import S3Files
from tests.support.focus import charge, write_focus
from tests.support.focus_parquet import write_parquet

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

BUCKET = "bills"
MAY = "BILLING_PERIOD=2026-05"


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[S3Client]:
    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        client = boto3.client("s3")
        client.create_bucket(Bucket=BUCKET)
        yield client


@pytest.fixture
def put(s3: S3Client, tmp_path: Path) -> Put:
    return Put(s3, tmp_path)


class Put:
    """Writes objects of one row each."""

    def __init__(self, client: S3Client, folder: Path) -> None:
        self._client = client
        self._folder = folder

    def __call__(self, key: str, cost: str) -> None:
        write = write_parquet if key.endswith(".parquet") else write_focus
        body = write(self._folder / "written", charge(cost)).read_bytes()
        self._client.put_object(Bucket=BUCKET, Key=key, Body=body)

    def manifest(self, key: str, *files: str, bucket: str = BUCKET) -> None:
        body = json.dumps({"executionId": "1", "dataFiles": [f"s3://{bucket}/{file}" for file in files]})
        self._client.put_object(Bucket=BUCKET, Key=key, Body=body.encode())


@pytest.fixture
def source(s3: S3Client, tmp_path: Path) -> Source:
    return Source(s3, tmp_path / "copies")


class Source:
    """Opens addresses, and records downloads."""

    def __init__(self, client: S3Client, folder: Path) -> None:
        self.folder = folder
        self.bytes: list[tuple[int, int | None]] = []
        self.files = S3Files(client, folder, lambda done, total, _: self.bytes.append((done, total)))

    def answered(self, *paths: str) -> tuple[str, list[str]]:
        """Return the total and the warnings, without the name of the bucket."""
        table = FocusFiles([f"s3://{BUCKET}/{path}" for path in paths], s3=self.files).fetch(
            CostQuery("BilledCost", None, None)
        )
        (row,) = table.rows
        return text(row.cost), [warning.replace(f"s3://{BUCKET}/", "") for warning in table.warnings]

    def total(self, path: str) -> str:
        return self.answered(path)[0]


@pytest.mark.parametrize(
    ("path", "total"),
    [
        ("costs/a.csv", "1"),
        ("costs", "111"),
        ("costs/", "111"),
        ("", "1111"),
        ("costs/*", "1"),
        ("costs/*.csv", "1"),
        ("costs/**/*.csv", "11"),
        ("costs/**", "111"),
        ("c*/deep/?.csv", "10"),
        ("**/*.parquet", "100"),
    ],
)
def test_an_address_is_an_object_a_prefix_or_a_pattern(put: Put, source: Source, path: str, total: str) -> None:
    put("costs/a.csv", "1")
    put("costs/deep/b.csv", "10")
    put("costs/deep/er/c.parquet", "100")
    put("costs-old/d.csv", "1000")
    put("costs/readme.md", "9")
    assert source.total(path) == total


def test_an_object_is_known_by_its_address(put: Put, source: Source) -> None:
    put("costs/a.csv", "x")
    with pytest.raises(SourceError, match=r"s3://bills/costs/a\.csv, line 2: BilledCost is 'x'"):
        source.total("costs")


def test_objects_and_local_files_are_one_table(put: Put, source: Source, tmp_path: Path) -> None:
    put("a.parquet", "1")
    local = write_focus(tmp_path / "b.csv", charge("2"))
    table = FocusFiles([f"s3://{BUCKET}/a.parquet", str(local)], s3=source.files).fetch(
        CostQuery("BilledCost", None, None)
    )
    assert [text(row.cost) for row in table.rows] == ["3"]
    assert table.source == "s3://bills/a.parquet and 1 more file"


def test_what_did_not_change_is_fetched_once(put: Put, source: Source) -> None:
    put("a.csv", "1")
    put("b.csv", "2")
    assert source.total("") == "3"
    done, total = source.bytes[-1]
    assert done == total
    source.bytes.clear()
    assert source.total("") == "3"
    assert source.bytes == []


def test_an_object_that_changed_takes_the_place_of_its_copy(put: Put, source: Source, tmp_path: Path) -> None:
    put("a.csv", "1")
    source.total("a.csv")
    put("a.csv", "5")
    assert source.total("a.csv") == "5"
    assert len([path for path in (tmp_path / "copies").rglob("*") if path.is_file()]) == 1


def test_copies_are_for_nobody_else(put: Put, source: Source, tmp_path: Path) -> None:
    put("a.csv", "1")
    source.total("a.csv")
    assert (tmp_path / "copies").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("path", ["exports/focus", f"exports/focus/data/{MAY}", "exports/focus/data/**/*.parquet"])
def test_of_an_export_only_the_files_of_the_newest_manifest_count(put: Put, source: Source, path: str) -> None:
    for run, cost in (("run1", "1"), ("run2", "10")):
        put(f"exports/focus/data/{MAY}/{run}/f-00001.snappy.parquet", cost)
        put.manifest(
            f"exports/focus/metadata/{MAY}/{run}/focus-Manifest.json",
            f"exports/focus/data/{MAY}/{run}/f-00001.snappy.parquet",
        )
    assert source.total(path) == "10"


def test_of_an_export_without_manifests_the_newest_folder_counts_and_is_fetched(put: Put, source: Source) -> None:
    run = f"focus/data/{MAY}"
    for time, cost in (("20260515T010203Z-b", "150"), ("20260516T010203Z-a", "157")):
        put(f"{run}/{time}/f-00001.csv", cost)
    said = (
        f"{run}/20260515T010203Z-b is an older run of the export that {run}/20260516T010203Z-a/f-00001.csv is of: "
        "its file is left out"
    )
    assert source.answered("focus") == ("157", [said])
    assert len([path for path in source.folder.rglob("*") if path.is_file()]) == 1


def test_the_newest_run_whose_objects_are_all_there_counts(put: Put, source: Source) -> None:
    run = f"focus/data/{MAY}"
    for time, cost, files in (("20260515T010203Z-b", "150", 1), ("20260516T010203Z-a", "10", 2)):
        put(f"{run}/{time}/f-00001.csv", cost)
        put.manifest(
            f"focus/metadata/{MAY}/{time}/focus-Manifest.json",
            *(f"{run}/{time}/f-0000{place + 1}.csv" for place in range(files)),
        )
    total, (absent, left) = source.answered("focus")
    assert total == "150"
    assert absent.startswith(f"focus/metadata/{MAY}/20260516T010203Z-a/focus-Manifest.json lists 1 file that is not")
    assert left.startswith(f"{run}/20260516T010203Z-a is an incomplete run of the export")


def test_runs_named_by_several_addresses_are_runs_of_one_export(put: Put, source: Source) -> None:
    runs = [f"focus/data/{MAY}/{time}" for time in ("20260515T010203Z-b", "20260516T010203Z-a")]
    for run, cost in zip(runs, ("150", "157"), strict=True):
        put(f"{run}/f-00001.csv", cost)
        put.manifest(run.replace("/data/", "/metadata/") + "/focus-Manifest.json", f"{run}/f-00001.csv")
    total, (left,) = source.answered(*runs)
    assert total == "157"
    assert left.startswith(f"{runs[0]} is an older run of the export")


def test_the_objects_of_a_period_are_listed_once_for_all_its_manifests(put: Put, source: Source, s3: S3Client) -> None:
    listed: list[str] = []
    s3.meta.events.register(
        "provide-client-params.s3.ListObjectsV2", lambda params, **_: listed.append(params["Prefix"])
    )
    for day in (14, 15, 16):
        run = f"focus/data/{MAY}/202605{day}T010203Z-a"
        put(f"{run}/f-00001.csv", str(day))
        put.manifest(run.replace("/data/", "/metadata/") + "/focus-Manifest.json", f"{run}/f-00001.csv")
    put.manifest(f"focus/metadata/{MAY}/20260517T010203Z-a/focus-Manifest.json", f"focus/data/{MAY}/gone.csv")
    assert source.answered(f"focus/data/{MAY}/20260514T010203Z-a")[0] == "14"
    assert listed.count(f"focus/data/{MAY}/") == 1


def test_an_object_alone_is_what_was_asked_for(put: Put, source: Source) -> None:
    keys = [f"focus/data/{MAY}/f-0000{place}.csv" for place in (1, 2)]
    for key in keys:
        put(key, "1")
    put.manifest(f"focus/metadata/{MAY}/focus-Manifest.json", *keys)
    assert source.answered(keys[0]) == ("1", [])


def test_each_billing_period_has_its_manifest_or_none(put: Put, source: Source) -> None:
    june = "BILLING_PERIOD=2026-06"
    put(f"focus/data/{MAY}/a.csv", "1")
    put(f"focus/data/{MAY}/left-over.csv", "10")
    put(f"focus/data/{june}/b.csv", "100")
    put.manifest(f"focus/metadata/{MAY}/focus-Manifest.json", f"focus/data/{MAY}/a.csv", bucket="before-replication")
    assert source.total("focus") == "101"


def test_a_manifest_without_a_list_of_files_is_refused(put: Put, source: Source, s3: S3Client) -> None:
    put(f"focus/data/{MAY}/a.csv", "1")
    s3.put_object(Bucket=BUCKET, Key=f"focus/metadata/{MAY}/focus-Manifest.json", Body=b"{}")
    with pytest.raises(
        SourceError, match=r"focus-Manifest\.json: not a manifest of a Data Export: it has no dataFiles"
    ):
        source.total("focus")


def test_an_address_without_files_is_refused(put: Put, source: Source) -> None:
    put("notes.txt", "1")
    with pytest.raises(
        SourceError, match=r"no CSV or Parquet object matches s3://bills/ \(\.csv, \.csv\.gz, \.parquet\)"
    ):
        source.total("")


def test_a_bucket_that_does_not_exist_is_named(s3: S3Client, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"^S3 bucket nowhere: there is no such bucket$"):
        FocusFiles(["s3://nowhere/x"], s3=S3Files(s3, tmp_path)).fetch(CostQuery("BilledCost", None, None))


def test_a_bucket_that_may_not_be_listed_names_the_action(s3: S3Client, tmp_path: Path) -> None:
    stub = Stubber(s3)
    stub.add_client_error("list_objects_v2", "AccessDenied")
    with stub, pytest.raises(SourceError, match=r"access denied: .* IAM action s3:ListBucket"):
        S3Files(s3, tmp_path).files("s3://bills/x")


@pytest.mark.parametrize(
    ("operation", "code", "message"),
    [
        ("HeadObject", "403", "Forbidden"),
        ("GetObject", "AccessDenied", "User is not authorized to perform: kms:Decrypt on this resource"),
    ],
)
def test_an_object_that_may_not_be_read_names_the_action_and_the_key(
    put: Put, s3: S3Client, tmp_path: Path, operation: str, code: str, message: str
) -> None:
    put("a.csv", "1")

    def denied(**_: object) -> None:
        raise ClientError({"Error": {"Code": code, "Message": message}}, operation)

    s3.meta.events.register(f"before-call.s3.{operation}", denied)
    with pytest.raises(
        SourceError, match=r"S3 object s3://bills/a\.csv: access denied: .* s3:GetObject, and kms:Decrypt"
    ):
        S3Files(s3, tmp_path / "copies").files("s3://bills/a.csv")
    assert not [path for path in (tmp_path / "copies").rglob("*") if path.is_file()]


def test_a_folder_that_cannot_be_written_is_named(put: Put, s3: S3Client, tmp_path: Path) -> None:
    put("a.csv", "1")
    (tmp_path / "copies").write_text("in the way")
    with pytest.raises(SourceError, match=r"^s3://bills/a\.csv cannot be copied to "):
        S3Files(s3, tmp_path / "copies").files("s3://bills/a.csv")


def test_without_credentials_it_says_how_to_get_some(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    client = boto3.Session(region_name="us-east-1").client("s3")
    with pytest.raises(SourceError, match="no AWS credentials found"):
        S3Files(client, tmp_path).files("s3://bills/x")


def test_without_a_source_of_objects_the_credentials_of_the_environment_serve(
    put: Put, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    put("a.csv", "1")
    (row,) = FocusFiles(["s3://bills/a.csv"]).fetch(CostQuery("BilledCost", None, None)).rows
    assert text(row.cost) == "1"
    assert (tmp_path / "cache" / "taggov" / "focus").is_dir()

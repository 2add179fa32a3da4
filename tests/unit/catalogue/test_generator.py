"""The generator: the same input gives the same file, and its rules hold one by one."""

from __future__ import annotations

import re
import subprocess
import warnings
from pathlib import Path
from typing import Any

import pytest

from tests.support.catalogued import DOCUMENT, PATH, rows
from tools import ROOT
from tools.catalogue import __main__ as command
from tools.catalogue import nouns, overrides
from tools.catalogue.document import Generated, generate, rendered
from tools.catalogue.news import news
from tools.catalogue.report import report
from tools.catalogue.sources import IamReference, ResourceDefinition, versions
from tools.catalogue.terraform import rendered as rendered_terraform
from tools.catalogue.terraform import terraform


@pytest.fixture(scope="module")
def generated() -> Generated:
    installed, pinned = versions(), DOCUMENT["generated_from"]
    assert installed == pinned, f"installed {installed}, but the catalogue is from {pinned}: run make catalogue"
    return generate()


@pytest.fixture(scope="module")
def reference() -> IamReference:
    return IamReference({})


def test_the_committed_files_are_what_the_generator_writes(generated: Generated) -> None:
    assert rendered(generated.document) == PATH.read_text(encoding="utf-8")
    assert rendered_terraform(terraform(generated.document)) == command.TERRAFORM.read_text(encoding="utf-8")
    assert report(generated) == (ROOT / "docs/CATALOGUE-GAPS.md").read_text(encoding="utf-8")


def test_the_check_tells_a_stale_file(
    generated: Generated, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "generate", lambda: generated)
    file, modules, page = tmp_path / "catalogue.json", tmp_path / "modules.json", tmp_path / "gaps.md"
    files = ["--output", str(file), "--terraform", str(modules), "--report", str(page)]

    assert command.main([*files, "--check"]) == 1
    assert f"stale, run make catalogue: {file}, {modules}, {page}" in capsys.readouterr().out
    assert command.main(files) == 0
    assert command.main([*files, "--check"]) == 0
    page.write_text("", encoding="utf-8")
    assert command.main([*files, "--check"]) == 1


def test_the_newest_models_of_aws_are_understood_and_what_they_add_is_said() -> None:
    python = ROOT / ".venv-models/bin/python"
    if not python.exists():
        pytest.skip("the newest models are not installed: make test-unit does it")
    command_line = [str(python), "-m", "tools.catalogue", "--news"]

    printed = subprocess.run(command_line, cwd=ROOT, capture_output=True, text=True, check=True).stdout

    head, *lines = printed.splitlines()
    told = re.fullmatch(r"(\d+) creations added, (\d+) dropped, from (.+) to (.+)", head)
    assert told is not None
    added = [line for line in lines if line.startswith("+ ")]
    known = {f"+ {row.create['event_source']} {row.create['event_name']} {row.type}" for row in rows()}
    assert len(added) == int(told[1])
    assert not known & set(added)
    if told[3] != told[4]:
        warnings.warn(f"AWS has changed since the catalogue was made: {printed}", stacklevel=1)


def test_news_are_what_one_catalogue_has_and_the_other_lacks() -> None:
    def document(version: str, *events: str) -> dict[str, Any]:
        create = [{"event_source": "shop.amazonaws.com", "event_name": event} for event in events]
        return {"generated_from": {"botocore": version}, "types": [{"type": "shop:order", "create": create}]}

    assert news(document("1", "CreateOrder", "OldOrder"), document("2", "CreateOrder", "ImportOrder")) == [
        "1 creations added, 1 dropped, from botocore 1 to botocore 2",
        "+ shop.amazonaws.com ImportOrder shop:order",
        "- shop.amazonaws.com OldOrder shop:order",
    ]


def test_the_report_gives_a_reason_for_everything_left_out(generated: Generated) -> None:
    assert all(row.what and row.reason for row in (*generated.unresolved, *generated.gaps))
    assert "- `ec2.CreateImage ec2:snapshot`: no SnapshotId of its own in it\n" in report(generated)
    assert "- `codebuild:project`: found and reported only: no API writes its tags alone\n" in report(generated)


@pytest.mark.parametrize(
    ("operation", "noun"),
    [
        ("CreateDBSnapshot", "dbsnapshot"),
        ("CreateDistributionWithTags", "distribution"),
        ("CreateAutoMLJobV2", "automljob"),
        ("RestoreDBInstanceFromDBSnapshot", "dbinstance"),
        ("RestoreDBClusterToPointInTime", "dbcluster"),
    ],
)
def test_what_an_operation_is_about(operation: str, noun: str) -> None:
    assert nouns.operation_noun(operation) == noun


@pytest.mark.parametrize(
    ("prefix", "noun", "meant"),
    [
        ("rds", "dbclusterparametergroup", ["cluster-pg"]),
        ("rds", "dbparametergroup", ["pg"]),
        ("rds", "dbinstancereadreplica", ["db"]),
        ("rds", "dbclustersnapshot", ["cluster-snapshot"]),
        ("ec2", "capacityreservationfleet", ["capacity-reservation-fleet"]),
        ("kms", "grant", []),
    ],
)
def test_the_type_that_a_noun_means(prefix: str, noun: str, meant: list[str], reference: IamReference) -> None:
    resources = reference.service(prefix).resources.values()

    assert [resource.name for resource in nouns.closest(noun, resources)] == meant


@pytest.mark.parametrize(
    ("variable", "kinds"),
    [
        ("BucketName", ("name", "identifier")),
        ("VpcId", ("id", "identifier", "uuid")),
        ("Widget", ("name", "identifier")),
        ("HashOfSource", ()),
    ],
)
def test_a_name_never_fills_an_id(variable: str, kinds: tuple[str, ...]) -> None:
    widget = ResourceDefinition("shop", "widget", f"arn:${{Partition}}:shop:::widget/${{{variable}}}", taggable=True)

    assert nouns.kinds_of(variable, widget) == kinds


def test_a_row_of_the_overrides_without_a_reason_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(overrides, "_HERE", tmp_path)
    row = "operations: {s3.CreateBucket: {logs_tags: false}}"
    (tmp_path / "overrides.yaml").write_text(f"services: {{}}\n{row}\ntypes: {{}}\nresources: {{}}\n", encoding="utf-8")

    with pytest.raises(overrides.OverrideError, match=r"s3\.CreateBucket: every row says why"):
        overrides.load_overrides()


def test_a_row_of_the_overrides_with_an_unknown_field_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(overrides, "_HERE", tmp_path)
    row = "operations: {s3.CreateBucket: {because: of this, log_tags: false}}"
    (tmp_path / "overrides.yaml").write_text(f"services: {{}}\n{row}\ntypes: {{}}\nresources: {{}}\n", encoding="utf-8")

    with pytest.raises(overrides.OverrideError, match=r"s3\.CreateBucket: .*log_tags"):
        overrides.load_overrides()

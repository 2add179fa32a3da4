"""checkov over everything Terraform reads: nothing failed, nothing skipped without a reason."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from tools import ROOT
from tools.emulator.terraform import copy_module

CHECKOV = ROOT / ".venv-checkov" / "bin" / "checkov"
# They have no resources of their own, and checkov sees what they call in examples/complete.
CALLERS = (
    "examples/disabled",
    "examples/simple",
    "examples/tooling-account/policies",
    "examples/tooling-account/tooling",
)
SKIP = re.compile(r"checkov:skip=([A-Z0-9_]+)(?::[ \t]*(?P<reason>.*))?")


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    assert CHECKOV.exists(), "checkov has an environment of its own: `make test-static` makes it"
    copy = copy_module(tmp_path_factory.mktemp("checkov") / "module")
    skipped = [argument for folder in CALLERS for argument in ("--skip-path", folder)]
    options = ["--framework", "terraform", "--output", "json", "--quiet", "--compact"]
    done = subprocess.run(
        [str(CHECKOV), "--directory", ".", *options, *skipped],
        cwd=copy,
        env={**os.environ, "LOG_LEVEL": "ERROR"},
        capture_output=True,
        text=True,
        check=False,
    )
    found: dict[str, object] = json.loads(done.stdout)
    return found


def test_no_check_fails(report: dict[str, object]) -> None:
    results = report["results"]
    assert isinstance(results, dict)
    failed = [
        f"{c['check_id']} {c['resource']} ({c['file_path']}): {c['check_name']}" for c in results["failed_checks"]
    ]

    assert failed == []


def test_checkov_read_the_module(report: dict[str, object]) -> None:
    summary = report["summary"]
    assert isinstance(summary, dict)

    assert summary["parsing_errors"] == 0
    assert summary["passed"] > 100


def test_folders_that_are_left_out_have_no_resources() -> None:
    texts = {folder: "".join(path.read_text() for path in (ROOT / folder).glob("*.tf")) for folder in CALLERS}

    assert [folder for folder, text in texts.items() if "module " not in text] == []
    assert [folder for folder, text in texts.items() if re.search(r"^resource ", text, re.MULTILINE)] == []


def test_every_skip_has_a_reason() -> None:
    without = [
        f"{path.relative_to(ROOT)}: {skip.group(1)}"
        for path in _terraform_files()
        for skip in SKIP.finditer(path.read_text())
        if len((skip.group("reason") or "").split()) < 3
    ]

    assert without == []


def _terraform_files() -> list[Path]:
    return [*ROOT.glob("*.tf"), *ROOT.glob("modules/**/*.tf"), *ROOT.glob("examples/**/*.tf")]

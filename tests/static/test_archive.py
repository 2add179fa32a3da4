"""The archive of a release: Terraform finds all it reads, and nobody downloads the test suite (.gitattributes)."""

from __future__ import annotations

import io
import re
import subprocess
import tarfile
from pathlib import Path

import pytest

from tools import ROOT
from tools.emulator.terraform import Terraform

LARGEST_DOWNLOAD_MB = 0.75
EXPECTED = {"docs", "examples", "lambda_src", "modules", "*.md", "*.tf", "LICENSE"}
EXAMPLES = sorted(
    {
        path.parent.relative_to(ROOT).as_posix()
        for path in ROOT.glob("examples/**/versions.tf")
        if ".terraform" not in path.parts
    }
)


@pytest.fixture(scope="module")
def archive() -> bytes:
    """The last commit as `git archive` and GitHub's release downloads have it."""
    command = ["git", "archive", "--worktree-attributes", "--format=tar.gz", "HEAD"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout


@pytest.fixture(scope="module")
def unpacked(archive: bytes, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("archive")
    with tarfile.open(fileobj=io.BytesIO(archive)) as files:
        files.extractall(folder, filter="data")
    return folder


def test_the_download_is_small(archive: bytes) -> None:
    assert len(archive) < LARGEST_DOWNLOAD_MB * 1e6


def test_it_has_what_users_read_and_nothing_else(unpacked: Path) -> None:
    unexpected = {path.name for path in unpacked.iterdir() if not any(path.match(name) for name in EXPECTED)}

    assert unexpected == set()
    assert {"LICENSE", "README.md", "CHANGELOG.md", "UPGRADING.md"} <= {path.name for path in unpacked.iterdir()}


def test_no_test_and_no_tooling_is_in_it(unpacked: Path) -> None:
    inside = [path.relative_to(unpacked).as_posix() for path in unpacked.rglob("*")]
    test = re.compile(r"(^|/)(test_[^/]*|conftest\.py|[^/]+\.tftest\.hcl|requirements[^/]*|pyproject\.toml)$")

    assert [name for name in inside if test.search(name)] == []
    assert {name for name in inside if name.startswith("lambda_src/") and name.count("/") == 1} == {
        "lambda_src/tag_governance"
    }


def test_what_terraform_says_to_read_is_in_it(unpacked: Path) -> None:
    named = {
        page
        for path in unpacked.rglob("*.tf")
        for page in re.findall(r"\bdocs/[A-Z-]+\.md\b", path.read_text(encoding="utf-8"))
    }

    assert named
    assert {page for page in named if not (unpacked / page).is_file()} == set()


@pytest.mark.parametrize("example", EXAMPLES)
def test_example_is_valid_in_the_archive(unpacked: Path, example: str) -> None:
    terraform = Terraform(unpacked / example, {"AWS_REGION": "us-east-1"})
    terraform.init()

    terraform.validate()

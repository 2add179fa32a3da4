"""Versions that docs/COMPATIBILITY.md names are those of the code, of the lock file and of continuous integration."""

from __future__ import annotations

import re
import tomllib

import pytest
import yaml

from tests.support.provider_schema import version
from tools import ROOT

TABLE = {
    cells[0]: cells[1:]
    for line in (ROOT / "docs" / "COMPATIBILITY.md").read_text("utf-8").splitlines()
    if line.startswith("| ") and (cells := [cell.strip() for cell in line.strip("|").split("|")])
}
TESTED = yaml.safe_load((ROOT / ".github" / "workflows" / "test.yml").read_text("utf-8"))["jobs"]["make"]["strategy"]


@pytest.mark.parametrize(
    ("row", "path", "pattern"),
    [
        ("Terraform", "versions.tf", r'required_version = ">= ([\d.]+)"'),
        ("AWS provider", "versions.tf", r'version = ">= (\d+\.\d+)"\n\s*}'),
        ("Python of the function", "modules/remediation/lambda.tf", r'runtime\s*=\s*"python([\d.]+)"'),
    ],
)
def test_what_is_needed_is_what_the_module_asks_for(row: str, path: str, pattern: str) -> None:
    (needed,) = re.findall(pattern, (ROOT / path).read_text("utf-8"))

    assert re.match(rf"{re.escape(needed)}\b", TABLE[row][0])


def test_the_python_of_the_command_line_is_that_of_its_package() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]

    assert project["requires-python"] == ">=" + TABLE["Python of the command line"][0].split()[0]


def test_the_schema_that_was_compared_is_the_one_that_is_named() -> None:
    assert TABLE["AWS provider"][3] == version()


def test_the_provider_that_was_applied_is_that_of_continuous_integration() -> None:
    applied = {row["provider"] for row in TESTED["matrix"]["include"] if row["target"] in ("test", "demo")}

    assert applied == {TABLE["AWS provider"][1]}

"""GitHub: what its workflows run is what make has, with no more rights than they need; its forms can be shown."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tools import ROOT

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
PINNED = re.compile(r"[\w-]+/[\w-]+@v\d+\.\d+\.\d+")
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))


@pytest.fixture(params=WORKFLOWS, ids=lambda path: path.stem)
def workflow(request: pytest.FixtureRequest) -> dict[str, Any]:
    return read(request.param.stem)


def test_there_is_one_to_test_and_one_to_release() -> None:
    assert [path.stem for path in WORKFLOWS] == ["release", "test"]


def test_every_make_target_exists(workflow: dict[str, Any]) -> None:
    called = {
        target
        for job in workflow["jobs"].values()
        for script in scripts(job)
        for word in re.findall(r"\bmake (?:--\w+ )?(\S+)", script)
        for target in ([row["target"] for row in rows(job)] if word == '"$TARGET"' else [word])
    }

    assert called <= TARGETS, called - TARGETS


def test_jobs_read_the_repository_and_only_the_release_writes(workflow: dict[str, Any]) -> None:
    assert workflow["permissions"] == {"contents": "read"}

    assert {name: job["permissions"] for name, job in workflow["jobs"].items() if "permissions" in job} == (
        {"release": {"contents": "write"}} if workflow["name"] == "release" else {}
    )


def test_no_secret_is_left_where_tests_run(workflow: dict[str, Any]) -> None:
    checkouts = [step for step in steps(workflow) if step.get("uses", "").startswith("actions/checkout@")]

    assert checkouts
    assert all(step["with"]["persist-credentials"] is False for step in checkouts)
    assert "secrets" not in str(workflow)
    assert [step["name"] for step in steps(workflow) if "github.token" in str(step)] == (
        ["Create the release"] if workflow["name"] == "release" else []
    )


def test_actions_are_pinned_by_version(workflow: dict[str, Any]) -> None:
    used = {
        value
        for part in [*steps(workflow), *workflow["jobs"].values()]
        if (value := part.get("uses")) and not value.startswith("./")
    }

    assert used
    assert {value for value in used if not PINNED.fullmatch(value)} == set()


def test_scripts_are_shell_that_takes_values_by_environment(workflow: dict[str, Any]) -> None:
    for job in workflow["jobs"].values():
        for script in scripts(job):
            assert "${{" not in script
            subprocess.run(["bash", "-n", "-c", script], check=True)


def test_pushes_to_main_and_pull_requests_are_tested() -> None:
    assert events("test")["push"] == {"branches": ["main"]}
    assert "pull_request" in events("test")

    targets = {row["target"] for row in rows(read("test")["jobs"]["make"])}
    assert targets >= {"test", "demo", "test-terraform"}


def test_the_oldest_terraform_and_both_majors_of_the_provider_are_tried() -> None:
    versions = (ROOT / "versions.tf").read_text("utf-8")
    (terraform,) = re.findall(r'required_version = ">= ([\d.]+)"', versions)
    (provider,) = re.findall(r'version = ">= ([\d.]+)"', re.sub(r"required_version.*", "", versions))
    tried = rows(read("test")["jobs"]["make"])

    assert {"latest"} < {row["terraform"] for row in tried}
    assert any(row["terraform"].startswith(terraform + ".") for row in tried)
    assert any(row["provider"].startswith(provider + ".") for row in tried)
    assert any(row["provider"].startswith("~> 6.") for row in tried)


def test_a_tag_is_checked_and_released_with_its_section_of_the_changelog() -> None:
    assert events("release") == {"push": {"tags": ["v*"]}}
    jobs = read("release")["jobs"]
    assert jobs["test"]["uses"] == "./.github/workflows/test.yml"
    assert "workflow_call" in events("test")
    assert jobs["release"]["needs"] == "test"

    check, notes, create = scripts(jobs["release"])

    assert dry_run(check) == '.venv/bin/python -m tools.release "1.2.3" --tagged'
    script, _, target = notes.partition(" > ")
    assert dry_run(script) == '.venv/bin/python -m tools.release "1.2.3" --notes'
    assert create.startswith('gh release create "$TAG" --verify-tag')
    assert f"--notes-file {target}" in create


@pytest.mark.parametrize(
    "path", sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml")), ids=lambda path: path.stem
)
def test_github_can_show_the_forms_of_issues(path: Path) -> None:
    form = yaml.safe_load(path.read_text("utf-8"))
    fields = [field for field in form["body"] if field["type"] != "markdown"]

    assert form.keys() >= {"name", "description", "body"}
    assert len({field["id"] for field in fields}) == len(fields)
    assert all(field["attributes"]["label"] for field in fields)


def read(name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(Path(ROOT, ".github", "workflows", f"{name}.yml").read_text("utf-8"))
    return found


def events(name: str) -> dict[str, Any]:
    """Read the part named `on`, which YAML 1.1 takes for a boolean."""
    found: dict[str, Any] = {str(key): value for key, value in read(name).items()}["True"]
    return found


def steps(workflow: dict[str, Any]) -> list[dict[str, Any]]:
    return [step for job in workflow["jobs"].values() for step in job.get("steps", [])]


def scripts(job: dict[str, Any]) -> Iterator[str]:
    return (step["run"] for step in job.get("steps", []) if "run" in step)


def rows(job: dict[str, Any]) -> list[dict[str, str]]:
    found: list[dict[str, str]] = job["strategy"]["matrix"]["include"]
    return found


def dry_run(script: str) -> str:
    """Return the last command that make would run."""
    done = subprocess.run(
        ["bash", "-c", script.replace("make ", "make --no-print-directory --dry-run ", 1)],
        cwd=ROOT,
        env={**os.environ, "TAG": "v1.2.3"},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip().splitlines()[-1]

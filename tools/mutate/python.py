"""Mutation of Python by mutmut.

mutmut names a function by the path of its file, so packages stand at the root of its folder, and the copy that it runs
tests in links to them from where they belong.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from tools.checkout import copy_repository
from tools.mutate.workspace import FOLDER, BaselineError, environment

PACKAGES = {"cost_allocation": "lambda_src", "tag_governance": "lambda_src", "taggov": "cli"}
"""Packages that are mutated, and the folder of each."""

TESTS = {
    "cli/taggov/catalogue": ("tests/unit/catalogue", "tests/unit/cli"),
    "cli/taggov/costs": ("tests/unit/costs",),
    "cli/taggov": ("tests/unit/cli",),
    "lambda_src/cost_allocation": ("tests/unit/costs",),
    "lambda_src/tag_governance/decision": ("tests/unit/decision", "tests/unit/remediation"),
    "lambda_src/tag_governance/domain": ("tests/unit/domain", "tests/unit/decision", "tests/unit/remediation"),
    "lambda_src/tag_governance/events": ("tests/unit/events",),
    "lambda_src/tag_governance/reporting": ("tests/unit/reporting",),
    "lambda_src/tag_governance": ("tests/unit/aws", "tests/unit/handlers", "tests/unit/remediation"),
}
"""Tests of a folder; the first that a file lies in counts."""

_CONFIGURATION = """
[tool.mutmut]
source_paths = {packages}
only_mutate = {files}
pytest_add_cli_args = ["-p", "no:terraform"]
pytest_add_cli_args_test_selection = {tests}
"""


def survivors(files: Sequence[str], tests: Sequence[str]) -> Iterator[str]:
    """Mutate the Python files among these; yield each mistake that no test notices, as a diff where a test reaches it.

    Raises:
        BaselineError: a test fails although nothing is mutated.
    """
    wanted = [file for file in files if file.endswith(".py") and tests_of(file)]
    if not wanted:
        return
    selection = sorted(set(tests) or {test for file in wanted for test in tests_of(file)})
    folder = _prepare(FOLDER / "python", wanted, selection)
    done = _mutmut(folder, "run", "--max-children", str(os.cpu_count() or 1))
    if done.returncode != 0:
        raise BaselineError("\n".join(done.stdout.replace("\r", "\n").splitlines()[-30:]))
    for line in _mutmut(folder, "results").stdout.splitlines():
        name, _, status = line.strip().partition(": ")
        if status == "survived":
            yield _mutmut(folder, "show", name).stdout
        elif status == "no tests":
            yield f"# {name}: no test reaches it"


def tests_of(file: str) -> tuple[str, ...]:
    """List the tests of a file; none where it is not mutated."""
    return next((tests for folder, tests in TESTS.items() if file.startswith(folder + "/")), ())


def _prepare(folder: Path, files: Sequence[str], tests: Sequence[str]) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    run = copy_repository(folder / "mutants")
    for package, parent in PACKAGES.items():
        (run / parent / package).rename(folder / package)
        (run / parent / package).symlink_to(Path("..") / package)
    names = [file.split("/", 1)[1] for file in files]
    configuration = _CONFIGURATION.format(packages=[*PACKAGES], files=names, tests=[*tests])
    (folder / "pyproject.toml").write_text((run / "pyproject.toml").read_text() + configuration)
    return folder


def _mutmut(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "mutmut", *arguments],
        cwd=folder,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )

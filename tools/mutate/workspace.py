"""A copy of the repository to put mistakes into."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tools import ROOT, WORK

FOLDER = WORK / "mutation"

_PYTEST = ("-m", "pytest", "-x", "-q")


class BaselineError(Exception):
    """Error when tests fail although nothing was mutated. The message is the end of what they printed."""


def copy_repository(destination: Path) -> Path:
    """Copy what git knows and does not ignore to a fresh folder."""
    shutil.rmtree(destination, ignore_errors=True)
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    for name in filter(None, os.fsdecode(listed.stdout).split("\0")):
        source, target = ROOT / name, destination / name
        if source.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)
    return destination


def environment() -> dict[str, str]:
    """Return the environment of the tests, in which hypothesis tries the same examples each time."""
    return {**os.environ, "CI": "1"}


def run_tests(folder: Path, *tests: str) -> str | None:
    """Run tests in a copy; return the end of what they printed where one fails, None where all pass."""
    done = subprocess.run(
        [sys.executable, *_PYTEST, *tests], cwd=folder, env=environment(), capture_output=True, text=True, check=False
    )
    return None if done.returncode == 0 else "\n".join((done.stdout + done.stderr).splitlines()[-30:])

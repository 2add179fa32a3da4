"""Folder, environment and runs of the tests that have to notice a mistake."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tools import WORK

FOLDER = WORK / "mutation"

_PYTEST = ("-m", "pytest", "-x", "-q")


class BaselineError(Exception):
    """Error when tests fail although nothing was mutated. The message is the end of what they printed."""


def environment() -> dict[str, str]:
    """Return the environment of the tests, in which hypothesis tries the same examples each time."""
    inherited = {name: value for name, value in os.environ.items() if name != "PYTEST_ADDOPTS"}
    # A mistake of the same length, made in the same second, would not be compiled.
    return {**inherited, "CI": "1", "PYTHONDONTWRITEBYTECODE": "1"}


def run_tests(folder: Path, *tests: str) -> str | None:
    """Run tests in a copy; return the end of what they printed where one fails, None where all pass."""
    done = subprocess.run(
        [sys.executable, *_PYTEST, *tests], cwd=folder, env=environment(), capture_output=True, text=True, check=False
    )
    return None if done.returncode == 0 else "\n".join((done.stdout + done.stderr).splitlines()[-30:])

"""Format, lint and types of everything that is written by hand."""

from __future__ import annotations

import ast
import subprocess
import sys

from tools import ROOT
from tools.emulator.terraform import Terraform
from tools.measure.python import SLOW_OPENINGS, openings


def test_terraform_is_formatted() -> None:
    # fmt prints what is not as it should be, and skips hidden folders
    assert Terraform(ROOT, {}).run("fmt", "-check", "-diff", "-recursive") == ""


def test_python_is_formatted() -> None:
    run("ruff", "format", "--check", "--diff", ".")


def test_python_has_no_lint() -> None:
    run("ruff", "check", ".")


def test_python_is_typed() -> None:
    run("mypy")


def run(*command: str) -> None:
    done = subprocess.run([sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True, check=False)
    # mypy lists every overload of a client in notes
    told = "\n".join(line for line in (done.stdout + done.stderr).splitlines() if ": note: " not in line)
    assert done.returncode == 0, told


def test_docstrings_say_first_what_something_does_or_is() -> None:
    paths = [path for folder in ("lambda_src", "cli", "tools", "tests") for path in (ROOT / folder).rglob("*.py")]
    words = {word.strip(",.:") for path in paths for word in openings(ast.parse(path.read_text("utf-8")))}

    assert words
    assert not words & SLOW_OPENINGS

"""The command line in this process."""

from __future__ import annotations

import json
from typing import Any

from typer.testing import CliRunner, Result

from taggov.main import app


def taggov(*arguments: str, stdin: str | bytes | None = None, width: int | None = None) -> Result:
    """Run `taggov` with these arguments, its output in a pipe; a crash is the test's own failure.

    Args:
        width: of the terminal; a pipe has none.
    """
    # Test runners say how wide their terminal is.
    environment = {"COLUMNS": None if width is None else str(width)}
    return CliRunner().invoke(app, arguments, input=stdin, env=environment, catch_exceptions=False)


def json_lines(result: Result) -> list[dict[str, Any]]:
    """Read what a command printed, a JSON document a line."""
    return [json.loads(line) for line in result.stdout.splitlines()]


def asked(*arguments: str, code: int = 0) -> dict[str, Any]:
    """Ask `taggov costs`, and read what it prints as JSON."""
    result = taggov("costs", *arguments, "--json")
    assert result.exit_code == code, result.stderr
    document: dict[str, Any] = json.loads(result.stdout)
    return document


def shown(*arguments: str) -> str:
    """Ask `taggov costs`, and give what it prints for people."""
    result = taggov("costs", *arguments)
    assert result.exit_code == 0, result.stderr
    return result.stdout

"""The command line in this process."""

from __future__ import annotations

import json
from typing import Any

from typer.testing import CliRunner, Result

from taggov.main import app


def taggov(*arguments: str, stdin: str | bytes | None = None) -> Result:
    """Run `taggov` with these arguments, its output in a pipe; a crash is the test's own failure."""
    # Test runners say how wide their terminal is.
    return CliRunner().invoke(app, arguments, input=stdin, env={"COLUMNS": None}, catch_exceptions=False)


def json_lines(result: Result) -> list[dict[str, Any]]:
    """What a command printed, a JSON document a line."""
    return [json.loads(line) for line in result.stdout.splitlines()]

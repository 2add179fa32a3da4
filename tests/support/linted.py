"""Consumers' configurations for `taggov lint`."""

from __future__ import annotations

import json
import textwrap
from pathlib import Path
from typing import Any

from tests.support.command_line import taggov

SOURCE = "git::https://git.example.com/terraform-aws-tag-governance.git?ref=v1.0.0"


def write(folder: Path, files: dict[str, str]) -> Path:
    """Write files into a folder; the first line of each may be blank."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text).removeprefix("\n"), encoding="utf-8")
    return folder


def call(arguments: str, source: str = SOURCE) -> str:
    """Write a module block; the arguments begin on its third line."""
    body = textwrap.indent(textwrap.dedent(arguments).strip("\n"), "  ")
    return f'module "tag_governance" {{\n  source = "{source}"\n{body}\n}}\n'


def found(folder: Path, *options: str) -> list[tuple[str, int, str, str]]:
    """Lint a folder with `--json`, and list file, line, rule and subject of each finding."""
    result = taggov("lint", str(folder), "--json", *options)
    document: dict[str, Any] = json.loads(result.stdout)
    assert document["errors"] == [], document["errors"]
    assert result.exit_code == (1 if document["findings"] else 0)
    return [
        (Path(one["file"]).relative_to(folder).as_posix(), one["line"], one["rule"], one["subject"])
        for one in document["findings"]
    ]

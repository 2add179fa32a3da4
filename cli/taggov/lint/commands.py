"""The command `taggov lint`."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from cost_allocation import query
from cost_allocation.rules.model import Rules
from taggov.costs.rules.file import RulesFileError, read_rules_file
from taggov.lint.checks import findings
from taggov.lint.configuration import Folder, folders, read_folder
from taggov.lint.context import CallContext
from taggov.lint.findings import Finding
from taggov.lint.recognition import interface_of_call, is_named
from taggov.lint.syntax import NotTerraform
from taggov.terminal import ExitCode, exit_with_error, one_line, print_notice

_RULES = "allocation_rules.yaml"
_IGNORED = "taggov:ignore"


def lint(
    paths: Annotated[
        list[Path], typer.Argument(metavar="DIR...", help="Folders, including subfolders. A file means its folder.")
    ],
    rules: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help=f"Cost rules; {_RULES} in the folder when left out. May be repeated."),
    ] = None,
    var_file: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="Values of variables, as for terraform plan. May be repeated."),
    ] = None,
    ends_within: Annotated[
        int, typer.Option(metavar="DAYS", min=0, help="Name exemptions that end within so many days.")
    ] = 30,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Find mistakes in a configuration that Terraform accepts silently, and settings without effect.

    Finds unknown fields, tag keys that look like typos, overrides and scopes without effect, unused tags, and
    exemptions that end. Exits with 1 if something is found, with 2 if a file cannot be read.
    """
    report = _Report()
    try:
        for folder in _folders(paths):
            read = read_folder(folder, var_file or ())
            cost_tags = _cost_tags(rules or [path for path in [folder / _RULES] if path.is_file()])
            calls = _check(read, report, cost_tags, ends_within)
            # What cannot be read in a folder that nobody asked for, and that has none of our calls, concerns others.
            concerned = calls or any(folder in (path, path.parent) for path in paths)
            report.problems += [one for one in read.problems if concerned or is_named(one.text)]
    except OSError as error:
        exit_with_error(f"{error.filename}: {error.strerror}")
    if as_json:
        typer.echo(json.dumps(report.document, indent=2))
    else:
        for finding in report.sorted:
            typer.echo(one_line(finding.line))
    for problem in report.problems:
        print_notice(str(problem))
    if not report.calls and not report.problems:
        print_notice(f"no call of the tag governance module in {', '.join(map(str, paths))}")
    raise typer.Exit(ExitCode.USAGE if report.problems else ExitCode.FOUND if report.findings else ExitCode.OK)


@dataclass
class _Report:
    findings: list[Finding] = field(default_factory=list)
    problems: list[NotTerraform] = field(default_factory=list)
    calls: int = 0

    @property
    def sorted(self) -> list[Finding]:
        """Distinct findings in order."""
        return sorted(set(self.findings), key=lambda found: (found.place, found.subject, found.rule))

    @property
    def document(self) -> dict[str, Any]:
        errors = [{"file": one.place.file, "line": one.place.line, "message": one.message} for one in self.problems]
        return {
            "version": 1,
            "calls": self.calls,
            "findings": [finding.document for finding in self.sorted],
            "errors": errors,
        }


def _check(read: Folder, report: _Report, cost_tags: Collection[str] | None, ends_within: int) -> int:
    """Add the findings of a folder. Return the number of calls of the module."""
    today = datetime.now(UTC).date()
    blocks = set()
    for call in read.calls:
        interface = interface_of_call(call)
        if interface is not None:
            blocks.add(call.place)
            checked = CallContext(call, interface, cost_tags, today, ends_within)
            report.findings += [finding for finding in findings(checked) if not _is_ignored(finding)]
    report.calls += len(blocks)
    return len(blocks)


def _folders(paths: Sequence[Path]) -> list[Path]:
    for path in paths:
        if not path.exists():
            exit_with_error(f"{path}: no such file or folder")
    found = list(folders(paths))
    # Files may be variable files without configuration, but a named folder must have some.
    if not found and any(path.is_dir() for path in paths):
        exit_with_error(f"no Terraform files (*.tf, *.tf.json) in {', '.join(map(str, paths))}")
    return found


def _cost_tags(files: Sequence[Path]) -> set[str] | None:
    """Return the tag keys that cost rules use; None if there are no cost rules."""
    try:
        return {key for path in files for key in _keys_read_by(read_rules_file(path))} if files else None
    except RulesFileError as error:
        exit_with_error(error.problems[0])


def _keys_read_by(rules: Rules) -> set[str]:
    prefix = query.tag("")
    dimensions = {name.removeprefix(prefix) for name in rules.attribution_dimensions if name.startswith(prefix)}
    return dimensions | {*rules.environment_tags, *rules.customer_tags}


def _is_ignored(finding: Finding) -> bool:
    """Return True if a comment on the line ignores findings."""
    lines = Path(finding.place.file).read_text(encoding="utf-8-sig").splitlines()
    return _IGNORED in lines[finding.place.line - 1]

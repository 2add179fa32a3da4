"""Output of all commands: results on standard output, messages on standard error, exit codes."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from difflib import get_close_matches
from enum import IntEnum
from typing import NoReturn

import typer
from rich.console import Console
from rich.progress import Progress, TaskID

_PIPED_WIDTH = 180
_LONGEST_LINE = 400


class ExitCode(IntEnum):
    """Exit codes of all commands."""

    OK = 0
    INCOMPLETE = 1
    """Part of the input could not be used; the rest was printed."""
    FOUND = 1
    """The command succeeded and found something: `lint`, `catalogue diff`."""
    USAGE = 2
    """The command could not start: wrong options or unusable input."""
    CHECK_FAILED = 3
    """The command succeeded, and a requested check failed."""


def console() -> Console:
    """Return the console for standard output. A pipe has no width, so it gets a fixed one."""
    # Rich reads COLUMNS itself.
    fits = sys.stdout.isatty() or "COLUMNS" in os.environ
    return Console(width=None if fits else _PIPED_WIDTH, highlight=False, markup=False, emoji=False)


def print_notice(message: str) -> None:
    """Print one line to standard error."""
    typer.echo(f"taggov: {one_line(message)}", err=True)


def one_line(message: str) -> str:
    """Convert a message to one line. Escape control characters, because messages quote input."""
    line = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in message)
    return line if len(line) <= _LONGEST_LINE else line[: _LONGEST_LINE - 3] + "..."


class ProgressBar:
    """A progress bar on standard error. It appears at the first update, and only on a terminal."""

    def __init__(self) -> None:
        self._progress: Progress | None = None
        self._task: TaskID | None = None

    def __call__(self, done: int, total: int | None, what: str) -> None:
        """Show the progress; `total` is None while it is unknown."""
        if not sys.stderr.isatty():
            return
        if self._progress is None:
            self._progress = Progress(console=Console(stderr=True), transient=True)
            self._progress.start()
            self._task = self._progress.add_task(what, total=total)
        if self._task is not None:
            self._progress.update(self._task, description=what, completed=done, total=total)

    def __enter__(self) -> ProgressBar:
        return self

    def __exit__(self, *_: object) -> None:
        if self._progress is not None:
            self._progress.stop()


def exit_with_error(message: str) -> NoReturn:
    """Print why the command cannot start, and exit."""
    print_notice(message)
    raise typer.Exit(ExitCode.USAGE)


def exit_for_unknown_name(kind: str, given: str, known: Mapping[str, str]) -> NoReturn:
    """Reject an unknown name, suggest the nearest one, and exit.

    Args:
        kind: kind of name, such as `team`.
        given: the unknown name.
        known: all accepted spellings, each with the name to suggest.
    """
    spellings: dict[str, list[str]] = {}
    for spelling in known:
        spellings.setdefault(spelling.casefold(), []).append(spelling)
    # Compare letter case only between spellings that differ in nothing else: CreateDBInstance, CreateDbInstance.
    folded = get_close_matches(given.casefold(), spellings, n=1, cutoff=0.0)
    nearest = get_close_matches(given, spellings[folded[0]], n=1, cutoff=0.0) if folded else []
    hint = f'; did you mean "{known[nearest[0]]}"?' if nearest else ""
    exit_with_error(f'unknown {kind} "{given}"{hint}')

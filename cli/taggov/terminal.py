"""The voice of every command: results on standard output, one clear line on standard error when something is wrong."""

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
    """The outcomes that a pipeline can tell apart."""

    OK = 0
    INCOMPLETE = 1
    """Part of the input could not be used; the rest was printed."""
    FOUND = 1
    """Everything was read, and something was found: `lint`, `catalogue diff`."""
    USAGE = 2
    """The command could not begin."""
    CHECK_FAILED = 3
    """Everything was done, and a check that was asked for failed."""


def console() -> Console:
    """Standard output. A pipe has no width, so tables get room enough there."""
    # Rich reads COLUMNS itself, for those who want another width.
    fits = sys.stdout.isatty() or "COLUMNS" in os.environ
    return Console(width=None if fits else _PIPED_WIDTH, highlight=False, markup=False, emoji=False)


def complain(message: str) -> None:
    """Print one line on standard error."""
    typer.echo(f"taggov: {shown(message)}", err=True)


def shown(message: str) -> str:
    """Convert a message to one line. It may quote any input, so nothing in it reaches the terminal raw."""
    line = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in message)
    return line if len(line) <= _LONGEST_LINE else line[: _LONGEST_LINE - 3] + "..."


class Watch:
    """A progress bar on standard error, where somebody can see it; it appears with the first news and then goes."""

    def __init__(self) -> None:
        self._progress: Progress | None = None
        self._task: TaskID | None = None

    def __call__(self, done: int, total: int | None, what: str) -> None:
        """Say how much of what is done; `total` is None as long as nobody knows it."""
        if not sys.stderr.isatty():
            return
        if self._progress is None:
            self._progress = Progress(console=Console(stderr=True), transient=True)
            self._progress.start()
            self._task = self._progress.add_task(what, total=total)
        if self._task is not None:
            self._progress.update(self._task, description=what, completed=done, total=total)

    def __enter__(self) -> Watch:
        return self

    def __exit__(self, *_: object) -> None:
        if self._progress is not None:
            self._progress.stop()


def refuse(message: str) -> NoReturn:
    """Say why the command can not begin, and leave."""
    complain(message)
    raise typer.Exit(ExitCode.USAGE)


def unknown(kind: str, given: str, known: Mapping[str, str]) -> NoReturn:
    """Refuse a name, and suggest the nearest one.

    Args:
        kind: what it should have named.
        given: the name as it was given.
        known: every spelling that could have been meant, and the name to suggest for it.
    """
    spellings: dict[str, list[str]] = {}
    for spelling in known:
        spellings.setdefault(spelling.casefold(), []).append(spelling)
    # Letter case counts only between spellings that differ in nothing else: CreateDBInstance, CreateDbInstance.
    folded = get_close_matches(given.casefold(), spellings, n=1, cutoff=0.0)
    nearest = get_close_matches(given, spellings[folded[0]], n=1, cutoff=0.0) if folded else []
    hint = f'; did you mean "{known[nearest[0]]}"?' if nearest else ""
    refuse(f'unknown {kind} "{given}"{hint}')

"""Terminal output of the demonstration."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.status import Status
from rich.text import Text

from tools.demo.checks import Check

# Interval of progress lines without a terminal, where no spinner is shown.
HEARTBEAT_SECONDS = 10
WIDTH_WITHOUT_TERMINAL = 120


class Screen:
    """Steps with their durations, and a status line."""

    def __init__(self) -> None:
        self.console = Console()
        if not self.console.is_terminal:
            self.console.width = WIDTH_WITHOUT_TERMINAL
        self._status: Status | None = None
        self._title = ""
        self._last_beat = 0.0

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        """Show a running step, and its duration at the end."""
        start = self._last_beat = time.monotonic()
        self._title = title
        with self.console.status(title) as self._status:
            if not self.console.is_terminal:
                self.console.print(f"  {title} ...")
            yield
        self.console.print(f"[green]done[/] {title} [dim]({time.monotonic() - start:.1f} s)[/]", highlight=False)

    def detail(self, text: str) -> None:
        """Show a detail of the running step."""
        if self._status is not None and self.console.is_terminal:
            self._status.update(f"{self._title} [dim]{escape(text)}[/]")
        elif time.monotonic() - self._last_beat > HEARTBEAT_SECONDS:
            self._last_beat = time.monotonic()
            self.console.print(Text(f"       {text}", style="dim"), no_wrap=True, overflow="ellipsis")

    def terraform_line(self, line: str) -> None:
        """Show the progress of Terraform by resource, without its other output."""
        address, colon, action = line.partition(": ")
        if colon and action.startswith(("Creating", "Creation", "Still", "Destroying", "Destruction", "Refreshing")):
            self.detail(f"{address.rpartition('module.')[2]}: {action}")


def show_check(check: Check, console: Console) -> None:
    """Print one check."""
    mark = "[green]met[/]   " if check.met else "[bold red]FAILED[/]"
    console.print(f"{mark} {check.expectation}", highlight=False)
    if not check.met:
        console.print(Text(f"       {check.found}", style="red"))

"""The start of the app, and what it is told then."""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

PORT = 8501
"""The port that Streamlit apps have by custom."""


class Given(NamedTuple):
    """The input that the app shows from the start; without paths that is the sample."""

    paths: tuple[str, ...] = ()
    """FOCUS files, as `FocusFiles` takes them."""
    rules: Path | None = None
    metrics: Path | None = None


def command(
    paths: Sequence[str],
    rules: Path | None = None,
    port: int | None = None,
    open_browser: bool = True,
    metrics: Path | None = None,
) -> list[str]:
    """The command that serves the dashboard on this machine until it is stopped.

    Its other settings are in `.streamlit/config.toml` beside the app.
    """
    started = [sys.executable, "-m", "taggov.costs.dashboard.serve"]
    started += ["--server.port", str(port or PORT), "--server.headless", str(not open_browser).lower(), "--"]
    for option, value in (("--rules", rules), ("--metrics", metrics)):
        if value is not None:
            started += [option, str(value.absolute())]
    return [*started, "--", *paths]


def environment() -> Mapping[str, str]:
    """The environment of that command: it finds the packages where this process found them."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}


def given(arguments: Sequence[str]) -> Given:
    """Read what `command` said behind the `--`."""
    parser = ArgumentParser(prog="taggov costs dashboard")
    parser.add_argument("--rules", type=Path)
    parser.add_argument("--metrics", type=Path)
    parser.add_argument("paths", nargs="*")
    parsed = parser.parse_args(arguments)
    return Given(tuple(parsed.paths), parsed.rules, parsed.metrics)

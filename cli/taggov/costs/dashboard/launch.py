"""Command line of the dashboard app."""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

PORT = 8501
"""Default port of Streamlit."""


class LaunchArguments(NamedTuple):
    """Arguments of the app. Without paths, it shows the sample."""

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
    """Build the command that serves the dashboard on this machine.

    Other settings are in `.streamlit/config.toml` beside the app.
    """
    started = [sys.executable, "-m", "taggov.costs.dashboard.serve"]
    started += ["--server.port", str(port or PORT), "--server.headless", str(not open_browser).lower(), "--"]
    for option, value in (("--rules", rules), ("--metrics", metrics)):
        if value is not None:
            started += [option, str(value.absolute())]
    return [*started, "--", *paths]


def environment() -> Mapping[str, str]:
    """Build the environment of the command, with the import path of this process."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}


def parse_arguments(arguments: Sequence[str]) -> LaunchArguments:
    """Parse the arguments that `command` adds after `--`."""
    parser = ArgumentParser(prog="taggov costs dashboard")
    parser.add_argument("--rules", type=Path)
    parser.add_argument("--metrics", type=Path)
    parser.add_argument("paths", nargs="*")
    parsed = parser.parse_args(arguments)
    return LaunchArguments(tuple(parsed.paths), parsed.rules, parsed.metrics)

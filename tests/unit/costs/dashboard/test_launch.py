"""The command that starts the app, and what the app understands of it."""

from __future__ import annotations

import signal
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path
from subprocess import DEVNULL, Popen

import pytest

from taggov.costs.dashboard.launch import LaunchArguments, command, environment, parse_arguments

_MOST_SECONDS = 60


@pytest.mark.parametrize(
    "said",
    [
        LaunchArguments(),
        LaunchArguments(("costs.csv", "s3://bucket/focus/*.parquet")),
        LaunchArguments(("--odd.csv",), Path("/rules/allocation_rules.yaml"), Path("/metrics.csv")),
    ],
)
def test_the_app_is_told_what_the_command_was_told(said: LaunchArguments) -> None:
    started = command(said.paths, said.rules, 8600, open_browser=False, metrics=said.metrics)

    behind = started[started.index("--") + 1 :]

    assert parse_arguments(behind) == said


def test_a_browser_opens_only_when_it_is_wanted() -> None:
    for wanted, headless in ((True, "false"), (False, "true")):
        started = command([], open_browser=wanted)

        assert started[started.index("--server.headless") + 1] == headless


def test_relative_files_are_those_of_the_folder_where_the_command_was_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    started = command([], rules=Path("rules.yaml"))

    assert str(tmp_path / "rules.yaml") in started


@pytest.mark.parametrize("ended_by", [signal.SIGTERM, signal.SIGINT])
def test_who_ends_the_command_ends_the_server(tmp_path: Path, ended_by: signal.Signals) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    started = [sys.executable, "-m", "taggov", "costs", "dashboard", "--no-browser", "--port", str(port)]
    with Popen(
        started, env=environment(), cwd=tmp_path, stdout=DEVNULL, stderr=DEVNULL, preexec_fn=_listen_to_ctrl_c
    ) as process:
        try:
            assert _within(_MOST_SECONDS, lambda: process.poll() is not None or _listens(port))
            process.send_signal(ended_by)
            process.wait(_MOST_SECONDS)
        finally:
            process.kill()  # or leaving the block would wait for ever

    assert _within(_MOST_SECONDS, lambda: not _listens(port))


def _listen_to_ctrl_c() -> None:
    """Undo what a shell does to the commands that it starts in the background."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def _listens(port: int) -> bool:
    with socket.socket() as asked:
        return asked.connect_ex(("127.0.0.1", port)) == 0


def _within(seconds: float, happened: Callable[[], bool]) -> bool:
    end = time.monotonic() + seconds
    while not (done := happened()) and time.monotonic() < end:
        time.sleep(0.1)
    return done

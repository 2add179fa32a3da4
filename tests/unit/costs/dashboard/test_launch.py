"""The command that starts the app, and what the app understands of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from taggov.costs.dashboard.launch import Given, command, given


@pytest.mark.parametrize(
    "said",
    [
        Given(),
        Given(("costs.csv", "s3://bucket/focus/*.parquet")),
        Given(("--odd.csv",), Path("/rules/allocation_rules.yaml"), Path("/metrics.csv")),
    ],
)
def test_the_app_is_told_what_the_command_was_told(said: Given) -> None:
    started = command(said.paths, said.rules, 8600, open_browser=False, metrics=said.metrics)

    behind = started[started.index("--") + 1 :]

    assert given(behind) == said


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

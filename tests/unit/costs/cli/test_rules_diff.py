"""`taggov costs rules diff`, where both files do not see the same costs, or have not the same teams."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.command_line import asked, shown
from tests.support.focus import charge, write_focus


@pytest.fixture
def arguments(folder: Path) -> list[str]:
    """Rules that differ in nothing but how they read tag keys, and costs by three spellings of one."""
    (folder / "a.yaml").write_text("teams: {shop: ana}\n")
    (folder / "b.yaml").write_text("teams: {shop: ana}\nignore_key_case: false\n")
    spelled = zip(("Team", "TEAM", "team"), ("100", "200", "400"), strict=True)
    focus = write_focus(folder / "case.csv", *(charge(cost, {key: "shop"}) for key, cost in spelled))
    return ["a.yaml", "b.yaml", "--focus", str(focus)]


def test_each_file_reads_tag_keys_as_it_says(arguments: list[str]) -> None:
    document = asked("rules", "diff", *arguments)

    teams = {one["team"]: (one["before"], one["after"]) for one in document["teams"]}
    assert teams == {"shop": ("700", "400"), "unknown": ("0", "300")}
    for name, at in (("a.yaml", 0), ("b.yaml", 1)):
        report = asked("report", "--by", "team", "--rules", name, *arguments[2:])
        alone = {row["team"]: row["cost"] for row in report["allocations"]}
        assert alone == {team: costs[at] for team, costs in teams.items() if costs[at] != "0"}
    assert [(one["before"], one["after"], one["cost"]) for one in document["rules"]] == [
        ('teams.shop (tag team "shop")', "unknown (no tag that the rules look at)", "300")
    ]


def test_rules_that_change_within_a_month_are_compared_by_day(arguments: list[str], folder: Path) -> None:
    (folder / "b.yaml").write_text(
        "teams: {shop: [{owner: ana, until: 2026-05-05}, {owner: bo, from: 2026-05-05}]}\nignore_key_case: false\n"
    )

    document = asked("rules", "diff", *arguments)

    assert [(one["from"], one["to"], one["cost"]) for one in document["moves"]] == [("shop", "unknown", "300")]


def test_both_have_their_warnings(arguments: list[str]) -> None:
    backwards = asked("rules", "diff", *arguments[1::-1], *arguments[2:])["warnings"]

    assert any("all spellings count as one key" in line for line in backwards)
    assert len({*backwards}) == len(backwards)


def test_a_team_that_had_nothing_is_shown_with_the_decimals_of_its_currency(folder: Path, bill: Path) -> None:
    (folder / "a.yaml").write_text("projects: {web: dev}\n")
    (folder / "b.yaml").write_text("projects: {web: dev, api: ops}\n")

    (line,) = [
        one
        for one in shown("rules", "diff", "a.yaml", "b.yaml", "--focus", str(bill)).splitlines()
        if one.startswith("ops")
    ]
    assert line.split() == ["ops", "USD", "0.00", "53.00", "53.00"]

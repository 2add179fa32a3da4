"""Tags as real exports have them, from the file to the report."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.command_line import taggov
from tests.support.focus import charge, write_focus

TEAMS = "teams: {shop: ana@example.com, search: bo@example.com, ops: cy@example.com}\n"
LETTER_CASES = (charge("100", {"Team": "shop"}), charge("200", {"TEAM": "shop"}), charge("400", {"team": "shop"}))
NOTICE = 'tag key "team" is also spelled "TEAM", "Team": all spellings count as one key'


@pytest.fixture
def rules(folder: Path) -> Path:
    path = folder / "allocation_rules.yaml"
    path.write_text(TEAMS)
    return path


def report(*options: str, by: str = "team") -> tuple[dict[str | None, str], list[str]]:
    """Read what a report shows, and its warnings."""
    result = taggov("costs", "report", "--focus", "bill.csv", "--by", by, *options, "--json")
    assert result.exit_code == 0, result.stderr
    document: dict[str, Any] = json.loads(result.stdout)
    return {row[by]: row["cost"] for row in document["allocations"]}, document["warnings"]


def test_costs_under_every_spelling_of_a_key_are_the_teams_and_the_spellings_are_named(rules: Path) -> None:
    write_focus(rules.parent / "bill.csv", *LETTER_CASES)

    amounts, warnings = report()

    assert amounts == {"shop": "700"}
    assert NOTICE in warnings
    assert NOTICE in taggov("costs", "report", "--focus", "bill.csv").stderr


def test_rules_may_tell_keys_apart(rules: Path) -> None:
    write_focus(rules.parent / "bill.csv", *LETTER_CASES)
    rules.write_text(TEAMS + "ignore_key_case: false\n")

    amounts, warnings = report()

    assert amounts == {"shop": "400", "unknown": "300"}
    assert NOTICE not in warnings


def test_the_trace_of_a_team_shows_rows_under_every_spelling(rules: Path) -> None:
    write_focus(rules.parent / "bill.csv", *LETTER_CASES)

    result = taggov("costs", "trace", "shop", "--focus", "bill.csv", "--rows", "5")

    assert result.exit_code == 0, result.stderr
    for row in LETTER_CASES:
        assert row["BilledCost"] in result.stdout


def test_keys_of_by_tag_are_joined_too(rules: Path) -> None:
    write_focus(rules.parent / "bill.csv", *LETTER_CASES)

    result = taggov("costs", "by-tag", "TEAM", "--focus", "bill.csv", "--json")

    assert result.exit_code == 0, result.stderr
    assert json.loads(result.stdout)["totals"] == [{"currency": "USD", "cost": "700"}]
    assert '"-"' not in result.stdout


def allocated(cost: str, tags: dict[str, str], given: dict[str, str]) -> dict[str, str]:
    return {**charge(cost), "Tags": json.dumps(tags), "AllocatedTags": json.dumps(given), "AllocatedMethodId": "m1"}


def test_tags_of_a_providers_split_say_whose_a_row_is(rules: Path) -> None:
    write_focus(
        rules.parent / "bill.csv",
        allocated("60", {}, {"team": "shop"}),
        allocated("40", {}, {"team": "search"}),
        allocated("6", {"team": "ops"}, {"team": "shop"}),
    )
    assert report()[0] == {"shop": "66", "search": "40"}
    result = taggov("costs", "trace", "shop", "--focus", "bill.csv", "--rows", "5")
    assert result.exit_code == 0, result.stderr
    assert "m1" in result.stdout


def test_a_tag_without_a_value_is_no_tag(rules: Path) -> None:
    write_focus(rules.parent / "bill.csv", {**charge("3"), "Tags": '{"team":null}'})
    assert report()[0] == {"unknown": "3"}


def test_environments_have_aliases_and_ignore_letter_case(rules: Path) -> None:
    forms = ("prod", "Prod", "PRD", "production")
    rows = (charge("1", {"team": "Shop", "environment": one}) for one in forms)
    write_focus(rules.parent / "bill.csv", *rows)
    rules.write_text(TEAMS + "ignore_case: true\nvalue_aliases: {environment: {prod: production, prd: production}}\n")

    assert report(by="environment")[0] == {"production": "4"}
    assert report(by="tag:Environment")[0] == {"production": "4"}
    assert report()[0] == {"shop": "4"}
    assert report(by="tag:TEAM")[0] == {"shop": "4"}


def test_splits_are_exported_in_the_columns_of_focus_1_3(rules: Path) -> None:
    write_focus(rules.parent / "bill.csv", charge("1", {"team": "net"}), charge("2", {"team": "ops"}))
    rules.write_text(TEAMS + "shared: {net: {split: fixed, to: {shop: 1/3, search: 2/3}}}\n")

    for form in ("focus", "focus-1.3"):
        result = taggov("costs", "export", f"{form}.csv", "--focus", "bill.csv", "--format", form)
        assert result.exit_code == 0, result.stderr

    assert "Allocated" not in (rules.parent / "focus.csv").read_text("utf-8")
    with (rules.parent / "focus-1.3.csv").open(encoding="utf-8", newline="") as lines:
        found = {row["x_Team"]: (row["BilledCost"], row["AllocatedMethodId"]) for row in csv.DictReader(lines)}
    assert found == {
        "search": ("0.666666666667", "taggov:fixed"),
        "shop": ("0.333333333333", "taggov:fixed"),
        "ops": ("2", ""),
    }

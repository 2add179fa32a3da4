"""`AllocatedTags` of FOCUS 1.3: whose a row is after the provider's own split."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cost_allocation.analysis.report import allocation_query
from cost_allocation.engine.allocate import allocate
from cost_allocation.exact import text
from cost_allocation.model import Allocation
from cost_allocation.query import CostQuery, Filter, tag
from cost_allocation.rules.model import Rules
from taggov.costs.sources.focus.files import FocusFiles
from tests.support.costs import by_team, rules
from tests.support.focus import charge, write_focus
from tests.support.focus_parquet import MAP, write_parquet

RULES = rules(projects={"checkout": "shop", "cluster": "platform"}, teams={"shop": None, "search": None, "ops": None})


def split(
    cost: str, tags: dict[str, str | None], allocated: dict[str, str | None] | None, method: str = "m1"
) -> dict[str, str]:
    """A row of FOCUS 1.3: the tags of a resource, and those of what the provider gave the row to."""
    return {
        **charge(cost),
        "Tags": json.dumps(tags),
        "AllocatedMethodId": method if allocated is not None else "",
        "AllocatedMethodDetails": "",
        "AllocatedResourceId": "pod-1" if allocated else "",
        "AllocatedResourceName": "pod" if allocated else "",
        "AllocatedTags": "" if allocated is None else json.dumps(allocated),
    }


def written(folder: Path, form: str, *rows: dict[str, str]) -> FocusFiles:
    if form == "csv":
        return FocusFiles([str(write_focus(folder / "x.csv", *rows))])
    return FocusFiles([str(write_parquet(folder / "x.parquet", *rows, Tags=form, AllocatedTags=form))])


def allocated(source: FocusFiles, given: Rules = RULES) -> Allocation:
    return allocate(source.fetch(allocation_query(given, ("team",), "BilledCost", None, None)), given)


def teams(source: FocusFiles, given: Rules = RULES) -> dict[str, str]:
    return {team: text(cost) for team, cost in by_team(allocated(source, given)).items()}


FORMS = ["csv", MAP, "varchar"]


@pytest.mark.parametrize("form", FORMS)
def test_they_say_whose_a_row_is_where_they_are_there(tmp_path: Path, form: str) -> None:
    rows = (
        split("60", {}, {"team": "shop"}),
        split("40", {}, {"team": "search"}),
        split("6", {"team": "ops"}, {"team": "shop"}),
        split("3", {"team": "ops"}, None),
        split("2", {"team": "ops"}, {}),
        split("1", {}, None),
    )
    assert teams(written(tmp_path, form, *rows)) == {"shop": "66", "search": "40", "ops": "5", "unknown": "1"}


@pytest.mark.parametrize("form", FORMS)
def test_tags_still_say_what_they_leave_out(tmp_path: Path, form: str) -> None:
    """FOCUS: they do not repeat what is in `Tags` already."""
    source = written(tmp_path, form, split("5", {"team": "ops", "environment": "prod"}, {"app": "pod"}))
    assert teams(source) == {"ops": "5"}
    query = CostQuery("BilledCost", None, None, dimensions=(tag("environment"), tag("app")))
    assert [row.values for row in source.fetch(query).rows] == [("prod", "pod")]


@pytest.mark.parametrize("form", FORMS)
def test_the_project_of_a_shared_cluster_does_not_win_over_the_team_of_its_pod(tmp_path: Path, form: str) -> None:
    rows = (
        split("8", {"project": "cluster"}, {"team": "search"}),
        split("4", {"project": "cluster"}, {"project": "checkout"}),
        split("2", {"project": "cluster"}, {"owner": "ann"}),
        split("1", {"team": "ops"}, {"project": "nobody-knows"}),
    )
    assert teams(written(tmp_path, form, *rows)) == {"search": "8", "shop": "4", "platform": "2", "ops": "1"}


@pytest.mark.parametrize("form", FORMS)
def test_their_keys_may_be_in_any_letter_case_even_where_tags_have_the_key(tmp_path: Path, form: str) -> None:
    source = written(tmp_path, form, split("5", {"team": "ops"}, {"Team": "shop"}), split("1", {"TEAM": "ops"}, None))
    assert teams(source) == {"shop": "5", "ops": "1"}
    assert teams(source, rules(teams={"shop": None, "ops": None}, ignore_key_case=False)) == {
        "ops": "5",
        "unknown": "1",
    }


@pytest.mark.parametrize("form", FORMS)
def test_the_rows_behind_a_sum_are_those_that_it_was_made_of(tmp_path: Path, form: str) -> None:
    rows = (
        split("60", {}, {"team": "shop"}),
        split("6", {"team": "ops"}, {"team": "shop"}),
        split("3", {"team": "ops"}, None),
    )
    source = written(tmp_path, form, *rows)
    query = allocation_query(RULES, ("team",), "BilledCost", None, None)
    for row in source.fetch(query).rows:
        found = source.source_rows(query, row, limit=10)
        assert len(found) == row.rows
    chosen = CostQuery("BilledCost", None, None, filters=(Filter(tag("team"), ("shop",)),))
    assert [text(row.cost) for row in source.fetch(chosen).rows] == ["66"]
    companions = source.source_rows(chosen, source.fetch(chosen).rows[0], limit=1)[0].columns
    assert (companions["AllocatedMethodId"], companions["AllocatedResourceId"]) == ("m1", "pod-1")


def test_broken_ones_are_counted_and_leave_the_word_to_tags(tmp_path: Path) -> None:
    row = {**split("5", {"team": "ops"}, None), "AllocatedTags": "{team"}
    table = FocusFiles([str(write_focus(tmp_path / "x.csv", row))]).fetch(
        allocation_query(RULES, (), "BilledCost", None, None)
    )
    assert [value for row in table.rows for value in row.values] == [None, "ops"]
    assert table.warnings[0] == "1 row has Tags that are not a JSON object: counted as untagged"


def test_a_file_with_nothing_but_them_has_tags(tmp_path: Path) -> None:
    row = {name: its for name, its in split("5", {}, {"team": "shop"}).items() if name != "Tags"}
    source = FocusFiles([str(write_focus(tmp_path / "x.csv", row))])
    assert teams(source) == {"shop": "5"}
    assert source.tag_keys() == ["team"]
    assert source.fetch(CostQuery("BilledCost", None, None, dimensions=(tag("team"),))).warnings == ()


def test_two_sets_of_rules_are_asked_at_once_as_each_is_by_itself(tmp_path: Path) -> None:
    """Each has its own order of keys."""
    source = written(tmp_path, "csv", split("8", {"project": "cluster"}, {"squad": "search"}))
    query = CostQuery(
        "BilledCost", None, None, dimensions=(tag("project"),), owner_keys=(("project", "team"), ("app", "squad"))
    )
    assert [row.values for row in source.fetch(query).rows] == [("cluster",)]

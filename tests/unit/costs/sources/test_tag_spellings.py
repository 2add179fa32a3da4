"""Tag keys in every letter case, and with the prefixes of AWS, read as one key."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from cost_allocation.exact import text
from cost_allocation.query import CostQuery, Filter, tag
from taggov.costs.sources.focus.files import FocusFiles
from taggov.costs.sources.tag_keys import spellings
from tests.support.focus import charge, write_focus
from tests.support.focus_parquet import MAP, write_parquet

QUERY = CostQuery("BilledCost", None, None, dimensions=(tag("team"),))
CASES = (
    charge("100", {"Team": "shop"}),
    charge("200", {"TEAM": "shop"}),
    charge("400", {"team": "shop"}),
    charge("50", {"teams": "shop"}),
)
"""Rows as a real export had them: 300 of 700 under other spellings than the one asked for."""


def sums(source: FocusFiles, query: CostQuery = QUERY) -> dict[str | None, str]:
    return {row.values[0] if row.values else None: text(row.cost) for row in source.fetch(query).rows}


def written(folder: Path, form: str, rows: Sequence[dict[str, str]] = CASES) -> FocusFiles:
    """The rows with their tags in a form."""
    match form:
        case "map":
            path = write_parquet(folder / "x.parquet", *rows, Tags=MAP)
        case "json in parquet":
            path = write_parquet(folder / "x.parquet", *rows, Tags="varchar")
        case "pairs":
            pairs = ([{"KEY": key, "vaLue": its} for key, its in json.loads(row["Tags"]).items()] for row in rows)
            named = [{**row, "Tags": json.dumps(its)} for row, its in zip(rows, pairs, strict=True)]
            path = write_focus(folder / "x.csv", *named)
        case "structs":
            pairs = ([{"Key": key, "Value": its} for key, its in json.loads(row["Tags"]).items()] for row in rows)
            named = [{**row, "Tags": json.dumps(its)} for row, its in zip(rows, pairs, strict=True)]
            path = write_parquet(folder / "x.parquet", *named, Tags='struct("Key" varchar, "Value" varchar)[]')
        case _:
            path = write_focus(folder / "x.csv", *rows)
    return FocusFiles([str(path)])


FORMS = ["json", "pairs", "map", "structs", "json in parquet"]


@pytest.mark.parametrize("form", FORMS)
def test_letter_case_of_a_key_does_not_matter_and_the_spellings_are_named(tmp_path: Path, form: str) -> None:
    source = written(tmp_path, form)
    assert sums(source) == {"shop": "700", None: "50"}
    assert source.fetch(QUERY).warnings == (
        'tag key "team" is also spelled "TEAM", "Team": all spellings count as one key',
    )


@pytest.mark.parametrize("form", FORMS)
def test_keys_are_told_apart_when_that_is_asked_for(tmp_path: Path, form: str) -> None:
    table = written(tmp_path, form).fetch(replace(QUERY, exact_keys=True))
    assert [(row.values[0], text(row.cost)) for row in table.rows] == [(None, "350"), ("shop", "400")]
    assert table.warnings == ()


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("first", [True, False])
def test_a_filter_finds_every_spelling(tmp_path: Path, form: str, first: bool) -> None:
    source = written(tmp_path, form)
    if not first:
        source.fetch(QUERY)
    chosen = replace(QUERY, dimensions=(), filters=(Filter(tag("team"), ("shop",)),))
    assert sums(source, chosen) == {None: "700"}
    assert sums(source, replace(chosen, filters=(Filter(tag("team"), (None,)),))) == {None: "50"}


@pytest.mark.parametrize("form", FORMS)
def test_the_rows_behind_a_sum_have_every_spelling(tmp_path: Path, form: str) -> None:
    source = written(tmp_path, form)
    row = next(row for row in source.fetch(QUERY).rows if row.values == ("shop",))
    for again in (source, written(tmp_path, form)):
        found = again.source_rows(QUERY, row, limit=10)
        assert [Decimal(its.columns["BilledCost"] or "") for its in found] == [400, 200, 100]


@pytest.mark.parametrize("form", FORMS)
def test_the_spelling_that_is_asked_for_comes_first_and_an_empty_one_is_none(tmp_path: Path, form: str) -> None:
    rows = [
        charge("1", {"Team": "a", "team": "b", "TEAM": "c"}),
        charge("2", {"Team": "a", "team": "", "TEAM": "c"}),
        charge("4", {"Team": "", "TEAM": ""}),
    ]
    source = written(tmp_path, form, rows)
    assert sums(source) == {"b": "1", "c": "2", None: "4"}
    assert sums(source, replace(QUERY, dimensions=(tag("Team"),))) == {"a": "3", None: "4"}


PREFIXED = (
    "resourceTags/user:team",
    "resourceTags/team",
    "user:team",
    "user:Team",
    "userAttribute/team",
    "accountTag/Team",
)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("key", PREFIXED)
def test_a_key_with_a_prefix_of_aws_is_that_key(tmp_path: Path, form: str, key: str) -> None:
    source = written(tmp_path, form, [charge("1", {key: "a"}), charge("2", {"owner": "b"})])
    assert sums(source) == {"a": "1", None: "2"}
    assert source.fetch(QUERY).warnings == (f'tag key "team" is also spelled "{key}": all spellings count as one key',)


@pytest.mark.parametrize("form", FORMS)
def test_a_resource_says_more_than_its_user_and_its_account(tmp_path: Path, form: str) -> None:
    rows = [
        charge("1", {"accountTag/team": "account", "userAttribute/team": "user", "user:team": "resource"}),
        charge("2", {"accountTag/team": "account", "userAttribute/team": "user"}),
        charge("4", {"accountTag/team": "account"}),
        charge("8", {"accountTag/team": "account", "TEAM": "plain"}),
    ]
    source = written(tmp_path, form, rows)
    assert sums(source) == {"resource": "1", "user": "2", "account": "4", "plain": "8"}
    only = replace(QUERY, dimensions=(tag("accounttag/team"),))
    assert sums(source, only) == {"account": "15"}


def test_columns_of_one_key_are_joined_too(tmp_path: Path) -> None:
    rows = ({**charge("1"), "Tags/Team": its, "resourceTags/user:TEAM": other} for its, other in ("ab", ("", "c")))
    source = FocusFiles([str(write_focus(tmp_path / "x.csv", *rows))])
    assert sums(source) == {"a": "1", "c": "1"}
    (warning,) = source.fetch(QUERY).warnings
    assert warning.startswith('tag key "team" is also spelled "Team", "resourceTags/user:TEAM": ')


def test_a_spelling_in_the_last_of_many_rows_is_found(tmp_path: Path) -> None:
    """More rows than are looked at first."""
    import duckdb

    path = tmp_path / "x.parquet"
    with duckdb.connect() as opened:
        opened.execute(
            f"""copy (select 1::decimal(38, 18) as BilledCost, 'USD' as BillingCurrency,
            timestamp '2026-05-10' as ChargePeriodStart,
            case when row < 250000 then map {{'team': 'shop'}} else map {{'tEAm': 'shop'}} end as Tags
            from range(250001) as rows(row)) to '{path}' (format parquet, row_group_size 50000)"""
        )
    source = FocusFiles([str(path)])
    assert sums(source) == {"shop": "250001"}
    assert source.fetch(QUERY).warnings == ('tag key "team" is also spelled "tEAm": all spellings count as one key',)


def test_spellings_of_two_files_are_joined(tmp_path: Path) -> None:
    one = write_focus(tmp_path / "x.csv", charge("1", {"Team": "a"}))
    other = write_parquet(tmp_path / "x.parquet", charge("2", {"TEAM": "a"}))
    source = FocusFiles([str(one), str(other)])
    assert sums(source) == {"a": "3"}
    assert 'also spelled "TEAM", "Team": all spellings count as one key' in source.fetch(QUERY).warnings[0]


def test_a_spelling_outside_of_the_period_is_found_when_it_is_asked_for(tmp_path: Path) -> None:
    rows = [
        charge("1", {"team": "a"}),
        charge("2", {"Team": "a"}, ChargePeriodStart="2026-06-01T00:00:00Z"),
    ]
    source = FocusFiles([str(write_focus(tmp_path / "x.csv", *rows))])
    june = date(2026, 6, 1)
    assert sums(source, replace(QUERY, end=june)) == {"a": "1"}
    assert sums(source, replace(QUERY, start=june)) == {"a": "2"}


@pytest.mark.parametrize("form", FORMS)
def test_spellings_that_are_asked_for_themselves_are_joined_and_need_no_word(tmp_path: Path, form: str) -> None:
    source = written(tmp_path, form)
    named = source.fetch(replace(QUERY, dimensions=(tag("team"), tag("Team"), tag("TEAM"))))
    assert [(set(row.values), text(row.cost)) for row in named.rows] == [({None}, "50"), ({"shop"}, "700")]
    assert named.warnings == ()


@pytest.mark.parametrize("form", FORMS)
def test_one_source_answers_for_each_spelling_in_turn(tmp_path: Path, form: str) -> None:
    source = written(tmp_path, form)
    for names in (("team", "Team"), ("TEAM",), ("TeAm",), ("Team", "project")):
        found = source.fetch(replace(QUERY, dimensions=tuple(map(tag, names))))
        assert [(row.values[0], text(row.cost)) for row in found.rows] == [(None, "50"), ("shop", "700")]
    assert found.warnings[-1] == 'tag key "Team" is also spelled "TEAM", "team": all spellings count as one key'


def test_a_null_under_a_key_is_no_value(tmp_path: Path) -> None:
    path = write_focus(tmp_path / "x.csv", {**charge("3"), "Tags": '{"team": null}'})
    assert sums(FocusFiles([str(path)])) == {None: "3"}


@pytest.mark.parametrize("key", ["it's", "a/b~c", "[x]", 'say "k"', "ÜBER", "tag;drop"])
def test_odd_keys_are_found_in_other_letter_case(tmp_path: Path, key: str) -> None:
    source = written(tmp_path, "json", [charge("1", {key.swapcase(): "a"}), charge("2", {key: "a"})])
    assert sums(source, replace(QUERY, dimensions=(tag(key),))) == {"a": "3"}


def test_the_order_of_spellings_is_the_same_each_time() -> None:
    known = {"Team", "TEAM", "user:team", "accountTag/team", "resourceTags/user:team", "teams"}
    assert spellings("team", known) == [
        "team",
        "TEAM",
        "Team",
        "resourceTags/user:team",
        "user:team",
        "accountTag/team",
    ]
    assert spellings("user:team", known)[:3] == ["user:team", "TEAM", "Team"]

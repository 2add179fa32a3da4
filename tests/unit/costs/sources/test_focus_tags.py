"""Tags in every form that providers write them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from cost_allocation.query import CostQuery, Filter, tag
from taggov.costs.sources.focus.files import FocusFiles
from tests.support.focus import charge, write_focus
from tests.support.focus_parquet import MAP, write_parquet

Rows = list[dict[str, str]]


def _csv(folder: Path, rows: Rows, written: Callable[[dict[str, str]], str]) -> Path:
    return write_focus(folder / "x.csv", *({**charge("1"), "Tags": written(tags)} for tags in rows))


def _parquet(folder: Path, rows: Rows, written: Callable[[dict[str, str]], str], declared: str) -> Path:
    charges = ({**charge("1"), "Tags": written(tags)} for tags in rows)
    return write_parquet(folder / "x.parquet", *charges, Tags=declared)


def _columns(folder: Path, rows: Rows) -> Path:
    keys = dict.fromkeys(key for tags in rows for key in tags)
    charges = ({**charge("1"), **{f"Tags/{key}": tags.get(key, "") for key in keys}} for tags in rows)
    return write_focus(folder / "x.csv", *charges)


def _pairs(tags: dict[str, str]) -> str:
    return json.dumps([{"key": key, "value": value} for key, value in tags.items()])


FORMS: Mapping[str, Callable[[Path, Rows], Path]] = {
    "json": lambda folder, rows: _csv(folder, rows, json.dumps),
    "members of json": lambda folder, rows: _csv(folder, rows, lambda tags: json.dumps(tags)[1:-1]),
    "pairs in json": lambda folder, rows: _csv(folder, rows, _pairs),
    "columns": _columns,
    "map": lambda folder, rows: _parquet(folder, rows, json.dumps, MAP),
    "pairs": lambda folder, rows: _parquet(folder, rows, _pairs, "struct(key varchar, value varchar)[]"),
    "json in parquet": lambda folder, rows: _parquet(folder, rows, json.dumps, "varchar"),
}

ODD_KEYS = [
    "a.b",
    "a/b",
    "a~1b",
    "it's",
    'say "x"',
    "$.a",
    "*",
    "0",
    "[0]",
    "a b",
    "ключ",
    "a]b",
    "'; drop table x; --",
]


def tagged(source: FocusFiles, key: str) -> dict[str | None, int]:
    """The number of rows by value."""
    return {
        row.values[0]: row.rows
        for row in source.fetch(CostQuery("BilledCost", None, None, dimensions=(tag(key),))).rows
    }


def with_tags(path: Path, *tags: str) -> FocusFiles:
    return FocusFiles([str(write_focus(path / "x.csv", *({**charge("1"), "Tags": its} for its in tags)))])


@pytest.mark.parametrize("key", ODD_KEYS)
@pytest.mark.parametrize("form", FORMS)
def test_any_key_is_found_in_any_form(tmp_path: Path, key: str, form: str) -> None:
    path = FORMS[form](tmp_path, [{key: "yes", "other": "no"}, {"other": "no"}])
    source = FocusFiles([str(path)])
    assert tagged(source, key) == {None: 1, "yes": 1}
    chosen = CostQuery("BilledCost", None, None, filters=(Filter(tag(key), ("yes",)),))
    assert [row.rows for row in source.fetch(chosen).rows] == [1]


@pytest.mark.parametrize("column", ["Tags.Team", "tags/Team", "tags_Team", "tag_Team", "x_Tag_Team", "X_TAGS_Team"])
def test_a_column_can_hold_one_key(tmp_path: Path, column: str) -> None:
    path = write_focus(tmp_path / "x.csv", {**charge("1"), column: "a"}, {**charge("1"), column: "NULL"})
    assert tagged(FocusFiles([str(path)]), "Team") == {None: 1, "a": 1}
    assert tagged(FocusFiles([str(path)]), "team") == {None: 1, "a": 1}


def test_the_column_in_the_letter_case_of_the_key_is_preferred(tmp_path: Path) -> None:
    path = write_focus(tmp_path / "x.csv", {**charge("1"), "tag_team": "lower", "tag_Team": "upper"})
    assert tagged(FocusFiles([str(path)]), "Team") == {"upper": 1}
    assert tagged(FocusFiles([str(path)]), "team") == {"lower": 1}


def test_a_column_without_a_value_leaves_the_word_to_the_tags(tmp_path: Path) -> None:
    rows = ({**charge("1", {"team": "tags"}), "tag_team": its} for its in ("", "column"))
    path = write_focus(tmp_path / "x.csv", *rows)
    assert tagged(FocusFiles([str(path)]), "team") == {"column": 1, "tags": 1}


def test_values_that_are_not_text_are_read_as_json_writes_them(tmp_path: Path) -> None:
    source = with_tags(tmp_path, '{"a": true}', '{"a": 1.50}', '{"a": null}', '{"a": ""}', '{"a": {"b": 1}}')
    assert tagged(source, "a") == {None: 2, "true": 1, "1.5": 1, '{"b":1}': 1}


def test_structs_are_tags_too(tmp_path: Path) -> None:
    path = write_parquet(tmp_path / "x.parquet", charge("1", {"team": "a"}), Tags="struct(team varchar)")
    assert tagged(FocusFiles([str(path)]), "team") == {"a": 1}


def test_rows_whose_tags_are_not_json_are_untagged_and_counted(tmp_path: Path) -> None:
    source = with_tags(tmp_path, '{"team": "a"}', '{"team": ', "nonsense", "[1, 2]", "", "NULL", "null", "{}", "[]")
    table = source.fetch(CostQuery("BilledCost", None, None, dimensions=(tag("team"),)))
    assert [(row.values, row.rows) for row in table.rows] == [((None,), 8), (("a",), 1)]
    assert table.warnings == ("3 rows have Tags that are not a JSON object: counted as untagged",)


def test_tags_that_nobody_asks_for_are_not_looked_at(tmp_path: Path) -> None:
    assert with_tags(tmp_path, "nonsense").fetch(CostQuery("BilledCost", None, None)).warnings == ()


def test_a_key_that_no_row_has_is_a_warning_with_the_nearest_keys(tmp_path: Path) -> None:
    source = with_tags(tmp_path, '{"Projects": "a"}', '{"owner": "b"}')
    (warning,) = source.fetch(CostQuery("BilledCost", None, None, dimensions=(tag("project"),))).warnings
    assert warning == 'no row has the tag "project"; there is "Projects"'
    (warning,) = source.fetch(CostQuery("BilledCost", None, None, filters=(Filter(tag("zzz"), (None,)),))).warnings
    assert warning == 'no row has the tag "zzz"; there is "Projects", "owner"'


@pytest.mark.parametrize("key", ["team", "Team", "user:TEAM"])
def test_a_tag_that_has_no_value_under_any_spelling_is_there(tmp_path: Path, key: str) -> None:
    path = write_focus(tmp_path / "x.csv", charge("1", Tags='{"user:team": null}'))
    warnings = FocusFiles([str(path)]).fetch(CostQuery("BilledCost", None, None, dimensions=(tag(key),))).warnings
    assert f'no requested row has a value for the tag "{key}"' in warnings


def test_a_spelling_that_is_another_key_is_named(tmp_path: Path) -> None:
    path = write_focus(tmp_path / "x.csv", charge("1", {"team": "shop"}))
    query = CostQuery("BilledCost", None, None, dimensions=(tag("Team"),), exact_keys=True)
    assert FocusFiles([str(path)]).fetch(query).warnings == ('no row has the tag "Team"; there is "team"',)

"""The rows behind a sum, and what files hold."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from cost_allocation.exact import text
from cost_allocation.query import SERVICE, CostQuery, Filter, Granularity, tag
from taggov.costs.sources.base import SourceError
from taggov.costs.sources.focus.files import FocusFiles
from tests.support.focus import charge, write_focus
from tests.support.focus_parquet import write_parquet

ROWS = (
    charge("1", {"project": "shop", "owner": "ann"}),
    charge("-5", {"project": "shop"}, ChargeCategory="Credit"),
    charge("0.5"),
    charge("2", {"project": "shop"}, BillingCurrency="EUR"),
    charge("4", {"project": "shop"}, ChargePeriodStart="2026-06-01T00:00:00Z"),
)


@pytest.fixture
def both(tmp_path: Path) -> FocusFiles:
    return FocusFiles([str(write_focus(tmp_path / "x.csv", *ROWS)), str(write_parquet(tmp_path / "y.parquet", *ROWS))])


@pytest.mark.parametrize("granularity", Granularity)
def test_the_rows_of_a_sum_are_the_ones_that_add_up_to_it(both: FocusFiles, granularity: Granularity) -> None:
    query = CostQuery("BilledCost", None, None, granularity, (tag("project"), SERVICE))
    for row in both.fetch(query).rows:
        found = both.source_rows(query, row, limit=100)
        assert len(found) == row.rows
        assert sum(Decimal(its.columns["BilledCost"] or "") for its in found) == row.cost


def test_the_largest_amounts_come_first_and_no_more_than_asked(both: FocusFiles, tmp_path: Path) -> None:
    query = CostQuery("BilledCost", date(2026, 5, 1), date(2026, 6, 1), dimensions=(tag("project"),))
    row = next(row for row in both.fetch(query).rows if row.currency == "USD" and row.values == ("shop",))
    found = both.source_rows(query, row, limit=3)
    assert [text(Decimal(its.columns["BilledCost"] or "")) for its in found] == ["-5", "-5", "1"]
    (largest,) = both.source_rows(query, row, limit=1)
    assert text(Decimal(largest.columns["BilledCost"] or "")) == "-5"
    assert {its.file for its in found} == {str(tmp_path / "x.csv"), str(tmp_path / "y.parquet")}


def test_a_row_has_the_columns_of_its_file_as_text(both: FocusFiles) -> None:
    query = CostQuery("BilledCost", None, None, filters=(Filter(tag("owner"), ("ann",)),))
    (row,) = both.fetch(query).rows
    csv, parquet = sorted(both.source_rows(query, row, limit=100), key=lambda its: its.file)
    assert csv.columns == ROWS[0]
    assert parquet.columns["Tags"] == '{"project":"shop","owner":"ann"}'
    assert parquet.columns["ChargePeriodStart"] == "2026-05-10 00:00:00"


@pytest.mark.parametrize("name", ["filename", "FILENAME", "path", "place"])
def test_a_bill_may_have_a_column_for_a_file_name(tmp_path: Path, name: str) -> None:
    path = write_parquet(tmp_path / "x.parquet", {**charge("1"), name: "invoice.pdf"})
    query = CostQuery("BilledCost", None, None)
    (row,) = FocusFiles([str(path)]).fetch(query).rows
    (found,) = FocusFiles([str(path)]).source_rows(query, row, limit=9)
    assert (found.file, found.columns[name]) == (str(path), "invoice.pdf")


def test_keys_of_most_rows_come_first(both: FocusFiles) -> None:
    assert both.tag_keys() == ["project", "owner"]


def test_keys_in_columns_count_where_they_have_a_value(tmp_path: Path) -> None:
    rows = ({**charge("1", {"owner": "ann"}), "x_tag_team": its} for its in ("", "a", "NULL"))
    assert FocusFiles([str(write_focus(tmp_path / "x.csv", *rows))]).tag_keys() == ["owner", "team"]


def test_files_without_tags_and_tags_that_are_not_json_have_no_keys(tmp_path: Path) -> None:
    bare = {name: its for name, its in charge("1").items() if name != "Tags"}
    write_focus(tmp_path / "x.csv", bare)
    write_focus(tmp_path / "y.csv", {**bare, "Tags": "{broken"})
    assert FocusFiles([str(tmp_path)]).tag_keys() == []


def test_bad_files_are_refused_here_too(tmp_path: Path) -> None:
    path = write_focus(tmp_path / "x.csv", charge("1"))
    path.write_text(path.read_text() + "1,2\n")
    with pytest.raises(SourceError, match=r"x\.csv, line 3: 2 values"):
        FocusFiles([str(path)]).tag_keys()


@pytest.mark.parametrize("tags", ['[{"Name": "team", "Value": "a"}]', '[["team", "a"]]', '{"": "a"}'])
def test_what_is_no_pair_of_key_and_value_has_no_key(tmp_path: Path, tags: str) -> None:
    file = write_focus(tmp_path / "x.csv", charge("1", {"owner": "ann"}), charge("2", Tags=tags))
    assert FocusFiles([str(file)]).tag_keys() == ["owner"]

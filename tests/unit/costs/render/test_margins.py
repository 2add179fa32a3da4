"""Months and teams have one amount each, whatever else a table tells apart."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cost_allocation.analysis.report import report
from cost_allocation.engine.allocate import allocate
from cost_allocation.model import Allocation, CostRow, CostTable
from cost_allocation.query import SERVICE, tag
from cost_allocation.rules.document import read_rules
from taggov.costs.render.figures import Amounts, figures, round_column
from taggov.costs.render.grid_rounding import Cell, round_grid
from taggov.costs.render.rounding import Pair

TEAMS = ("a", "b", "c", "d")
RULES = read_rules(
    {
        "teams": {team: f"owner of {team}" for team in TEAMS},
        "shared": {"net": {"split": "even"}, "plat": {"split": "proportional"}, "lab": {"to": ["a"]}},
    }
)
CENT, NONE = Decimal("0.01"), Decimal(0)
TABLES = (
    ("month",),
    ("team",),
    ("month", "team"),
    ("team", "service"),
    ("month", "team", "owner", "service"),
    ("service", "month"),
    ("month", "owner"),
    ("owner",),
    ("service",),
)
Charge = tuple[int, str | None, str, int]
"""Month, tag, service and thousandths."""


def charges(tags: Sequence[str | None]) -> st.SearchStrategy[list[Charge]]:
    one = st.tuples(st.integers(1, 6), st.sampled_from(tags), st.sampled_from("xyz"), st.integers(-900, 9000))
    return st.lists(one, min_size=1, max_size=25)


def allocation(given: Sequence[Charge]) -> Allocation:
    rows = [
        CostRow(date(2026, month, 1), "USD", (None, team, service), Decimal(cost) / 1000, 1)
        for month, team, service, cost in given
    ]
    # More than a dollar, so that all tables show cents.
    rows.append(CostRow(date(2026, 1, 1), "USD", (None, "a", "x"), Decimal(100), 1))
    return allocate(CostTable((tag("project"), tag("team"), SERVICE), rows, "BilledCost", "x"), RULES, (SERVICE,))


def shown(found: Allocation, columns: Sequence[str], by: str) -> dict[str, Amounts]:
    """The amounts of a table, added up by one of its columns."""
    made = report(found, RULES, columns)
    (its,) = figures(made)
    at = made.columns.index(by)
    sums: dict[str, Amounts] = defaultdict(lambda: Amounts(Decimal(0), Decimal(0)))
    for row, amounts in zip(made.rows, its.rows, strict=True):
        so_far = sums[row.values[at] or ""]
        sums[row.values[at] or ""] = Amounts(so_far.direct + amounts.direct, so_far.shared + amounts.shared)
    return dict(sums)


@given(charges((*TEAMS, "net", "plat", "lab", "lab")))
def test_months_are_those_of_the_source_in_every_table(given: list[Charge]) -> None:
    found = allocation(given)
    exact: dict[str, Decimal] = defaultdict(Decimal)
    for row in found.table.rows:
        exact[f"{row.period:%Y-%m}"] += row.cost
    months = round_column(exact, 2)

    for columns in TABLES:
        if "month" in columns:
            assert {month: its.cost for month, its in shown(found, columns, "month").items()} == months, columns


@given(charges((*TEAMS, None, "net", "plat", "lab", "nobody")))
def test_a_team_has_the_same_in_a_month_in_every_table(given: list[Charge]) -> None:
    found = allocation(given)

    cells: list[dict[tuple[str | None, ...], Amounts]] = []
    for columns in (("month", "team"), ("team", "month", "service"), ("month", "team", "owner", "service")):
        made = report(found, RULES, columns)
        (its,) = figures(made)
        sums: dict[tuple[str | None, ...], Amounts] = defaultdict(lambda: Amounts(Decimal(0), Decimal(0)))
        for row, amounts in zip(made.rows, its.rows, strict=True):
            key = tuple(row.values[columns.index(name)] for name in ("month", "team"))
            sums[key] = Amounts(sums[key].direct + amounts.direct, sums[key].shared + amounts.shared)
        cells.append(sums)
    assert cells[0] == cells[1] == cells[2]


@given(charges((*TEAMS, None, "net", "plat", "lab", "nobody")))
def test_direct_and_shared_costs_of_a_team_are_the_same_in_every_table(given: list[Charge]) -> None:
    found = allocation(given)
    teams = shown(found, ("team",), "team")

    for columns in TABLES:
        if "team" in columns:
            assert shown(found, columns, "team") == teams, columns
    owners = shown(found, ("owner",), "owner")
    assert {team: owners[f"owner of {team}"] for team in teams if team != "unknown"} == {
        team: its for team, its in teams.items() if team != "unknown"
    }
    services = shown(found, ("service",), "service")
    assert shown(found, ("service", "month"), "service") == services
    (its,) = figures(report(found, RULES, ("team",)))
    assert teams.get("unknown", Amounts(Decimal(0), Decimal(0))).cost == its.totals.unknown


def test_a_team_gives_way_where_its_months_can_not_add_up_otherwise() -> None:
    """Two of four half cents show one; each team has a cent, in the two that do or in the two that do not."""
    found = allocation([(month, team, "y", 5) for month, team in ((2, "b"), (3, "b"), (4, "c"), (5, "c"))])

    months = shown(found, ("month",), "month")
    assert [months[f"2026-0{month}"].cost for month in (2, 3, 4, 5)] == [CENT, CENT, NONE, NONE]
    for columns in (("team",), ("month", "team"), ("team", "service")):
        teams = shown(found, columns, "team")
        assert (teams["b"].cost, teams["c"].cost) == (2 * CENT, NONE)
    assert {month: its.cost for month, its in shown(found, ("month", "team"), "month").items()} == {
        month: its.cost for month, its in months.items()
    }


GRID = {
    Cell("a", "may"): (6, 0),
    Cell("b", "may"): (6, 0),
    Cell("b", "june"): (0, 4),
    Cell("c", "june"): (0, 4),
    Cell("c", "july"): (6, 4),
}


def rounded(rows: dict[str, Pair], pinned: tuple[str, ...] | None) -> tuple[dict[str, Pair], dict[str, int]]:
    """The sums of the grid's rows and columns."""
    sums: dict[str, Pair] = defaultdict(lambda: Pair(0, 0))
    columns: dict[str, int] = defaultdict(int)
    for cell, pair in round_grid(GRID, rows, 10, pinned).items():
        assert abs(10 * pair.first - GRID[cell][0]) < 10
        assert abs(10 * pair.second - GRID[cell][1]) < 10
        so_far = sums[cell.row]
        sums[cell.row] = Pair(so_far.first + pair.first, so_far.second + pair.second)
        columns[cell.column] += pair.cost
    return dict(sums), dict(columns)


MONTHS = {"may": 1, "june": 1, "july": 1}


@pytest.mark.parametrize("pinned", [None, ("a",), ()])
def test_a_grid_adds_up_both_ways(pinned: tuple[str, ...] | None) -> None:
    rows = {"a": Pair(1, 0), "b": Pair(0, 1), "c": Pair(1, 0)}

    assert rounded(rows, pinned) == (rows, MONTHS)


@pytest.mark.parametrize("pinned", ["a", "b"])
def test_rows_give_way_to_columns_but_for_those_that_are_pinned(pinned: str) -> None:
    rows = {"a": Pair(1, 0), "b": Pair(1, 0), "c": Pair(0, 1)}

    sums, columns = rounded(rows, (pinned,))

    assert columns == MONTHS
    assert sums[pinned] == rows[pinned]
    assert rounded(rows, None) == (rows, {"may": 2, "july": 1, "june": 0})


def test_rows_that_give_way_stay_within_a_unit_where_they_can() -> None:
    """Row b has a half to give in each direction; only one of them leaves 0.9 of a unit at one."""
    exact = {
        Cell("a", "june"): (7, 9),
        Cell("b", "may"): (3, 0),
        Cell("b", "june"): (6, 5),
        Cell("c", "june"): (0, 6),
        Cell("d", "may"): (7, 2),
        Cell("d", "june"): (4, 2),
    }
    rows = {"a": Pair(1, 1), "b": Pair(1, 0), "c": Pair(0, 1), "d": Pair(1, 1)}

    found = round_grid(exact, rows, 10, ())

    columns: dict[str, int] = defaultdict(int)
    off: dict[tuple[str, int], int] = defaultdict(int)
    for cell, pair in found.items():
        columns[cell.column] += pair.cost
        for which in (0, 1):
            off[cell.row, which] += 10 * pair[which] - exact[cell][which]
    assert columns == {"may": 2, "june": 4}
    assert max(map(abs, off.values())) < 10

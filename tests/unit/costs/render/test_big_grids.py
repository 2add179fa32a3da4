"""Grids of very many values add up, and quickly."""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import date
from decimal import Decimal

import pytest

from cost_allocation.analysis.report import Report, report
from cost_allocation.engine.allocate import allocate
from cost_allocation.model import Allocation, CostRow, CostTable
from cost_allocation.query import SERVICE, tag
from cost_allocation.rules.document import read_rules
from taggov.costs.render import grid_rounding
from taggov.costs.render.figures import figures, round_column
from taggov.costs.render.grid_rounding import Cell, round_grid
from taggov.costs.render.rounding import Pair

RULES = read_rules({"teams": {"a": "x", "b": "y"}})
MONTHS = range(1, 13)


def allocation(values: int, months_of_each: int) -> Allocation:
    """Random costs of services, each in some of the months."""
    draw = random.Random(1)
    rows = [
        CostRow(date(2026, month, 1), "USD", (None, draw.choice("ab"), f"r{value}"), Decimal(cost) / 10000, 1)
        for value in range(values)
        for month in draw.sample(MONTHS, months_of_each)
        for cost in [draw.randint(1, 999_999)]
    ]
    return allocate(CostTable((tag("project"), tag("team"), SERVICE), rows, "BilledCost", "x"), RULES, (SERVICE,))


def costs(made: Report, by: str) -> dict[str, Decimal]:
    """The shown costs of a report, added up by one of its columns."""
    (its,) = figures(made)
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for row, amounts in zip(made.rows, its.rows, strict=True):
        sums[row.values[made.columns.index(by)] or ""] += amounts.cost
    return dict(sums)


@pytest.mark.parametrize("months_of_each", [1, 2, 12])
def test_months_and_values_of_a_big_grid_add_up(months_of_each: int) -> None:
    found = allocation(12_000 // months_of_each, months_of_each)
    exact: dict[str, Decimal] = defaultdict(Decimal)
    values: dict[str, Decimal] = defaultdict(Decimal)
    for row in found.table.rows:
        exact[f"{row.period:%Y-%m}"] += row.cost
        values[row.values[2] or ""] += row.cost
    months = round_column(exact, 2)

    both = report(found, RULES, ("month", "service"))
    assert costs(both, "month") == months
    assert costs(report(found, RULES, ("month", "service", "team")), "month") == months
    by_service = costs(both, "service")
    assert all(abs(by_service[name] - cost) < Decimal("0.01") for name, cost in values.items())
    (its,) = figures(both)
    assert all(abs(row.cost - amounts.cost) < Decimal("0.01") for row, amounts in zip(both.rows, its.rows, strict=True))


def test_a_big_table_without_months_is_rounded_by_itself() -> None:
    made = report(allocation(1_000, 12), RULES, ("service",))

    assert made.months is None
    exact = {row.values[0] or "": row.cost for row in made.rows}
    assert costs(made, "service") == round_column(exact, 2)
    assert report(allocation(800, 12), RULES, ("service",)).months
    assert report(allocation(1_000, 12), RULES, ("team",)).months


@pytest.mark.parametrize("pinned", [None, ()])
def test_one_search_moves_many_units(monkeypatch: pytest.MonkeyPatch, pinned: tuple[str, ...] | None) -> None:
    """Each row shows a unit in may, where the source has as many in june."""
    exact = {Cell(f"{row:04}", month): (5, 0) for row in range(2_000) for month in ("may", "june")}
    searches = []
    levels = grid_rounding._Grid._levels

    def counted(grid: grid_rounding._Grid, off: dict[str, int]) -> object:
        searches.append(grid)
        return levels(grid, off)

    monkeypatch.setattr(grid_rounding._Grid, "_levels", counted)
    found = round_grid(exact, {f"{row:04}": Pair(1, 0) for row in range(2_000)}, 10, pinned)

    sums: dict[str, int] = defaultdict(int)
    for cell, pair in found.items():
        sums[cell.column] += pair.cost
        sums[cell.row] += pair.cost
    assert sums == {"may": 1_000, "june": 1_000} | {f"{row:04}": 1 for row in range(2_000)}
    assert 0 < len(searches) < 10

"""Months taken out of an allocation are what they are by themselves."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from cost_allocation.analysis.report import MONTH, TEAM
from cost_allocation.query import SERVICE
from taggov.costs.allocation_run import AllocationRun, open_run
from taggov.costs.dashboard.months import months_of, select_months
from taggov.costs.options import Options
from taggov.costs.periods import Period
from taggov.costs.sources.base import silent
from tests.support.focus import charge, write_focus

RULES = """
teams: {shop: ana@example.com, search: bob@example.com}
shared:
  network: {split: proportional, to: [shop, search]}
filters: {charge_categories: {exclude: [Tax]}}
"""
COLUMNS = (MONTH, TEAM, SERVICE)
MARCH, APRIL, MAY = date(2026, 3, 1), date(2026, 4, 1), date(2026, 5, 1)


@pytest.fixture
def run(tmp_path: Path) -> AllocationRun:
    def on(day: date, cost: str, team: str, **columns: str) -> dict[str, str]:
        return charge(cost, {"team": team}, ChargePeriodStart=f"{day}T00:00:00Z", **columns)

    rows = [
        on(MARCH, "10", "shop"),
        on(MARCH, "20", "search"),
        on(MARCH, "7", "network"),
        on(APRIL, "5", "shop", ServiceName="Amazon S3"),
        on(APRIL, "1", "search", BillingCurrency="EUR"),
        on(APRIL, "3", "network"),
        on(APRIL, "2", "nobody"),
        on(APRIL, "4", "shop", ChargeCategory="Tax"),
        on(MAY, "1", "search"),
    ]
    rules = tmp_path / "rules.yaml"
    rules.write_text(RULES, "utf-8")
    options = Options(focus=[str(write_focus(tmp_path / "costs.csv", *rows))], rules=rules)
    return open_run(options, lambda _: None, silent)


@pytest.mark.parametrize("months", [(MARCH,), (APRIL,), (MARCH, APRIL), (MARCH, APRIL, MAY)])
def test_they_are_what_they_are_by_themselves(run: AllocationRun, months: tuple[date, ...]) -> None:
    end = [APRIL, MAY, date(2026, 6, 1)][[MARCH, APRIL, MAY].index(months[-1])]
    (whole,) = run.allocation(COLUMNS)
    (alone,) = replace(run, period=Period(months[0], end)).allocation(COLUMNS)

    found = select_months(whole, months)

    # Everything but warnings, which are about all costs.
    assert replace(found, table=alone.table, warnings=(), dead_rules=()) == replace(alone, warnings=(), dead_rules=())
    assert found.table.rows == alone.table.rows
    assert months_of(found) == list(months)

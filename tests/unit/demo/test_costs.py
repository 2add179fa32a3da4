"""The cost checks of the demonstration succeed only for the right amounts."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from cost_allocation.analysis.report import Report, allocated_report, allocation_query
from cost_allocation.model import UNKNOWN
from cost_allocation.rules.model import Rules
from taggov.costs.sample.builtin import sample_file
from taggov.costs.sources.focus.files import FocusFiles
from tools.demo.checks import Checks
from tools.demo.costs import COLUMNS, END, START, allocate_sample, judge


@pytest.fixture(scope="module")
def right() -> Report:
    return allocate_sample()


def failed(report: Report) -> list[str]:
    checks = Checks()
    judge(report, checks)
    assert checks.results
    return [check.expectation for check in checks.failed]


def test_the_sample_has_the_expected_amounts(right: Report) -> None:
    assert failed(right) == []


def test_a_bill_with_only_unknown_costs_fails() -> None:
    table = FocusFiles([str(sample_file())]).fetch(allocation_query(Rules(), COLUMNS, "BilledCost", START, END))
    _, unknown = allocated_report(table, Rules(), COLUMNS)
    assert {row.values[0] for row in unknown.rows} == {UNKNOWN}

    assert failed(unknown) == [
        f"each team has the amount in {currency} that is known of it" for currency in ("USD", "EUR")
    ]


def test_a_cent_for_another_team_fails(right: Report) -> None:
    first, second, *others = right.rows
    cent = Decimal("0.01")
    moved = [replace(first, direct=first.direct - cent), replace(second, direct=second.direct + cent), *others]

    assert failed(replace(right, rows=moved)) == [f"each team has the amount in {first.currency} that is known of it"]


def test_a_lost_currency_fails(right: Report) -> None:
    rows = [row for row in right.rows if row.currency == "USD"]

    assert failed(replace(right, rows=rows)) == ["each team has the amount in EUR that is known of it"]

"""The cost half of the demonstration ends well for the right amounts alone."""

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
    assert checks.made
    return [check.expectation for check in checks.failed]


def test_the_sample_has_the_known_amounts(right: Report) -> None:
    assert failed(right) == []


def test_a_bill_of_which_everything_is_unknown_does_not_pass() -> None:
    table = FocusFiles([str(sample_file())]).fetch(allocation_query(Rules(), COLUMNS, "BilledCost", START, END))
    _, unknown = allocated_report(table, Rules(), COLUMNS)
    assert {row.values[0] for row in unknown.rows} == {UNKNOWN}

    assert failed(unknown) == [
        f"each team has the amount in {currency} that is known of it" for currency in ("USD", "EUR")
    ]


def test_a_cent_that_went_to_another_team_does_not_pass(right: Report) -> None:
    first, second, *others = right.rows
    cent = Decimal("0.01")
    moved = [replace(first, direct=first.direct - cent), replace(second, direct=second.direct + cent), *others]

    assert failed(replace(right, rows=moved)) == [f"each team has the amount in {first.currency} that is known of it"]


def test_a_currency_that_is_lost_does_not_pass(right: Report) -> None:
    rows = [row for row in right.rows if row.currency == "USD"]

    assert failed(replace(right, rows=rows)) == ["each team has the amount in EUR that is known of it"]

"""The commands with Cost Explorer behind them: prices are said, limits kept, closed months asked for once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from moto import mock_aws
from moto.ce.models import ce_backends
from moto.core.models import DEFAULT_ACCOUNT_ID

from tests.support.command_line import taggov
from tests.support.focus import charge, write_focus


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[dict[str, Any]]]:
    """Give what Cost Explorer answers, one for each request."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        queue: list[dict[str, Any]] = ce_backends[DEFAULT_ACCOUNT_ID]["aws"].cost_usage_results_queue
        queue.clear()
        yield queue
        queue.clear()


def month(start: str, end: str, **costs: str) -> dict[str, Any]:
    """A month whose groups are values of the tag project."""
    groups = [
        {"Keys": [f"project${value}"], "Metrics": {"UnblendedCost": {"Amount": cost, "Unit": "USD"}}}
        for value, cost in costs.items()
    ]
    return {"TimePeriod": {"Start": start, "End": end}, "Total": {}, "Groups": groups, "Estimated": False}


MAY = month("2026-05-01", "2026-06-01", web="10.25", api="4.75")
ASKED = ("costs", "by-tag", "project", "--month", "2026-05")


def test_the_price_is_said_before_and_the_answer_is_exact(answers: list[dict[str, Any]]) -> None:
    answers.append({"ResultsByTime": [MAY]})

    result = taggov(*ASKED, "--json")

    assert result.exit_code == 0, result.stderr
    assert json.loads(result.stdout)["totals"] == [{"currency": "USD", "cost": "15"}]
    assert "0.01 USD" in result.stderr


def test_a_closed_month_is_asked_for_once_unless_it_shall_be_fresh(answers: list[dict[str, Any]]) -> None:
    answers.append({"ResultsByTime": [MAY]})

    first, again, fresh = taggov(*ASKED), taggov(*ASKED), taggov(*ASKED, "--refresh")

    assert first.stdout == again.stdout == fresh.stdout
    assert ["0.01 USD" in one.stderr for one in (first, again, fresh)] == [True, False, True]


def test_nothing_is_asked_when_it_would_cost_too_much(answers: list[dict[str, Any]]) -> None:
    answers.append({"ResultsByTime": [MAY]})

    result = taggov(*ASKED, "--max-cost", "0.005")

    assert result.exit_code == 2
    assert "0.005" in result.stderr
    assert len(answers) == 1


def test_a_tag_that_is_not_activated_is_a_warning(answers: list[dict[str, Any]]) -> None:
    nothing = {"Keys": ["project$"], "Metrics": {"UnblendedCost": {"Amount": "7", "Unit": "USD"}}}
    answers.append({"ResultsByTime": [{**MAY, "Groups": [nothing]}]})

    result = taggov(*ASKED)

    assert result.exit_code == 0
    assert "activate it as a cost allocation tag in the payer account" in result.stderr
    assert "\n-  " in result.stdout


@pytest.mark.parametrize(("billed", "code"), [("100.004", 0), ("99", 3)])
def test_files_are_reconciled_with_cost_explorer(
    billed: str, code: int, answers: list[dict[str, Any]], folder: Path
) -> None:
    write_focus(folder / "bill.csv", charge("60.004"), charge("40"))
    total = {"UnblendedCost": {"Amount": billed, "Unit": "USD"}}
    answers.append({"ResultsByTime": [{**MAY, "Groups": [], "Total": total}]})

    result = taggov("costs", "reconcile", "--focus", "bill.csv", "--cost-explorer", "--json")

    assert result.exit_code == code, result.stderr
    (check,) = json.loads(result.stdout)["checks"]
    assert check["readings"] == {
        "bill.csv, total": "100.004",
        "bill.csv, sum by service and account": "100.004",
        "Cost Explorer, total": billed,
    }

"""Costs as they are opened: months, defaults, and the price of a question."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from cost_allocation.analysis.report import CUSTOMER, DAY, MONTH, TEAM, report
from cost_allocation.query import ACCOUNT, SERVICE, Granularity, tag
from cost_allocation.rules.model import Rules
from taggov.costs import allocation_run
from taggov.costs.dashboard.dataset import (
    CostExplorerRequest,
    Dataset,
    NoCosts,
    ask_cost_explorer,
    dimensions,
    least_price,
    open_files,
)
from taggov.costs.options import Options
from taggov.costs.periods import Period
from taggov.costs.sources.base import Announce, SourceError, silent
from taggov.costs.sources.cost_explorer.source import CostExplorer
from tests.support.cost_explorer import Bill, Line
from tests.support.focus import charge, write_focus


def on(day: str, cost: str = "1") -> dict[str, str]:
    return charge(cost, {"project": "shop", "floor": "3"}, ChargePeriodStart=f"{day}T00:00:00Z")


def opened(path: Path, *days: str) -> Dataset:
    return open_files("key", Options(focus=[str(write_focus(path / "costs.csv", *map(on, days)))]))


@pytest.mark.parametrize(
    ("days", "month"),
    [
        (("2026-04-01", "2026-06-30"), date(2026, 6, 1)),
        (("2026-04-01", "2026-06-29"), date(2026, 5, 1)),
        (("2026-06-03", "2026-06-04"), date(2026, 6, 1)),
    ],
)
def test_the_last_full_month_is_where_one_begins(tmp_path: Path, days: tuple[str, ...], month: date) -> None:
    assert opened(tmp_path, *days).last_full_month.start == month


def test_every_month_between_the_first_and_the_last_day_can_be_chosen(tmp_path: Path) -> None:
    assert [str(month) for month in opened(tmp_path, "2025-12-31", "2026-02-01").months] == [
        "2026-02",
        "2026-01",
        "2025-12",
    ]


def test_tag_keys_of_the_files_can_be_grouped_by(tmp_path: Path) -> None:
    found = opened(tmp_path, "2026-05-01")

    assert {tag("project"), tag("floor")} <= {*found.groups}


def test_files_without_rows_have_no_costs(tmp_path: Path) -> None:
    with pytest.raises(NoCosts, match=r"costs\.csv has no rows"):
        opened(tmp_path)


QUESTION = CostExplorerRequest(
    date(2026, 9, 1), date(2026, 11, 1), "UnblendedCost", days=False, most=Decimal(1), profile=None
)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Bill:
    """Cost Explorer with two months."""
    bill = Bill(
        Line(date(2026, 9, 3), "30", tags={"project": "shop"}),
        Line(date(2026, 9, 4), "5", service="Amazon S3"),
        Line(date(2026, 10, 3), "12", tags={"project": "shop"}),
    )

    def opened_bill(*, max_cost: Decimal | None, announce: Announce, **_: object) -> CostExplorer:
        return bill.source(max_cost=max_cost, announce=announce)

    monkeypatch.setattr(allocation_run, "open_cost_explorer", opened_bill)
    return bill


def test_the_price_is_at_least_a_cent_for_each_two_dimensions() -> None:
    assert len(dimensions(Rules())) == 5
    assert least_price(Rules()) == Decimal("0.03")


def test_an_answer_is_paid_for_once_and_held_for_all_pages(asked: Bill) -> None:
    said: list[str] = []

    found = ask_cost_explorer("key", QUESTION, Options(), said.append, silent)
    paid = len(asked.requests)
    for columns in ((MONTH, TEAM), (MONTH, SERVICE), (MONTH, ACCOUNT)):
        allocation = found.allocation(Period(None, None), "UnblendedCost", columns)
        assert report(allocation, found.run.rules, columns).totals["USD"].output == Decimal(47)

    assert len(asked.requests) == paid
    assert "USD" in said[0]
    assert (found.first, found.last) == (date(2026, 9, 1), date(2026, 10, 31))
    assert found.granularity is Granularity.MONTH
    assert CUSTOMER not in found.groups


def test_days_are_held_when_they_are_asked_for(asked: Bill) -> None:
    found = ask_cost_explorer("key", replace(QUESTION, days=True), Options(), lambda _: None, silent)

    assert (found.first, found.last) == (date(2026, 9, 3), date(2026, 10, 3))
    assert found.granularity is Granularity.DAY


def test_a_question_stops_before_it_costs_too_much(asked: Bill) -> None:
    with pytest.raises(SourceError, match="would cost"):
        ask_cost_explorer("key", replace(QUESTION, most=Decimal("0.01")), Options(), lambda _: None, silent)


def test_months_without_costs_are_told(asked: Bill) -> None:
    empty = replace(QUESTION, first=date(2026, 3, 1), end=date(2026, 4, 1))

    with pytest.raises(NoCosts, match="no costs from 2026-03-01 to 2026-03-31"):
        ask_cost_explorer("key", empty, Options(), lambda _: None, silent)


def test_files_are_read_once(tmp_path: Path) -> None:
    found = opened(tmp_path, "2026-04-03", "2026-05-04")
    (tmp_path / "costs.csv").unlink()

    for metric in ("BilledCost", "EffectiveCost"):
        for columns in ((MONTH, TEAM), (DAY, SERVICE), (MONTH, tag("floor")), (MONTH, tag("project"), CUSTOMER)):
            for period in (Period(None, None), Period(date(2026, 5, 3), date(2026, 5, 5))):
                assert found.allocation(period, metric, columns).totals["USD"].rows == (1 if period.start else 2)


def test_a_key_of_several_spellings_is_one_group(tmp_path: Path) -> None:
    rows = [charge("1", {"Team": "shop"}), charge("2", {"Team": "ops"}), charge("3", {"team": "shop"})]

    found = open_files("key", Options(focus=[str(write_focus(tmp_path / "costs.csv", *rows))]))

    assert [group for group in found.groups if group.casefold() == tag("team")] == [tag("Team")]


def test_only_a_month_with_its_first_and_last_day_is_covered(tmp_path: Path) -> None:
    found = opened(tmp_path, "2026-04-02", "2026-05-01", "2026-05-31")

    covered = [str(month) for month in found.months if found.covers(month)]

    assert covered == ["2026-05"]

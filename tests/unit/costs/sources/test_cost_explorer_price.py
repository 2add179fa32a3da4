"""Price of queries: announced before requests, and never above the limit."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from cost_allocation.query import PROVIDER, SERVICE, CostQuery, Filter, tag
from taggov.costs.sources.base import SourceError
from tests.support.cost_explorer import Bill, Line

MAY, JUNE = date(2026, 5, 1), date(2026, 6, 1)
THREE_SERVICES = [Line(MAY, "1", service=name) for name in "ABC"]


def query(*dimensions: str) -> CostQuery:
    return CostQuery("UnblendedCost", MAY, JUNE, dimensions=dimensions)


def test_the_price_is_told_before_the_first_request() -> None:
    bill = Bill(Line(MAY, "1"))
    told: list[tuple[int, str]] = []
    bill.source(announce=lambda line: told.append((len(bill.requests), line))).fetch(query(SERVICE))
    assert told == [(0, "Cost Explorer: 1 request or more, 0.01 USD (0.01 USD for each page)")]


def test_the_price_of_many_requests_is_told_when_their_number_is_known() -> None:
    bill = Bill(*THREE_SERVICES)
    told: list[tuple[int, str]] = []
    source = bill.source(announce=lambda line: told.append((len(bill.requests), line)))
    source.fetch(query(tag("a"), tag("b"), SERVICE))
    assert [(sent, line.split(" (")[0]) for sent, line in told] == [
        (0, "Cost Explorer: 1 request or more, 0.01 USD"),
        (0, "Cost Explorer: 2 requests or more, 0.02 USD"),
        (1, "Cost Explorer: 3 requests or more, 0.03 USD"),
    ]
    assert (len(bill.requests), bill.tag_requests) == (4, 1)
    assert (source.requests, source.spent) == (5, Decimal("0.05"))


def test_progress_is_told_over_the_many_requests() -> None:
    seen: list[tuple[int, int | None]] = []
    source = Bill(*THREE_SERVICES).source(progress=lambda done, total, what: seen.append((done, total)))
    source.fetch(query(tag("a"), tag("b"), SERVICE))
    assert seen == [(0, 3), (1, 3), (2, 3), (3, 3)]


def test_every_page_counts() -> None:
    source = Bill(*THREE_SERVICES, page_size=1).source()
    source.fetch(query(SERVICE))
    assert source.spent == Decimal("0.03")


def test_what_is_too_dear_from_the_start_is_not_sent() -> None:
    bill = Bill(Line(MAY, "1"))
    with pytest.raises(SourceError, match=r"1 more requests? after 0 would cost 0.01 USD .* --max-cost 0.005"):
        bill.source(max_cost=Decimal("0.005")).fetch(query())
    assert bill.requests == []


def test_many_requests_are_refused_before_the_first_of_them() -> None:
    bill = Bill(*THREE_SERVICES)
    with pytest.raises(SourceError, match=r"3 more requests after 2 would cost 0.05 USD .* --max-cost 0.04"):
        bill.source(max_cost=Decimal("0.04")).fetch(query(tag("a"), tag("b"), SERVICE))
    assert len(bill.requests) == 1


def test_pages_stop_at_the_limit() -> None:
    bill = Bill(*THREE_SERVICES, page_size=1)
    with pytest.raises(SourceError, match=r"--max-cost 0.02"):
        bill.source(max_cost=Decimal("0.02")).fetch(query(SERVICE))
    assert len(bill.requests) == 2


def test_the_limit_is_for_all_queries_together_and_may_be_met() -> None:
    source = Bill(*THREE_SERVICES).source(max_cost=Decimal("0.02"))
    source.fetch(query())
    source.fetch(query())
    with pytest.raises(SourceError, match=r"1 more request after 2 would cost 0.03"):
        source.fetch(query())


def test_no_further_requests_are_told_when_there_are_none() -> None:
    told: list[str] = []
    Bill().source(announce=told.append).fetch(query(tag("a"), tag("b"), SERVICE))
    assert [line.split(" (")[0] for line in told] == [
        "Cost Explorer: 1 request or more, 0.01 USD",
        "Cost Explorer: 2 requests or more, 0.02 USD",
    ]


def test_costs_of_another_provider_are_none_and_free() -> None:
    bill = Bill(Line(MAY, "1"))
    told: list[str] = []
    elsewhere = CostQuery("UnblendedCost", MAY, JUNE, filters=(Filter(PROVIDER, ("Microsoft",)),))
    assert bill.source(announce=told.append, max_cost=Decimal(0)).fetch(elsewhere).rows == []
    assert (bill.requests, told) == ([], [])

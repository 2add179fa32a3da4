"""Tag keys whose letter case is another one in Cost Explorer than in the question."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from botocore.stub import Stubber

from cost_allocation.exact import text
from cost_allocation.query import SERVICE, CostQuery, Filter, tag
from taggov.costs.sources.base import SourceError
from taggov.costs.sources.cost_explorer.source import CostExplorer
from tests.support.cost_explorer import TODAY, Bill, Line, client_without_aws

MAY, JUNE = date(2026, 5, 1), date(2026, 6, 1)
QUERY = CostQuery("UnblendedCost", MAY, JUNE, dimensions=(tag("team"),))


def sums(bill: Bill, query: CostQuery = QUERY) -> list[tuple[tuple[str | None, ...], str]]:
    return [(row.values, text(row.cost)) for row in bill.source().fetch(query).rows]


def warnings(bill: Bill, query: CostQuery = QUERY) -> tuple[str, ...]:
    return bill.source().fetch(query).warnings


def test_the_one_spelling_that_there_is_gets_read() -> None:
    bill = Bill(Line(MAY, "1", tags={"Team": "shop"}), Line(MAY, "2"))
    assert sums(bill) == [((None,), "2"), (("shop",), "1")]
    assert warnings(bill) == ('Cost Explorer spells the tag key "team" as "Team": that spelling is used',)
    only = replace(QUERY, dimensions=(SERVICE, tag("team")), filters=(Filter(tag("team"), ("shop",)),))
    assert sums(bill, only) == [(("Amazon EC2", "shop"), "1")]


def test_spellings_that_are_left_out_are_named_with_what_helps() -> None:
    bill = Bill(*(Line(MAY, "1", tags={key: "shop"}) for key in ("team", "Team", "TEAM", "teams")))
    assert sums(bill) == [((None,), "3"), (("shop",), "1")]
    assert warnings(bill) == (
        'only the spelling "team" of a tag key is used, but Cost Explorer also has costs under "TEAM", "Team": '
        "add these to tag_keys",
    )
    assert warnings(bill, replace(QUERY, dimensions=(tag("team"), tag("Team"), tag("TEAM")))) == ()


def test_two_keys_that_are_one_in_cost_explorer_are_asked_for_once() -> None:
    bill = Bill(Line(MAY, "1", tags={"Team": "shop"}))
    assert sums(bill, replace(QUERY, dimensions=(tag("team"), SERVICE, tag("Team")))) == [
        (("shop", "Amazon EC2", "shop"), "1")
    ]
    assert [len(request["GroupBy"]) for request in bill.requests] == [2]


def test_tags_of_accounts_have_a_prefix() -> None:
    bill = Bill(Line(MAY, "1", tags={"accountTag/Team": "shop"}))
    assert sums(bill) == [(("shop",), "1")]


def test_all_pages_of_keys_are_read() -> None:
    bill = Bill(Line(MAY, "1", tags={"A": "x", "B": "x", "Team": "shop"}), page_size=1)
    assert sums(bill) == [(("shop",), "1")]
    assert bill.tag_requests == 3


@pytest.mark.parametrize("query", [replace(QUERY, exact_keys=True), replace(QUERY, dimensions=(SERVICE,))])
def test_nobody_asks_for_keys_when_it_does_not_matter(query: CostQuery) -> None:
    bill = Bill(Line(MAY, "1", tags={"Team": "shop"}))
    bill.source().fetch(query)
    assert bill.tag_requests == 0


def test_a_caller_that_may_not_see_keys_still_sees_costs() -> None:
    on = client_without_aws()
    groups = [{"Keys": ["team$shop"], "Metrics": {"UnblendedCost": {"Amount": "1", "Unit": "USD"}}}]
    period = {"Start": "2026-05-01", "End": "2026-06-01"}
    with Stubber(on) as stub:
        stub.add_client_error("get_tags", "AccessDeniedException")
        stub.add_response("get_cost_and_usage", {"ResultsByTime": [{"TimePeriod": period, "Groups": groups}]})
        table = CostExplorer(on, today=TODAY, announce=lambda _: None).fetch(QUERY)
        stub.assert_no_pending_responses()
    assert [row.values for row in table.rows] == [("shop",)]
    (warning,) = table.warnings
    assert warning.startswith("other spellings of tag keys could not be listed")
    assert "ce:GetTags" in warning


def test_keys_count_for_the_limit() -> None:
    bill = Bill(Line(MAY, "1", tags={"Team": "shop"}))
    with pytest.raises(SourceError, match=r"--max-cost 0.01"):
        bill.source(max_cost=Decimal("0.01")).fetch(QUERY)
    assert (bill.tag_requests, len(bill.requests)) == (1, 0)

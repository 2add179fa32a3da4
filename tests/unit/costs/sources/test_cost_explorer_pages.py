"""Pages as AWS sends them: what is sent again, what is merged, what ends the loop."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber
from hypothesis import given
from hypothesis import strategies as st
from moto import mock_aws
from moto.ce.models import ce_backends
from moto.core.models import DEFAULT_ACCOUNT_ID

from cost_allocation.query import SERVICE, CostQuery, Granularity, tag
from taggov.costs.sources.base import SourceError
from taggov.costs.sources.cost_explorer.answer import sum_pages
from taggov.costs.sources.cost_explorer.client import client
from taggov.costs.sources.cost_explorer.source import CostExplorer
from tests.support.cost_explorer import TODAY, client_without_aws

PROJECT = tag("project")
QUERY = CostQuery("UnblendedCost", date(2026, 5, 1), date(2026, 7, 1), dimensions=(PROJECT,))
ASKED = {
    "TimePeriod": {"Start": "2026-05-01", "End": "2026-07-01"},
    "Granularity": "MONTHLY",
    "Metrics": ["UnblendedCost"],
    "GroupBy": [{"Type": "TAG", "Key": "project"}],
}


def result(month: str, *groups: tuple[str, str], estimated: bool = False, unit: str = "USD") -> dict[str, Any]:
    return {
        "TimePeriod": {"Start": f"{month}-01", "End": f"{month}-28"},
        "Total": {},
        "Groups": [
            {"Keys": [key], "Metrics": {"UnblendedCost": {"Amount": amount, "Unit": unit}}} for key, amount in groups
        ],
        "Estimated": estimated,
    }


def page(*results: dict[str, Any], token: str | None = None) -> Any:
    return {"ResultsByTime": list(results), **({"NextPageToken": token} if token else {})}


TWO_PAGES = (
    page(result("2026-05", ("project$a", "1.10"), ("project$", "-0.20")), token="more"),
    page(result("2026-05", ("project$b", "4")), result("2026-06", ("project$a$b", "0.3"), estimated=True)),
)
TABLE = [
    (date(2026, 5, 1), "USD", (None,), Decimal("-0.2"), 0),
    (date(2026, 5, 1), "USD", ("a",), Decimal("1.1"), 0),
    (date(2026, 5, 1), "USD", ("b",), Decimal(4), 0),
    (date(2026, 6, 1), "USD", ("a$b",), Decimal("0.3"), 0),
]


@pytest.fixture
def moto_results(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[dict[str, Any]]]:
    """The queue of answers that moto gives, one for each request."""
    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        yield ce_backends[DEFAULT_ACCOUNT_ID]["aws"].cost_usage_results_queue


def source(on: Any) -> CostExplorer:
    return CostExplorer(on, today=TODAY, announce=lambda _: None)


def test_two_pages_that_repeat_a_period_are_one_table(moto_results: list[dict[str, Any]]) -> None:
    moto_results.extend(TWO_PAGES)
    table = source(client(boto3.Session())).fetch(QUERY)
    assert table.rows == TABLE
    assert table.estimated == {date(2026, 6, 1)}
    assert moto_results == []


def test_a_page_is_asked_for_with_the_same_parameters_and_its_token() -> None:
    on = client_without_aws()
    with Stubber(on) as stub:
        stub.add_response("get_cost_and_usage", TWO_PAGES[0], ASKED)
        stub.add_response("get_cost_and_usage", TWO_PAGES[1], {**ASKED, "NextPageToken": "more"})
        assert source(on).fetch(QUERY).rows == TABLE
        stub.assert_no_pending_responses()


@pytest.mark.parametrize("tokens", [("x", "x"), ("x", "y", "x")])
def test_a_repeated_token_is_refused(tokens: tuple[str, ...]) -> None:
    on = client_without_aws()
    with Stubber(on) as stub:
        for token in tokens:
            stub.add_response("get_cost_and_usage", page(result("2026-05", ("project$a", "1")), token=token))
        with pytest.raises(SourceError, match="repeated a page token"):
            source(on).fetch(QUERY)
        stub.assert_no_pending_responses()


@pytest.mark.parametrize(
    ("broken", "cause"),
    [
        (page(result("2026-05", ("project$a", "many"))), "InvalidOperation"),
        (page(result("2026-05", ("project$a", "NaN"))), "amount NaN"),
        (page(result("May 2026", ("project$a", "1"))), "Invalid isoformat"),
        (page({**result("2026-05"), "Groups": [{"Keys": ["project$a"], "Metrics": {}}]}), "UnblendedCost"),
        (page({**result("2026-05"), "Groups": [{"Keys": [], "Metrics": {}}]}), "zip"),
    ],
)
def test_an_answer_that_is_not_one_is_refused_in_one_line(broken: dict[str, Any], cause: str) -> None:
    on = client_without_aws()
    with Stubber(on) as stub:
        stub.add_response("get_cost_and_usage", broken)
        with pytest.raises(SourceError, match=f"returned an unreadable answer: .*{cause}") as raised:
            source(on).fetch(QUERY)
    assert "\n" not in str(raised.value)


GROUPS = st.lists(
    st.tuples(
        st.sampled_from(["2026-05", "2026-06"]),
        st.sampled_from(["USD", "EUR"]),
        st.text("ab$", max_size=4),
        st.decimals(-1000, 1000, places=8),
    ),
    max_size=20,
)


@given(groups=GROUPS, cuts=st.lists(st.integers(0, 20), max_size=5))
def test_wherever_pages_are_cut_the_sums_are_the_same(
    groups: list[tuple[str, str, str, Decimal]], cuts: list[int]
) -> None:
    results = [result(month, (f"project${tag}", str(cost)), unit=unit) for month, unit, tag, cost in groups]
    borders = [0, *sorted(min(cut, len(results)) for cut in cuts), len(results)]
    pages = [page(*results[first:last]) for first, last in pairwise(borders)]
    whole = sum_pages([page(*results)], "UnblendedCost", Granularity.MONTH, (PROJECT,))
    assert sum_pages(pages, "UnblendedCost", Granularity.MONTH, (PROJECT,)).amounts == whole.amounts
    assert sum(whole.amounts.values()) == sum(cost for *_, cost in groups)


def test_an_ungrouped_period_has_a_total_or_nothing() -> None:
    total = {"UnblendedCost": {"Amount": "12.5", "Unit": "USD"}}
    on = client_without_aws()
    with Stubber(on) as stub:
        stub.add_response("get_cost_and_usage", page({**result("2026-05"), "Total": total}, {**result("2026-06")}))
        rows = source(on).fetch(CostQuery("UnblendedCost", QUERY.start, QUERY.end)).rows
    assert [(row.period.month, row.cost) for row in rows] == [(5, Decimal("12.5"))]


def test_more_than_two_groups_are_never_in_one_request() -> None:
    on = client_without_aws()
    with Stubber(on) as stub:
        stub.add_response(
            "get_cost_and_usage", page(), {**ASKED, "GroupBy": [{"Type": "DIMENSION", "Key": "RECORD_TYPE"}]}
        )
        query = CostQuery("UnblendedCost", QUERY.start, QUERY.end, dimensions=("charge_category", SERVICE, PROJECT))
        assert source(on).fetch(query).rows == []

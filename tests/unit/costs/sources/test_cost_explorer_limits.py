"""Questions that are refused before they cost anything, and the fix that is named."""

from __future__ import annotations

from datetime import date

import pytest

from cost_allocation.query import CostQuery, Filter, Granularity
from taggov.costs.sources.base import SourceError
from taggov.costs.sources.cost_explorer.limits import METRICS, check
from tests.support.cost_explorer import TODAY, Bill

DAY, MONTH = Granularity.DAY, Granularity.MONTH


@pytest.mark.parametrize(
    ("start", "end", "granularity", "words"),
    [
        (date(2026, 5, 1), date(2026, 5, 1), MONTH, "start and end are both 2026-05-01.* use --end 2026-06-01"),
        (date(2026, 5, 1), date(2026, 5, 1), DAY, "end is exclusive: use --end 2026-05-02"),
        (date(2026, 6, 1), date(2026, 5, 1), MONTH, "--end 2026-07-01, or --start 2026-05-01 --end 2026-06-01"),
        (date(2026, 5, 1), date(2026, 12, 2), MONTH, "end 2026-12-02 .* use --end 2026-12-01 or earlier"),
        (date(2026, 5, 1), date.max, MONTH, "use --end 2026-12-01 or earlier"),
        (date.max, date.max, MONTH, "start 9999-12-31 is in the future: use --start 2026-11-25"),
        (date(2026, 11, 26), date(2026, 12, 1), DAY, "start 2026-11-26 is in the future"),
        (date(2025, 8, 31), date(2026, 5, 1), MONTH, "use --start 2025-08-01 or --start 2025-09-01"),
        (date(2025, 8, 1), date(2026, 5, 1), DAY, "use --start 2025-09-01 or later, or ask for months"),
        (date.min.replace(day=2), date(2026, 5, 1), MONTH, "use --start 0001-01-01"),
        (None, date(2026, 5, 1), MONTH, "start date is missing"),
        (date(2026, 5, 1), None, MONTH, "end date is missing.* use --start and --end"),
    ],
)
def test_dates_that_cost_explorer_has_no_answer_for_are_refused_with_the_fix(
    start: date | None, end: date | None, granularity: Granularity, words: str
) -> None:
    bill = Bill()
    with pytest.raises(SourceError, match=words):
        bill.source().fetch(CostQuery("UnblendedCost", start, end, granularity))
    assert bill.requests == []


@pytest.mark.parametrize(
    ("start", "end", "granularity"),
    [
        (date(2025, 9, 1), date(2026, 12, 1), DAY),
        (date(2025, 9, 2), date(2026, 11, 26), MONTH),
        (date(2023, 2, 1), date(2023, 3, 1), MONTH),
        (TODAY, date(2026, 12, 1), DAY),
    ],
)
def test_dates_at_the_limits_are_asked_for(start: date, end: date, granularity: Granularity) -> None:
    assert check(CostQuery("UnblendedCost", start, end, granularity), TODAY) == (start, end)


@pytest.mark.parametrize("metric", ["UsageQuantity", "NormalizedUsageAmount", "unblendedcost", "EffectiveCost", ""])
def test_a_metric_that_is_no_cost_is_refused_with_those_that_are(metric: str) -> None:
    with pytest.raises(SourceError, match=f'metric "{metric}".*UnblendedCost, AmortizedCost, BlendedCost, Net'):
        Bill().source().fetch(CostQuery(metric, date(2026, 5, 1), date(2026, 6, 1)))


@pytest.mark.parametrize("metric", METRICS)
def test_each_cost_metric_is_asked_for_by_its_name(metric: str) -> None:
    bill = Bill()
    assert bill.source().fetch(CostQuery(metric, date(2026, 5, 1), date(2026, 6, 1))).metric == metric
    assert bill.requests[0]["Metrics"] == [metric]


@pytest.mark.parametrize("dimension", ["team", "tag:", "SERVICE"])
def test_an_unknown_dimension_is_refused_as_group_and_as_filter(dimension: str) -> None:
    may = CostQuery("UnblendedCost", date(2026, 5, 1), date(2026, 6, 1), dimensions=(dimension,))
    filtered = CostQuery("UnblendedCost", may.start, may.end, filters=(Filter(dimension, ("x",)),))
    for query in (may, filtered):
        with pytest.raises(SourceError, match=f'dimension "{dimension}" is unknown; allowed: service, account'):
            Bill().source().fetch(query)


def test_a_charge_category_that_focus_does_not_know_is_refused() -> None:
    typo = (Filter("charge_category", ("Usage", "Credits")),)
    with pytest.raises(SourceError, match='"Credits" is unknown; allowed: Usage, Purchase, Tax, Credit, Adjustment'):
        Bill().source().fetch(CostQuery("UnblendedCost", date(2026, 5, 1), date(2026, 6, 1), filters=typo))

"""The sums that charts are made of add up to what reports say."""

from __future__ import annotations

from itertools import permutations

import pytest

from cost_allocation import query
from cost_allocation.analysis.report import DAY, ENVIRONMENT, MONTH, OWNER, POOL, PROJECT, TEAM, report
from taggov.costs.dashboard.chart_allocation import chart_allocation, chart_columns
from tests.support.allocated import RULES, allocated, bill, charge, two_currencies

MANY = bill(
    *two_currencies().rows, charge("7", "web", region="us-east-1"), charge("1", "web", environment="dev"), charge("2")
)


@pytest.mark.parametrize("currency", ["USD", "JPY"])
@pytest.mark.parametrize("column", [TEAM, OWNER, PROJECT, POOL, ENVIRONMENT, query.SERVICE])
def test_every_report_that_it_serves_is_the_same(column: str, currency: str) -> None:
    whole = allocated(MANY)
    found = chart_allocation(whole, RULES, column, currency)

    assert len(found.rows) < len(whole.rows)
    assert set(found.totals) == {currency}
    for columns in [(column,), *permutations({column, TEAM, MONTH}, 2), tuple(chart_columns(column))]:
        expected = [row for row in report(whole, RULES, columns).rows if row.currency == currency]
        assert report(found, RULES, columns).rows == expected
    assert DAY in chart_columns(column)

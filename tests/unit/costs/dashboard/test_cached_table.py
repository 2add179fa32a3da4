"""A table that was paid for once answers every coarser question."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from cost_allocation.model import CostRow, CostTable
from cost_allocation.query import ACCOUNT, REGION, SERVICE, CostQuery, Filter, Granularity
from taggov.costs.dashboard.cached_table import CachedTable
from taggov.costs.sources.base import SourceError

_TABLE = CostTable(
    (SERVICE, ACCOUNT),
    [
        CostRow(date(2026, 5, 1), "USD", ("EC2", "1"), Decimal("0.1"), 2),
        CostRow(date(2026, 5, 2), "USD", ("EC2", "2"), Decimal("0.2"), 3),
        CostRow(date(2026, 5, 2), "EUR", (None, "2"), Decimal("7"), 1),
        CostRow(date(2026, 6, 1), "USD", ("EC2", "1"), Decimal("-4"), 1),
    ],
    "UnblendedCost",
    "Cost Explorer",
    frozenset({date(2026, 6, 1)}),
    ("a warning",),
)


def query(
    *dimensions: str,
    start: date | None = None,
    end: date | None = None,
    metric: str = "UnblendedCost",
    granularity: Granularity = Granularity.MONTH,
    filters: tuple[Filter, ...] = (),
) -> CostQuery:
    return CostQuery(metric, start, end, granularity, dimensions, filters)


def test_rows_are_added_up_by_currency_month_and_dimension() -> None:
    table = CachedTable(_TABLE, Granularity.DAY).fetch(query(SERVICE))

    assert [(row.period, row.currency, row.values, str(row.cost), row.rows) for row in table.rows] == [
        (date(2026, 5, 1), "EUR", (None,), "7", 1),
        (date(2026, 5, 1), "USD", ("EC2",), "0.3", 5),
        (date(2026, 6, 1), "USD", ("EC2",), "-4", 1),
    ]
    assert table.warnings == ("a warning",)


def test_days_outside_the_period_do_not_count() -> None:
    asked = query(ACCOUNT, start=date(2026, 5, 2), end=date(2026, 6, 1), granularity=Granularity.DAY)

    table = CachedTable(_TABLE, Granularity.DAY).fetch(asked)

    assert [(row.currency, row.values, str(row.cost)) for row in table.rows] == [
        ("EUR", ("2",), "7"),
        ("USD", ("2",), "0.2"),
    ]
    assert table.estimated == frozenset()


def test_estimated_periods_stay_estimated() -> None:
    assert CachedTable(_TABLE, Granularity.DAY).fetch(query()).estimated == {date(2026, 6, 1)}


@pytest.mark.parametrize(
    ("asked", "complaint"),
    [
        (query(REGION), "was queried by service, account, not by region"),
        (query(metric="AmortizedCost"), "was queried for UnblendedCost, not for AmortizedCost"),
        (query(granularity=Granularity.DAY), "was queried by month, without days"),
        (query(start=date(2026, 5, 2)), "was queried by month, without days"),
        (query(filters=(Filter(SERVICE, ("EC2",)),)), "cannot be filtered"),
    ],
)
def test_what_the_table_is_too_coarse_for_is_refused(asked: CostQuery, complaint: str) -> None:
    with pytest.raises(SourceError, match=complaint):
        CachedTable(_TABLE, Granularity.MONTH).fetch(asked)

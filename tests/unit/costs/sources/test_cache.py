"""Months that are asked anew, and those that are not."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cost_allocation.model import CostRow, CostTable
from cost_allocation.query import SERVICE, CostQuery, Filter, Granularity, tag
from taggov.costs.sources.base import SourceError
from taggov.costs.sources.cache.source import CachedSource
from tests.support.cost_explorer import TODAY, Bill, Line

APRIL, MAY, JUNE, JULY = (date(2026, month, 1) for month in (4, 5, 6, 7))
OCTOBER, NOVEMBER, DECEMBER = (date(2026, month, 1) for month in (10, 11, 12))
QUERY = CostQuery("UnblendedCost", MAY, JULY, dimensions=(SERVICE,))
HOUR = 3600


class Shelf:
    """A store whose time stands still."""

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}
        self.seconds: list[int | None] = []

    def get(self, key: str) -> str | None:
        return self.texts.get(key)

    def set(self, key: str, text: str, seconds: int | None) -> None:
        self.texts[key] = text
        self.seconds.append(seconds)


def cached(bill: Bill, shelf: Shelf, today: date = TODAY, scope: str = "111111111111") -> CachedSource:
    return CachedSource(bill.source(today=today), shelf, scope=scope, today=today)


def months_asked(bill: Bill) -> list[tuple[str, str]]:
    return [(request["TimePeriod"]["Start"], request["TimePeriod"]["End"]) for request in bill.requests]


def bill_of(*days: date, estimated: tuple[str, ...] = ()) -> Bill:
    return Bill(*(Line(day, f"{day.month}.10") for day in days), estimated=estimated)


def test_what_was_asked_before_is_not_asked_again() -> None:
    bill, shelf = bill_of(MAY, JUNE), Shelf()
    first = cached(bill, shelf).fetch(QUERY)
    assert cached(bill, shelf).fetch(QUERY) == first
    assert first == bill_of(MAY, JUNE).source().fetch(QUERY)
    assert months_asked(bill) == [("2026-05-01", "2026-07-01")]


def test_only_missing_months_are_asked_for_and_neighbours_together() -> None:
    bill, shelf = bill_of(APRIL, MAY, JUNE, JULY), Shelf()
    source = cached(bill, shelf)
    source.fetch(replace(QUERY, start=MAY, end=JUNE))
    whole = replace(QUERY, start=date(2026, 3, 1), end=date(2026, 8, 1))
    assert [row.period.month for row in source.fetch(whole).rows] == [4, 5, 6, 7]
    assert months_asked(bill) == [
        ("2026-05-01", "2026-06-01"),
        ("2026-03-01", "2026-05-01"),
        ("2026-06-01", "2026-08-01"),
    ]


def test_a_month_that_ended_more_than_two_weeks_ago_is_kept_for_good() -> None:
    shelf = Shelf()
    cached(bill_of(MAY), shelf).fetch(QUERY)
    assert shelf.seconds == [None, None]


@pytest.mark.parametrize(
    ("today", "seconds"),
    [(date(2026, 11, 15), [HOUR, HOUR]), (date(2026, 11, 16), [None, HOUR]), (date(2026, 12, 15), [None, HOUR])],
)
def test_the_last_month_is_kept_for_an_hour_until_two_weeks_after_its_end(
    today: date, seconds: list[int | None]
) -> None:
    shelf = Shelf()
    cached(bill_of(OCTOBER), shelf, today).fetch(replace(QUERY, start=OCTOBER, end=DECEMBER))
    assert shelf.seconds == seconds


def test_days_of_an_open_month_are_kept_for_an_hour_however_long_ago_they_are() -> None:
    shelf = Shelf()
    cached(bill_of(NOVEMBER), shelf).fetch(CostQuery("UnblendedCost", NOVEMBER, date(2026, 11, 3), Granularity.DAY))
    assert shelf.seconds == [HOUR]


def test_an_estimated_month_is_kept_for_an_hour_and_stays_estimated() -> None:
    bill, shelf = bill_of(MAY, JUNE, estimated=("2026-05-01",)), Shelf()
    cached(bill, shelf).fetch(QUERY)
    assert shelf.seconds == [HOUR, None]
    assert cached(bill, shelf).fetch(QUERY).estimated == {MAY}
    assert len(bill.requests) == 1


def test_warnings_are_kept_once_and_for_an_hour() -> None:
    bill, shelf = bill_of(MAY, JUNE), Shelf()
    query = replace(QUERY, dimensions=(tag("project"),))
    first = cached(bill, shelf).fetch(query)
    assert shelf.seconds == [HOUR, HOUR]
    assert len(first.warnings) == 1
    assert cached(bill, shelf).fetch(query).warnings == first.warnings
    assert len(bill.requests) == 1


def test_refresh_asks_again_and_replaces_what_was_kept() -> None:
    shelf = Shelf()
    cached(bill_of(MAY), shelf).fetch(QUERY)
    news = Bill(Line(MAY, "99"))
    anew = CachedSource(news.source(), shelf, scope="111111111111", today=TODAY, refresh=True)
    assert [row.cost for row in anew.fetch(QUERY).rows] == [99]
    assert [row.cost for row in cached(Bill(), shelf).fetch(QUERY).rows] == [99]


@pytest.mark.parametrize(
    "other",
    [
        replace(QUERY, metric="AmortizedCost"),
        replace(QUERY, dimensions=("region",)),
        replace(QUERY, granularity=Granularity.DAY),
        replace(QUERY, filters=(Filter(SERVICE, ("Amazon EC2",)),)),
        replace(QUERY, start=date(2026, 5, 2), end=JUNE),
        replace(QUERY, end=date(2026, 5, 31)),
    ],
)
def test_another_question_is_asked_for_itself(other: CostQuery) -> None:
    bill, shelf = bill_of(MAY, JUNE), Shelf()
    cached(bill, shelf).fetch(QUERY)
    cached(bill, shelf).fetch(other)
    assert len(bill.requests) == 2


def test_another_account_is_asked_for_itself() -> None:
    bill, shelf = bill_of(MAY), Shelf()
    cached(bill, shelf, scope="111111111111").fetch(QUERY)
    cached(bill, shelf, scope="222222222222").fetch(QUERY)
    assert len(bill.requests) == 2


def test_a_part_of_a_month_is_kept_by_its_own_dates() -> None:
    bill, shelf = bill_of(date(2026, 5, 5), date(2026, 5, 25), JUNE), Shelf()
    source = cached(bill, shelf)
    late = replace(QUERY, start=date(2026, 5, 20), end=JULY)
    assert [row.cost for row in source.fetch(late).rows] == [Decimal("5.1"), Decimal("6.1")]
    assert [row.cost for row in source.fetch(QUERY).rows] == [Decimal("10.2"), Decimal("6.1")]
    assert months_asked(bill) == [("2026-05-20", "2026-07-01"), ("2026-05-01", "2026-06-01")]


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [
        (None, JULY, "start date is missing"),
        (JULY, MAY, "is after end"),
        (MAY, date.max, "is after the current month"),
    ],
)
def test_dates_that_the_source_refuses_are_refused_by_the_source(start: date | None, end: date, words: str) -> None:
    with pytest.raises(SourceError, match=words):
        cached(Bill(), Shelf()).fetch(replace(QUERY, start=start, end=end))


DAMAGED = [
    "",
    "{",
    "[]",
    "null",
    "{}",
    '{"rows": [["2026-05-01", "USD", ["A"], "NaN", 0]], "estimated": [], "warnings": []}',
    '{"rows": [["2026-05-01", "USD", ["A"], "x", 0]], "estimated": [], "warnings": []}',
    '{"rows": [["2026-05-01", "USD", ["A", "B"], "1", 0]], "estimated": [], "warnings": []}',
    '{"rows": [["2026-05-01", "USD"]], "estimated": [], "warnings": []}',
    '{"rows": [["May", "USD", ["A"], "1", 0]], "estimated": [], "warnings": []}',
    '{"rows": [], "estimated": [7], "warnings": []}',
    '{"rows": [], "estimated": [], "warnings": null}',
]


@pytest.mark.parametrize("text", DAMAGED)
def test_a_damaged_entry_counts_as_missing(text: str) -> None:
    bill, shelf = bill_of(MAY, JUNE), Shelf()
    whole = cached(bill, shelf).fetch(QUERY)
    shelf.texts = dict.fromkeys(shelf.texts, text)
    assert cached(bill, shelf).fetch(QUERY) == whole
    assert len(bill.requests) == 2


def test_what_is_asked_is_not_readable_in_the_store() -> None:
    shelf = Shelf()
    cached(Bill(), shelf).fetch(QUERY)
    assert all(re.fullmatch(r"taggov:costs:[0-9a-f]{64}", key) for key in shelf.texts)


ROWS = st.builds(
    CostRow,
    period=st.sampled_from([MAY, JUNE]),
    currency=st.sampled_from(["USD", "EUR"]),
    values=st.tuples(st.none() | st.text(min_size=1)),
    cost=st.decimals(allow_nan=False, allow_infinity=False),
    rows=st.integers(0),
)


class _Fixed:
    """A source with one answer."""

    name, metrics, is_focus = "fixed", ("UnblendedCost",), False

    def __init__(self, table: CostTable) -> None:
        self._table: CostTable | None = table

    def fetch(self, query: CostQuery) -> CostTable:
        assert self._table is not None, "asked twice"
        table, self._table = self._table, None
        return table


@given(rows=st.lists(ROWS).map(lambda rows: sorted(rows, key=lambda row: row.period)))
def test_any_table_comes_back_from_the_cache_as_it_was(rows: list[CostRow]) -> None:
    table = CostTable((SERVICE,), rows, "UnblendedCost", "fixed", frozenset({JUNE}), ("a", "b"))
    source = CachedSource(_Fixed(table), Shelf(), scope="", today=TODAY)
    assert source.fetch(QUERY) == table
    assert [str(row.cost) for row in source.fetch(QUERY).rows] == [str(row.cost) for row in rows]
    assert source.fetch(QUERY) == table

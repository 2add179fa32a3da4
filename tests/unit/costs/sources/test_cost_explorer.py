"""The answer to a query, with all its stages, on a bill in memory."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cost_allocation.query import CHARGE_CATEGORY, PROVIDER, SERVICE, CostQuery, Filter, Granularity, tag
from tests.support.cost_explorer import Bill, Line

MAY, JUNE, JULY = date(2026, 5, 1), date(2026, 6, 1), date(2026, 7, 1)
PROJECT = tag("project")


def query(*dimensions: str, filters: tuple[Filter, ...] = (), end: date = JULY) -> CostQuery:
    return CostQuery("UnblendedCost", MAY, end, dimensions=dimensions, filters=filters)


def test_amounts_are_exact_and_come_by_month_and_value() -> None:
    bill = Bill(
        Line(JUNE, "0.1", service="Amazon S3"),
        Line(MAY, "0.1"),
        Line(date(2026, 5, 31), "0.2"),
        Line(MAY, "0.0000000001", service="Amazon S3"),
    )
    assert [(row.period, row.values, row.cost) for row in bill.source().fetch(query(SERVICE)).rows] == [
        (MAY, ("Amazon EC2",), Decimal("0.3")),
        (MAY, ("Amazon S3",), Decimal("0.0000000001")),
        (JUNE, ("Amazon S3",), Decimal("0.1")),
    ]


def test_without_dimensions_there_is_one_total_for_each_month() -> None:
    bill = Bill(Line(MAY, "1"), Line(MAY, "2"), Line(JUNE, "4"))
    assert [(row.period, row.values, row.cost) for row in bill.source().fetch(query()).rows] == [
        (MAY, (), Decimal(3)),
        (JUNE, (), Decimal(4)),
    ]


def test_days_are_periods_of_their_own() -> None:
    bill = Bill(Line(MAY, "1"), Line(date(2026, 5, 2), "2"))
    days = CostQuery("UnblendedCost", MAY, JUNE, Granularity.DAY)
    assert [(row.period.day, row.cost) for row in bill.source().fetch(days).rows] == [(1, Decimal(1)), (2, Decimal(2))]


def test_a_month_that_begins_late_is_still_named_by_its_first_day() -> None:
    table = Bill(Line(date(2026, 5, 20), "1")).source().fetch(CostQuery("UnblendedCost", date(2026, 5, 10), JULY))
    assert [row.period for row in table.rows] == [MAY]


def test_two_currencies_are_never_added() -> None:
    bill = Bill(Line(MAY, "1"), Line(MAY, "2", currency="CNY"))
    assert [(row.currency, row.cost) for row in bill.source().fetch(query(SERVICE)).rows] == [
        ("CNY", Decimal(2)),
        ("USD", Decimal(1)),
    ]


def test_credits_are_negative_and_count() -> None:
    bill = Bill(Line(MAY, "1.5"), Line(MAY, "-2.61", record_type="Credit"))
    rows = bill.source().fetch(query(CHARGE_CATEGORY)).rows
    assert [(row.values, row.cost) for row in rows] == [(("Credit",), Decimal("-2.61")), (("Usage",), Decimal("1.5"))]


def test_a_month_without_cost_has_no_row() -> None:
    bill = Bill(Line(MAY, "0"), Line(JUNE, "5"), Line(JUNE, "3", service="A"), Line(JUNE, "-3", service="A"))
    assert [(row.period, row.values) for row in bill.source().fetch(query(SERVICE)).rows] == [(JUNE, ("Amazon EC2",))]


def test_no_answer_at_all_is_an_empty_table() -> None:
    table = Bill().source().fetch(query(PROJECT, SERVICE, "region"))
    assert (table.rows, table.warnings) == ([], ())


def test_a_tag_value_may_contain_dollars_and_no_value_is_none() -> None:
    bill = Bill(
        Line(MAY, "1", tags={"project": "a$b$"}),
        Line(MAY, "2", tags={"project": "project$x"}),
        Line(MAY, "4", tags={"project": ""}),
        Line(MAY, "8"),
    )
    rows = bill.source().fetch(query(PROJECT)).rows
    assert {row.values[0]: row.cost for row in rows} == {"a$b$": 1, "project$x": 2, None: 12}


def test_record_types_of_one_charge_category_are_one_row() -> None:
    bill = Bill(
        Line(MAY, "10", record_type="SavingsPlanCoveredUsage"),
        Line(MAY, "-10", record_type="SavingsPlanNegation"),
        Line(MAY, "3", record_type="Usage"),
        Line(MAY, "-0.5", record_type="Enterprise Discount Program Discount"),
        Line(MAY, "7", record_type="SavingsPlanRecurringFee"),
    )
    rows = bill.source().fetch(query(CHARGE_CATEGORY)).rows
    assert [(row.values, row.cost) for row in rows] == [(("Purchase",), Decimal(7)), (("Usage",), Decimal("2.5"))]


def test_a_record_type_nobody_knows_is_an_adjustment_and_is_named() -> None:
    table = Bill(Line(MAY, "1", record_type="Moonshine")).source().fetch(query(CHARGE_CATEGORY))
    assert [row.values for row in table.rows] == [("Adjustment",)]
    assert table.warnings == ('record type "Moonshine" is unknown: its costs are counted as Adjustment',)


def test_cost_without_a_region_has_none() -> None:
    bill = Bill(Line(MAY, "1", region="NoRegion"), Line(MAY, "2", region="global"))
    rows = bill.source().fetch(query("region")).rows
    assert [(row.values, row.cost) for row in rows] == [((None,), Decimal(1)), (("global",), Decimal(2))]


def test_the_provider_is_aws_and_not_asked_for() -> None:
    bill = Bill(Line(MAY, "1"))
    table = bill.source().fetch(query(SERVICE, PROVIDER, "account"))
    assert [row.values for row in table.rows] == [("Amazon EC2", "AWS", "111111111111")]
    assert [group["Key"] for group in bill.requests[0]["GroupBy"]] == ["LINKED_ACCOUNT", "SERVICE"]


@pytest.mark.parametrize(
    ("one", "services"),
    [
        (Filter(SERVICE, ("A",)), "A"),
        (Filter(SERVICE, ("A", "B")), "AB"),
        (Filter(SERVICE, ("A",), exclude=True), "BCD"),
        (Filter(PROJECT, ("x",)), "A"),
        (Filter(PROJECT, (None,)), "CD"),
        (Filter(PROJECT, (None, "x")), "ACD"),
        (Filter(PROJECT, (None,), exclude=True), "AB"),
        (Filter(PROJECT, ()), ""),
        (Filter(PROJECT, (), exclude=True), "ABCD"),
        (Filter("region", (None,)), "D"),
        (Filter("region", (None, "eu-west-1")), "ABCD"),
        (Filter("account", (None,)), ""),
        (Filter(CHARGE_CATEGORY, ("Usage",)), "A"),
        (Filter(CHARGE_CATEGORY, ("Usage",), exclude=True), "BCD"),
        (Filter(CHARGE_CATEGORY, ("Adjustment",)), "CD"),
        (Filter(CHARGE_CATEGORY, ("Adjustment", "Tax")), "BCD"),
        (Filter(CHARGE_CATEGORY, ("Adjustment",), exclude=True), "AB"),
        (Filter(CHARGE_CATEGORY, ("Usage", "Purchase", "Tax", "Credit", "Adjustment")), "ABCD"),
        (Filter(CHARGE_CATEGORY, (None,)), ""),
        (Filter(PROVIDER, ("AWS", "Microsoft")), "ABCD"),
        (Filter(PROVIDER, ("Microsoft",)), ""),
        (Filter(PROVIDER, ("AWS",), exclude=True), ""),
        (Filter(PROVIDER, (None,), exclude=True), "ABCD"),
    ],
)
def test_a_filter_keeps_the_rows_that_it_names(one: Filter, services: str) -> None:
    bill = Bill(
        Line(MAY, "1", service="A", tags={"project": "x"}),
        Line(MAY, "1", service="B", tags={"project": "y"}, record_type="Tax"),
        Line(MAY, "1", service="C", record_type="Refund"),
        Line(MAY, "1", service="D", record_type="Moonshine", region="NoRegion"),
    )
    rows = bill.source().fetch(query(SERVICE, filters=(one,))).rows
    assert "".join(str(row.values[0]) for row in rows) == services


def test_several_filters_all_have_to_be_met() -> None:
    bill = Bill(Line(MAY, "1", service="A"), Line(MAY, "2", service="B"), Line(MAY, "4", service="A", region="x"))
    both = (Filter(SERVICE, ("A",)), Filter("region", ("x",), exclude=True))
    assert [row.cost for row in bill.source().fetch(query(filters=both)).rows] == [1]


def test_a_key_that_nothing_is_tagged_with_may_not_be_activated() -> None:
    bill = Bill(Line(MAY, "1"), Line(MAY, "0", tags={"team": "x"}), Line(MAY, "2", tags={"team": ""}))
    table = bill.source().fetch(query(PROJECT, tag("team")))
    (warning,) = table.warnings
    assert '"project"' in warning
    assert "2026-05-01 to 2026-07-01" in warning
    assert all(
        words in warning
        for words in ("cost allocation tag", "payer account", "24 hours", "backfill of up to twelve months")
    )


def test_a_key_is_not_suspected_when_untagged_cost_was_asked_for_or_there_is_none() -> None:
    untagged = (Filter(PROJECT, (None,)),)
    assert Bill(Line(MAY, "1")).source().fetch(query(PROJECT, filters=untagged)).warnings == ()
    assert Bill(Line(MAY, "0")).source().fetch(query(PROJECT)).warnings == ()


def test_periods_that_may_change_are_told_even_when_they_are_empty() -> None:
    bill = Bill(Line(MAY, "1"), Line(JUNE, "0"), estimated=("2026-06-01",))
    assert bill.source().fetch(query(SERVICE)).estimated == {JUNE}
    assert bill.source().fetch(query(SERVICE, PROJECT, "region")).estimated == {JUNE}


def test_a_third_dimension_costs_one_more_request_for_each_of_its_values() -> None:
    bill = Bill(
        Line(MAY, "1", tags={"project": "x"}),
        Line(MAY, "2", tags={"project": "x"}, record_type="Tax"),
        Line(JUNE, "4"),
    )
    table = bill.source().fetch(query(CHARGE_CATEGORY, PROJECT, SERVICE))
    assert [(row.period, row.values, row.cost) for row in table.rows] == [
        (MAY, ("Tax", "x", "Amazon EC2"), Decimal(2)),
        (MAY, ("Usage", "x", "Amazon EC2"), Decimal(1)),
        (JUNE, ("Usage", None, "Amazon EC2"), Decimal(4)),
    ]
    assert table.warnings == ()
    assert len(bill.requests) == 3


def test_what_groups_lack_of_their_total_is_kept_and_told() -> None:
    # An empty value counts as untagged, but a filter for untagged cost does not find it.
    bill = Bill(
        Line(MAY, "1"),
        Line(MAY, "4", tags={"a": "x", "b": "y", "c": "z"}),
        Line(MAY, "2", tags={"a": "x", "b": "y", "c": ""}),
    )
    table = bill.source().fetch(query(tag("a"), tag("b"), tag("c")))
    assert [(row.values, row.cost) for row in table.rows] == [
        ((None, None, None), Decimal(3)),
        (("x", "y", "z"), Decimal(4)),
    ]
    assert table.warnings == (
        "2026-05-01: costs by tag:a, tag:b differ by 2 USD from their totals by tag:c; "
        "the difference is kept without a value",
    )


def test_what_the_first_stages_have_to_say_is_not_lost() -> None:
    bill = Bill(
        Line(MAY, "1", record_type="Moonshine"),
        Line(MAY, "4", tags={"c": "z"}),
        Line(MAY, "2", tags={"c": ""}),
        estimated=("2026-05-01",),
    )
    everything = (tag("a"), tag("b"), tag("c"), "account", SERVICE, "region", CHARGE_CATEGORY)
    table = bill.source().fetch(query(*everything))
    assert sum(row.cost for row in table.rows) == 7
    assert table.estimated == {MAY}
    assert any("Moonshine" in warning for warning in table.warnings)
    assert any(warning.startswith("2026-05-01: costs by tag:a, tag:b differ by 2 USD") for warning in table.warnings)


def test_a_warning_of_an_inner_stage_is_handed_on() -> None:
    bill = Bill(Line(MAY, "4", tags={"e": "z"}), Line(MAY, "2", tags={"e": ""}))
    table = bill.source().fetch(query(*(tag(key) for key in "abcde")))
    assert sum(row.cost for row in table.rows) == 6
    assert any("costs by tag:c, tag:d differ by 2 USD" in warning for warning in table.warnings)


VALUES = st.sampled_from(["a", "b", "b$c"])
LINES = st.builds(
    Line,
    day=st.dates(MAY, date(2026, 6, 30)),
    amount=st.decimals(-100, 100, places=10).map(str),
    currency=st.sampled_from(["USD", "EUR"]),
    service=VALUES,
    account=VALUES,
    region=st.sampled_from(["eu-west-1", "NoRegion"]),
    record_type=st.sampled_from(["Usage", "SavingsPlanNegation", "Tax", "Refund", "Moonshine"]),
    tags=st.dictionaries(st.just("project"), VALUES),
)
DIMENSIONS = st.lists(
    st.sampled_from([SERVICE, "account", "region", CHARGE_CATEGORY, PROVIDER, PROJECT]), unique=True, max_size=6
)


@given(lines=st.lists(LINES, max_size=12), dimensions=DIMENSIONS, page_size=st.integers(1, 4))
def test_whatever_the_dimensions_and_pages_the_total_is_that_of_the_bill(
    lines: list[Line], dimensions: list[str], page_size: int
) -> None:
    table = Bill(*lines, page_size=page_size).source().fetch(query(*dimensions))
    for currency in ("USD", "EUR"):
        total = sum((Decimal(line.amount) for line in lines if line.currency == currency), Decimal(0))
        assert sum((row.cost for row in table.rows if row.currency == currency), Decimal(0)) == total
    assert not [warning for warning in table.warnings if "differ" in warning]
    assert len({row[:3] for row in table.rows}) == len(table.rows)

"""Amounts are rounded once: every column adds up, and the same amount is the same number in every table."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cost_allocation.analysis.coverage import GROSS, NET, coverage
from cost_allocation.analysis.report import Report
from cost_allocation.model import CostTable
from taggov.costs.render.figures import figures, round_column, round_coverage, round_parts
from taggov.costs.render.scale import decimals, format_amount
from tests.support.allocated import JUNE, MAY, allocated, bill, charge, reported, two_currencies


class Billed(NamedTuple):
    cost: Decimal
    project: str | None
    left_out: bool
    june: bool
    service: str
    category: str


BILLS = st.lists(
    st.builds(
        Billed,
        st.decimals("-1000", "1000", places=4) | st.decimals("-1", "1", places=8),
        st.sampled_from(["web", "api", "network", None]),
        st.booleans(),
        st.booleans(),
        st.sampled_from(["EC2", "S3", "Lambda", "RDS"]),
        st.sampled_from(["Usage", "Credit", "Tax"]),
    ),
    min_size=1,
    max_size=30,
)
COLUMNS = st.sampled_from(
    [(), ("team",), ("month",), ("service",), ("owner", "service"), ("month", "team"), ("team", "service", "month")]
)


def table_of(billed: list[Billed]) -> CostTable:
    return bill(
        *(
            charge(
                f"{one.cost:f}",
                one.project,
                JUNE if one.june else MAY,
                service="Support" if one.left_out else one.service,
                charge_category=one.category,
            )
            for one in billed
        )
    )


def sums(report: Report, column: str) -> dict[str, Decimal]:
    """The costs that are shown, added up by one column of a report in one currency."""
    (found,) = figures(report)
    at = report.columns.index(column)
    added: dict[str, Decimal] = defaultdict(Decimal)
    for row, amounts in zip(report.rows, found.rows, strict=True):
        added[row.values[at] or ""] += amounts.cost
    return dict(added)


@given(BILLS, COLUMNS)
def test_rows_and_columns_and_the_proof_add_up_as_they_are_shown(
    billed: list[Billed], columns: tuple[str, ...]
) -> None:
    report = reported(table_of(billed), *columns)
    (found,) = figures(report)
    its = found.totals

    assert sum(row.cost for row in found.rows) == (its.output if found.rows else 0)
    assert its.input == its.output + its.excluded
    unit = Decimal(1).scaleb(-its.decimals)
    for row, amounts in zip(report.rows, found.rows, strict=True):
        assert abs(row.direct - amounts.direct) < unit
        assert abs(row.shared - amounts.shared) < unit
        assert abs(row.cost - amounts.cost) < unit
    (exact,) = report.totals.values()
    assert abs(exact.input - its.input) < unit
    assert abs(exact.excluded - its.excluded) < unit
    assert abs(exact.output - its.output) < unit
    assert abs(exact.unknown - its.unknown) < unit


@given(BILLS)
def test_a_team_has_the_same_amount_whatever_else_the_report_has(billed: list[Billed]) -> None:
    table = table_of(billed)
    by_team, finer = reported(table, "team"), reported(table, "service", "month", "team", "region")

    assert sums(by_team, "team") == sums(finer, "team")
    (found,) = figures(by_team)
    for row, amounts in zip(by_team.rows, found.rows, strict=True):
        if row.values == ("unknown",):
            assert amounts.cost == found.totals.unknown


@given(BILLS)
def test_direct_and_shared_are_the_same_in_all_tables_of_teams(billed: list[Billed]) -> None:
    table = table_of(billed)

    totals = {
        (found.direct, found.shared)
        for columns in (("team",), ("team", "service"), ("month", "team"), ("owner",), ("owner", "service", "month"))
        for found in figures(reported(table, *columns))
    }

    assert len(totals) == 1


def test_the_months_of_many_teams_add_up_to_the_costs_by_month() -> None:
    table = bill(
        *(
            charge(f"{7 * index % 97}.{index % 10}3{index % 7}", "web", period, service=f"s{index % 40}")
            for index in range(400)
            for period in (MAY, JUNE)
        )
    )
    by_month, finer = reported(table, "month"), reported(table, "service", "month")

    assert sums(by_month, "month") == sums(finer, "month")
    assert sums(reported(table, "service"), "service") == sums(finer, "service")


@given(BILLS)
def test_coverage_has_the_amounts_of_the_report(billed: list[Billed]) -> None:
    table = table_of(billed)
    (its,) = (found.totals for found in figures(reported(table, "team")))
    found = coverage(allocated(table))
    if not found:
        return

    amounts = dict(zip((one.of for one in found), round_coverage(found, allocated(table).totals), strict=True))

    assert amounts[NET] == (its.output - its.unknown, its.output)
    categories = {kind: pair for kind, pair in amounts.items() if kind not in (GROSS, NET)}
    assert sum(total for _, total in categories.values()) == its.output
    assert amounts[GROSS][1] == sum(total for kind, (_, total) in categories.items() if kind != "Credit")


@given(st.dictionaries(st.text(max_size=3), st.decimals("-100", "100", places=5), min_size=1))
def test_a_column_adds_up_in_any_order(costs: dict[str, Decimal]) -> None:
    found = round_column(costs, 2)
    backwards = round_column(dict(reversed(costs.items())), 2)

    assert found == backwards
    off = sum(found.values(), Decimal(0)) - sum(costs.values(), Decimal(0))
    assert abs(off) <= Decimal("0.005")


@pytest.mark.parametrize(
    ("amounts", "whole", "shown"),
    [
        (["33.335", "33.335", "33.33"], "100.00", ["33.34", "33.33", "33.33"]),
        (["-0.004", "-0.004", "-0.004"], "-0.01", ["0.00", "0.00", "-0.01"]),
        (["10.006", "-10.004"], "0.00", ["10.01", "-10.01"]),
        (["1.00", "2.00"], "3.00", ["1.00", "2.00"]),
        (["1.001", "1.001"], "2.05", ["1.03", "1.02"]),
        ([], "0.00", []),
    ],
)
def test_parts_add_up_to_what_they_are_parts_of(amounts: list[str], whole: str, shown: list[str]) -> None:
    found = round_parts([Decimal(amount) for amount in amounts], Decimal(whole), 2)

    assert found == [Decimal(amount) for amount in shown]


def test_each_currency_has_its_own_decimals() -> None:
    dollars_and_yen = {one.currency: one.totals for one in figures(reported(two_currencies(), "team"))}

    assert dollars_and_yen["USD"].proof == "input 210.84 = output 200.85 + excluded 9.99, equal to the last digit"
    assert dollars_and_yen["JPY"].proof == "input 1,511 = output 1,511 + excluded 0, equal to the last digit"


@pytest.mark.parametrize(
    ("currency", "largest", "places"),
    [
        ("USD", "1234.5678", 2),
        ("USD", "1", 2),
        ("USD", "0.5", 3),
        ("USD", "-0.00012345", 6),
        ("USD", "0", 2),
        ("JPY", "1234.5", 0),
        ("JPY", "0.5", 3),
        ("KWD", "12", 3),
        ("credits", "12", 2),
    ],
)
def test_small_amounts_show_three_digits(currency: str, largest: str, places: int) -> None:
    assert decimals(currency, [Decimal(largest), Decimal(0)]) == places


def test_a_row_without_shared_costs_never_shows_any() -> None:
    table = bill(*(charge("0.333", "web", region=f"r{index}") for index in range(100)), charge("1.005", "network"))

    report = reported(table, "region", "team")
    (found,) = figures(report)

    for row, amounts in zip(report.rows, found.rows, strict=True):
        assert row.shared or not amounts.shared


def test_amounts_have_separators() -> None:
    assert format_amount(Decimal("-1234567.50")) == "-1,234,567.50"

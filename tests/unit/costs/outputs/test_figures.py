"""What is shown adds up."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taggov.costs.outputs.figures import decimals, figures, shown
from tests.support.allocated import bill, charge, reported, two_currencies


@given(
    st.lists(
        st.tuples(
            st.decimals("-1000", "1000", places=12), st.sampled_from(["web", "api", "network", None]), st.booleans()
        ),
        min_size=1,
    )
)
def test_rows_and_columns_and_the_proof_add_up_as_they_are_shown(rows: list[tuple[Decimal, str | None, bool]]) -> None:
    table = bill(
        *(charge(f"{cost:f}", name, service="Support" if left_out else "EC2") for cost, name, left_out in rows)
    )

    report = reported(table, "team")
    (shown_figures,) = figures(report)

    assert shown_figures.direct + shown_figures.shared == shown_figures.output
    assert sum(row.cost for row in shown_figures.rows) == (shown_figures.output if shown_figures.rows else 0)
    assert shown_figures.input == shown_figures.output + shown_figures.excluded
    unit = Decimal(1).scaleb(-shown_figures.decimals)
    for row, amounts in zip(report.rows, shown_figures.rows, strict=True):
        assert abs(row.direct - amounts.direct) < unit
        assert abs(row.shared - amounts.shared) < unit


def test_each_currency_has_its_own_decimals() -> None:
    dollars_and_yen = {one.currency: one for one in figures(reported(two_currencies(), "team"))}

    assert dollars_and_yen["USD"].proof == "input 210.84 = output 200.85 + excluded 9.99, equal to the last digit"
    assert dollars_and_yen["JPY"].proof == "input 1,510 = output 1,510 + excluded 0, equal to the last digit"


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
    (shown_figures,) = figures(report)

    for row, amounts in zip(report.rows, shown_figures.rows, strict=True):
        assert row.shared or not amounts.shared


def test_amounts_have_separators() -> None:
    assert shown(Decimal("-1234567.50")) == "-1,234,567.50"

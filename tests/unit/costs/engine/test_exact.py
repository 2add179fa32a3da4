from __future__ import annotations

from decimal import Decimal, Inexact, localcontext
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cost_allocation.exact import EXACT, FINEST, integer_weights, scale_of, split, text

AMOUNTS = st.decimals(allow_nan=False, allow_infinity=False, places=12, min_value=-(10**12), max_value=10**12)
WEIGHTS = st.lists(st.integers(0, 10**9), min_size=1, max_size=8).filter(any)


def parts(amount: str, weights: list[int], scale: int = 2) -> list[str]:
    return [str(part) for part in split(Decimal(amount), weights, scale)]


def test_thirds_of_a_hundred_are_given_out_in_full_and_the_first_gets_the_cent() -> None:
    assert parts("100.00", [1, 1, 1]) == ["33.34", "33.33", "33.33"]


def test_the_largest_remainder_gets_the_cent_wherever_it_stands() -> None:
    assert parts("0.10", [1, 2, 1]) == ["0.03", "0.05", "0.02"]
    assert parts("1.00", [10, 10, 13]) == ["0.30", "0.30", "0.40"]
    assert parts("0.10", [16, 16, 68]) == ["0.02", "0.01", "0.07"]
    assert parts("0.10", [26, 26, 48]) == ["0.03", "0.02", "0.05"]
    assert parts("0.01", [1, 5]) == ["0.00", "0.01"]


def test_a_credit_is_shared_as_the_charge_that_it_corrects() -> None:
    assert parts("-100.00", [1, 1, 1]) == ["-33.34", "-33.33", "-33.33"]


def test_a_weight_of_zero_gets_nothing_not_even_a_remainder() -> None:
    assert parts("0.05", [0, 1, 1]) == ["0.00", "0.03", "0.02"]


@pytest.mark.parametrize("weights", [[], [0, 0], [2, -1], [-1]])
def test_weights_that_share_nothing_are_refused(weights: list[int]) -> None:
    with pytest.raises(ValueError, match="weights must not be negative, nor all be zero"):
        split(Decimal(1), weights, 2)


def test_an_amount_finer_than_its_parts_is_refused() -> None:
    with pytest.raises(ValueError, match=r"0\.001 has more than 2 decimals"):
        split(Decimal("0.001"), [1], 2)


@given(AMOUNTS, WEIGHTS)
def test_parts_add_up_are_near_their_share_and_mirror_their_opposite(amount: Decimal, weights: list[int]) -> None:
    shares = split(amount, weights, FINEST)

    with localcontext(EXACT):
        assert sum(shares) == amount
        assert [-share for share in shares] == split(-amount, weights, FINEST)
    for share, weight in zip(shares, weights, strict=True):
        ideal = Fraction(amount) * weight / sum(weights)
        assert abs(Fraction(share) - ideal) < Fraction(1, 10**FINEST)


@given(AMOUNTS, WEIGHTS, st.integers(1, 1000))
def test_only_the_proportion_of_weights_counts(amount: Decimal, weights: list[int], factor: int) -> None:
    assert split(amount, weights, FINEST) == split(amount, [weight * factor for weight in weights], FINEST)


def test_shares_are_as_fine_as_bills_or_as_the_amount() -> None:
    assert scale_of([]) == FINEST
    assert scale_of([Decimal("1.5"), Decimal("1E+3")]) == FINEST
    assert scale_of([Decimal("1.5"), Decimal("0.00000000000001")]) == 14


def test_zeros_at_the_end_do_not_change_how_an_amount_is_shared() -> None:
    assert scale_of([Decimal("1.00000000000000000000")]) == FINEST


@pytest.mark.parametrize("amount", ["NaN", "Infinity"])
def test_no_amount_has_no_scale(amount: str) -> None:
    with pytest.raises(ValueError, match="not an amount"):
        scale_of([Decimal(amount)])


@given(st.lists(st.fractions(min_value=0, max_value=100), min_size=1, max_size=6).filter(any))
def test_integer_weights_keep_the_proportion(weights: list[Fraction]) -> None:
    whole = integer_weights(weights)

    assert [Fraction(weight, sum(whole)) for weight in whole] == [weight / sum(weights) for weight in weights]


def test_no_weights_stay_none() -> None:
    assert integer_weights([]) == []


def test_a_sum_that_would_be_rounded_is_an_error() -> None:
    with localcontext(EXACT), pytest.raises(Inexact):
        Decimal("1E+100") + Decimal("1E-100")


@pytest.mark.parametrize(
    ("amount", "said"),
    [
        ("20.52022672899000", "20.52022672899"),
        ("1E+3", "1000"),
        ("1000", "1000"),
        ("100.00", "100"),
        ("1E-12", "0.000000000001"),
        ("-0.00", "0"),
        ("0E-12", "0"),
        ("0E+3", "0"),
        ("-0.10", "-0.1"),
    ],
)
def test_text_is_the_amount_in_full(amount: str, said: str) -> None:
    assert text(Decimal(amount)) == said

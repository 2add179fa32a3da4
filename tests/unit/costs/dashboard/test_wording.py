"""Amounts and the texts of others."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest

from taggov.costs.dashboard.wording import change, column_of, exact, in_chart, markdown, money, percent, share_of


@pytest.mark.parametrize(
    ("cost", "currency", "said"),
    [
        ("1234567.891", "USD", "1,234,567.89 USD"),
        ("-2.61", "EUR", "-2.61 EUR"),
        ("1234.5", "JPY", "1,234 JPY"),
        ("0.000042", "USD", "0.0000420 USD"),
        ("0", "USD", "0.00 USD"),
    ],
)
def test_an_amount_has_separators_its_currency_and_its_first_digits(cost: str, currency: str, said: str) -> None:
    assert money(Decimal(cost), currency) == said


def test_amounts_below_each_other_add_up_as_they_are_shown() -> None:
    assert column_of([Decimal(100) / 3] * 3, "USD") == ["33.34", "33.33", "33.33"]


def test_an_exact_amount_keeps_every_digit_and_no_zeros_at_its_end() -> None:
    assert exact(Decimal("4379743.94731653370")) == "4,379,743.9473165337"


def test_a_rise_has_a_sign() -> None:
    assert change(Decimal("12"), "USD") == "+12.00 USD"
    assert change(Decimal("-12"), "USD") == "-12.00 USD"


def test_nothing_is_a_part_of_zero_or_less() -> None:
    assert share_of(Decimal(1), Decimal(0)) is None
    assert share_of(Decimal(1), Decimal(-4)) is None
    assert percent(share_of(Decimal(1), Decimal(4))) == "25.0\N{NO-BREAK SPACE}%"
    assert percent(None) == "\N{EN DASH}"
    assert percent(Fraction(-1, 3)) == "-33.3\N{NO-BREAK SPACE}%"


def test_markdown_of_others_is_text() -> None:
    assert markdown("**a** $x$ [b](c)\n:red[d]") == r"\*\*a\*\* \$x\$ \[b\]\(c\) \:red\[d\]"


def test_a_chart_gets_no_html_of_others_and_no_endless_names() -> None:
    assert in_chart("<b>a</b> & b") == "&lt;b&gt;a&lt;/b&gt; &amp; b"
    assert len(in_chart("x" * 100)) == 34

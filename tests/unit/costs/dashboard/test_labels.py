"""Amounts and the texts of others."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from taggov.costs.dashboard.labels import change, chart_label, escape_markdown, money, percent, share_of


def test_an_amount_has_separators_and_its_currency() -> None:
    assert money(Decimal("1234567.90"), "USD") == "1,234,567.90 USD"
    assert money(Decimal("-2.61"), "EUR") == "-2.61 EUR"


def test_a_rise_has_a_sign() -> None:
    assert change(Decimal("12.00"), "USD") == "+12.00 USD"
    assert change(Decimal("-12.00"), "USD") == "-12.00 USD"


def test_nothing_is_a_part_of_zero_or_less() -> None:
    assert share_of(Decimal(1), Decimal(0)) is None
    assert share_of(Decimal(1), Decimal(-4)) is None
    assert percent(share_of(Decimal(1), Decimal(4))) == "25.0\N{NO-BREAK SPACE}%"
    assert percent(None) == "\N{EN DASH}"
    assert percent(Fraction(-1, 3)) == "-33.3\N{NO-BREAK SPACE}%"


def test_markdown_of_others_is_text() -> None:
    assert escape_markdown("**a** $x$ [b](c)\n:red[d]") == r"\*\*a\*\* \$x\$ \[b\]\(c\) \:red\[d\]"


def test_a_chart_gets_no_html_of_others_and_no_endless_names() -> None:
    assert chart_label("<b>a</b> & b") == "&lt;b&gt;a&lt;/b&gt; &amp; b"
    assert chart_label("arn:" + "x" * 90 + ":name").splitlines() == ["arn:" + "x" * 18 + "<br>…" + "x" * 16 + ":name"]


def test_a_long_name_in_a_chart_has_two_lines() -> None:
    assert chart_label("Savings Plans for AWS Compute usage") == "Savings Plans for AWS<br>Compute usage"

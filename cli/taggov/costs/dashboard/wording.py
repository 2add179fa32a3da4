"""Amounts, ratios and the texts of others as the dashboard shows them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from html import escape

from cost_allocation.exact import round_together, text
from taggov.costs.outputs.figures import decimals, shown

_LONGEST = 34


def money(cost: Decimal, currency: str) -> str:
    """`1,234.56 USD`; small amounts keep their first digits."""
    (rounded,) = round_together([cost], decimals(currency, [cost]))
    return f"{shown(rounded)} {currency}"


def column_of(costs: Sequence[Decimal], currency: str) -> list[str]:
    """Amounts that belong together, rounded so that what is shown adds up."""
    return [shown(cost) for cost in round_together(costs, decimals(currency, costs))]


def exact(cost: Decimal) -> str:
    """Every digit, with separators: `1,234.5600078`."""
    return f"{Decimal(text(cost)):,f}"


def change(delta: Decimal, currency: str) -> str:
    """`+12.00 USD`."""
    return f"{'+' if delta > 0 else ''}{money(delta, currency)}"


def percent(ratio: Fraction | None) -> str:
    """`87.5 %`; a dash where there is no ratio."""
    return "\N{EN DASH}" if ratio is None else f"{float(ratio * 100):,.1f}\N{NO-BREAK SPACE}%"


def share_of(cost: Decimal, whole: Decimal) -> Fraction | None:
    """A part of a whole; None where the whole is zero or less, as nothing can be a part of that."""
    return Fraction(cost) / Fraction(whole) if whole > 0 else None


def markdown(said: str) -> str:
    """Text of others, so that Markdown shows it as it is: tag values may hold `$`, `*` or `[`."""
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", " ".join(said.split()))


def in_chart(said: str) -> str:
    """Text of others in a chart, which reads a kind of HTML; long ones are cut."""
    short = said if len(said) <= _LONGEST else said[: _LONGEST - 1] + "\N{HORIZONTAL ELLIPSIS}"
    return escape(short, quote=False)

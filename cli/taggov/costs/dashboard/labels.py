"""Amounts, ratios and the texts of others as the dashboard shows them."""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction
from html import escape
from textwrap import wrap

from taggov.costs.render.scale import shown

_WIDTH, _LINES = 22, 2


def money(cost: Decimal, currency: str) -> str:
    """Write a rounded amount: `1,234.56 USD`."""
    return f"{shown(cost)} {currency}"


def change(delta: Decimal, currency: str) -> str:
    """Write a rounded change: `+12.00 USD`."""
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
    """Text of others in a chart, which reads a kind of HTML: in two lines, with both ends of what is too long."""
    lines = wrap(said, _WIDTH) or [said]
    if len(lines) > _LINES:
        lines = [lines[0], f"\N{HORIZONTAL ELLIPSIS}{said[1 - _WIDTH :]}"]
    return "<br>".join(escape(line, quote=False) for line in lines)

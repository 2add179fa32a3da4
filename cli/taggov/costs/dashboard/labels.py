"""Formatting of amounts, ratios and untrusted texts for the dashboard."""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction
from html import escape
from textwrap import wrap

from taggov.costs.render.scale import format_amount

_WIDTH, _LINES = 22, 2


def money(cost: Decimal, currency: str) -> str:
    """Format a rounded amount: `1,234.56 USD`."""
    return f"{format_amount(cost)} {currency}"


def change(delta: Decimal, currency: str) -> str:
    """Format a rounded change: `+12.00 USD`."""
    return f"{'+' if delta > 0 else ''}{money(delta, currency)}"


def percent(ratio: Fraction | None) -> str:
    """Format a ratio: `87.5 %`; a dash for None."""
    return "\N{EN DASH}" if ratio is None else f"{float(ratio * 100):,.1f}\N{NO-BREAK SPACE}%"


def share_of(cost: Decimal, whole: Decimal) -> Fraction | None:
    """Return the share of a whole; None if the whole is zero or less."""
    return Fraction(cost) / Fraction(whole) if whole > 0 else None


def escape_markdown(text: str) -> str:
    """Escape text for Markdown: tag values may have `$`, `*` or `[`."""
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", " ".join(text.split()))


def chart_label(text: str) -> str:
    """Escape text for a chart, and wrap it to two lines. The middle of a longer text is omitted."""
    lines = wrap(text, _WIDTH) or [text]
    if len(lines) > _LINES:
        lines = [lines[0], f"\N{HORIZONTAL ELLIPSIS}{text[1 - _WIDTH :]}"]
    return "<br>".join(escape(line, quote=False) for line in lines)

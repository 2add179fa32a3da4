"""Display names in reports."""

from __future__ import annotations

from dataclasses import dataclass

from cost_allocation.query import tag_key

AMOUNTS = ("direct_cost", "shared_cost", "cost")
"""Amount columns of every file. They follow the columns of the report and `currency`."""

ROUNDED = (
    "Amounts are rounded so that they add up, to the same numbers as in the terminal, in HTML and on the dashboard. "
    "The CSV, JSON and Parquet forms of this report have every digit."
)


@dataclass(frozen=True, slots=True)
class About:
    """Facts about a report that files show besides its numbers."""

    period: str
    """`2026-05`, `2026-05 to 2026-10`, `2026-05-04 to 2026-05-10`"""
    rules: str
    """Display name of the rules: `allocation_rules.yaml`."""


def heading(column: str) -> str:
    """Return the title of a column: `Charge category`. A tag keeps the spelling of its key."""
    return column if tag_key(column) is not None else column.replace("_", " ").capitalize()


def label(column: str, value: str | None) -> str:
    """Return the label of a value: `no service` if it is missing."""
    return f"no {column.replace('_', ' ')}" if value is None else value


def printable(text: str) -> str:
    """Escape characters that a terminal would interpret or hide: control characters, line breaks, text direction."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)

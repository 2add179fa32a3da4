"""Names of things in reports, for people."""

from __future__ import annotations

from dataclasses import dataclass

from cost_allocation.query import tag_key

AMOUNTS = ("direct_cost", "shared_cost", "cost")
"""The columns of amounts in every file, after the columns of the report and `currency`."""

ROUNDED = (
    "Amounts are rounded so that they add up, to the same numbers as in the terminal, in HTML and on the dashboard. "
    "The CSV, JSON and Parquet forms of this report have every digit."
)


@dataclass(frozen=True, slots=True)
class About:
    """The facts that a file says of a report besides its numbers."""

    period: str
    """`2026-05`, `2026-05 to 2026-10`, `2026-05-04 to 2026-05-10`"""
    rules: str
    """The source of the rules: `allocation_rules.yaml`."""


def heading(column: str) -> str:
    """The title of a column: `Charge category`. A tag keeps the spelling of its key."""
    return column if tag_key(column) is not None else column.replace("_", " ").capitalize()


def label(column: str, value: str | None) -> str:
    """A value of a column where it has to stand alone: `no service` where there is none."""
    return f"no {column.replace('_', ' ')}" if value is None else value


def printable(text: str) -> str:
    """The text without what a terminal would obey or hide: escape sequences, line breaks, changes of direction."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)

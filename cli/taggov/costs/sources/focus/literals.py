"""SQL literals, identifiers and text expressions."""

from __future__ import annotations

from taggov.costs.sources.focus.columns import Column, ColumnType


def text(column: Column) -> str:
    """Write the value of a column as text."""
    return column.sql if column.type is ColumnType.TEXT else f"cast({column.sql} as varchar)"


def quote(value: str) -> str:
    """Write a text as a SQL literal. Only quotes need escaping."""
    return "'" + value.replace("'", "''") + "'"


BLANKS = " \t\r\n\u00a0"
"""Blanks that are ignored around a currency."""

_SEPARATORS = ",;|\"'"
NO_CODE = quote(rf"^$|[\p{{C}}{_SEPARATORS}]|[^\P{{Z}} ]")
"""SQL pattern of an invalid currency, after trimming. Invisible characters would split one currency into two.
Separators show that the columns are misaligned."""


def is_code(currency: str | None) -> bool:
    """Return True for a currency: a code like USD, or the name of a virtual currency."""
    code = (currency or "").strip(BLANKS)
    return code.isprintable() and not set(_SEPARATORS).intersection(code) and code != ""


def trim(sql: str) -> str:
    """Write a text without blanks around it."""
    codes = " || ".join(f"chr({ord(sign)})" for sign in BLANKS)
    return f"trim({sql}, {codes})"


def identifier(name: str) -> str:
    """Write an identifier that may contain any character."""
    return '"' + name.replace('"', '""') + '"'

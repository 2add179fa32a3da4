"""Columns and texts as they stand in SQL."""

from __future__ import annotations

from taggov.costs.sources.focus.columns import Column, ColumnType


def text(column: Column) -> str:
    """The value as a text."""
    return column.sql if column.type is ColumnType.TEXT else f"cast({column.sql} as varchar)"


def quoted(words: str) -> str:
    """A text as a literal, in which nothing but a quote has a meaning."""
    return "'" + words.replace("'", "''") + "'"


BLANKS = " \t\r\n\u00a0"
"""Characters that do not count around a code."""

_SEPARATORS = ",;|\"'"
NO_CODE = quoted(rf"^$|[\p{{C}}{_SEPARATORS}]|[^\P{{Z}} ]")
"""Pattern in SQL of what is no currency, once blanks around it are gone. What is invisible would make one currency two,
and what separates values shows that they are those of other columns."""


def is_code(currency: str | None) -> bool:
    """Say if a text is a currency: a code like USD, or the name of a virtual one."""
    code = (currency or "").strip(BLANKS)
    return code.isprintable() and not set(_SEPARATORS).intersection(code) and code != ""


def trimmed(sql: str) -> str:
    """The text without blanks around it."""
    codes = " || ".join(f"chr({ord(sign)})" for sign in BLANKS)
    return f"trim({sql}, {codes})"


def identifier(name: str) -> str:
    """A name that may have any character."""
    return '"' + name.replace('"', '""') + '"'

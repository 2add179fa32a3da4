"""Columns and texts as they stand in SQL."""

from __future__ import annotations

from taggov.costs.sources.focus.columns import Column, ColumnType


def text(column: Column) -> str:
    """The value as a text."""
    return column.sql if column.type is ColumnType.TEXT else f"cast({column.sql} as varchar)"


BLANKS = " \t\r\n\u00a0"
"""Characters that do not count around a code."""


def trimmed(sql: str) -> str:
    """The text without blanks around it."""
    codes = " || ".join(f"chr({ord(sign)})" for sign in BLANKS)
    return f"trim({sql}, {codes})"


def quoted(words: str) -> str:
    """A text as a literal, in which nothing but a quote has a meaning."""
    return "'" + words.replace("'", "''") + "'"


def identifier(name: str) -> str:
    """A name that may have any character."""
    return '"' + name.replace('"', '""') + '"'

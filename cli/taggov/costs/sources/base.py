"""The interface that every source of costs offers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple, Protocol, runtime_checkable

from cost_allocation.model import CostRow, CostTable
from cost_allocation.query import CostQuery


class SourceError(Exception):
    """The source can not answer. One line for people: what is wrong with which field or file, and what is right."""


class Source(Protocol):
    """Answers queries."""

    @property
    def name(self) -> str:
        """The origin of the rows, for people."""

    @property
    def metrics(self) -> tuple[str, ...]:
        """The metrics it knows, as its own documentation spells them; the first one is the default."""

    @property
    def is_focus(self) -> bool:
        """Tell if its rows are charges of FOCUS: only then any column of FOCUS is a dimension, as `query.column`."""

    def fetch(self, query: CostQuery) -> CostTable:
        """The sums that are asked for: no row for what does not occur, rows in the order of period, currency, values.

        Raises:
            SourceError: the query can not be answered in full. Part of an answer is never returned.
        """


class SourceRow(NamedTuple):
    """A row as the source has it."""

    file: str
    columns: Mapping[str, str | None]
    """All of them as text, by the names that the file has."""


@runtime_checkable
class RowSource(Source, Protocol):
    """A source of files, which can show the rows behind a sum."""

    def reads(self, path: Path) -> bool:
        """Tell whether the path is one of its files."""

    def source_rows(self, query: CostQuery, row: CostRow, limit: int) -> list[SourceRow]:
        """The rows that are in one row of the answer to a query, the largest amounts first, `limit` at most.

        Raises:
            SourceError: they can not be read any more.
        """


class Progress(Protocol):
    """Told about long work. `total` is None as long as nobody knows it."""

    def __call__(self, done: int, total: int | None, what: str) -> None: ...


Announce = Callable[[str], None]
"""Told one line for the user while work goes on, such as the price of what runs next."""


def silent(done: int, total: int | None, what: str) -> None:
    """The progress nobody watches."""


def without_value(key: str) -> str:
    """Say that a tag key is known, and has no value in the rows that were asked for."""
    return f"no row that was asked for has a value for the {about_tag(key)}"


def about_tag(key: str) -> str:
    """Name a tag as a warning about it does, so that one about a tag that nobody relies on can be left out."""
    return f'tag "{key}"'

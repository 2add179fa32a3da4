"""Interface of all cost sources."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple, Protocol, runtime_checkable

from cost_allocation.model import CostRow, CostTable
from cost_allocation.query import CostQuery


class SourceError(Exception):
    """The source cannot answer. The message is one line with the file or field, the problem and the fix."""


class Source(Protocol):
    """A source of costs."""

    @property
    def name(self) -> str:
        """Display name of the source."""

    @property
    def metrics(self) -> tuple[str, ...]:
        """The supported metrics, spelled as in the documentation of the source. The first is the default."""

    @property
    def is_focus(self) -> bool:
        """True if the rows are FOCUS charges. Then every FOCUS column is a dimension: see `query.column`."""

    def fetch(self, query: CostQuery) -> CostTable:
        """Return the sums for a query, sorted by period, currency and values. Combinations without costs have no row.

        Raises:
            SourceError: the query cannot be answered in full. Partial answers are never returned.
        """


class SourceRow(NamedTuple):
    """A row of a source file."""

    file: str
    columns: Mapping[str, str | None]
    """All columns as text, by their names in the file."""


@runtime_checkable
class RowSource(Source, Protocol):
    """A source of files. It can show the rows behind a sum."""

    def reads(self, path: Path) -> bool:
        """Return True if the path is one of the files of this source."""

    def source_rows(self, query: CostQuery, row: CostRow, limit: int) -> list[SourceRow]:
        """Return the source rows that one row of an answer sums up: at most `limit`, the largest amounts first.

        Raises:
            SourceError: the rows cannot be read any more.
        """


class Progress(Protocol):
    """Callback for the progress of long operations. `total` is None while it is unknown."""

    def __call__(self, done: int, total: int | None, what: str) -> None: ...


Announce = Callable[[str], None]
"""Callback that shows one line to the user, such as the price of the next request."""


def silent(done: int, total: int | None, what: str) -> None:
    """Ignore the progress."""


def without_value(key: str) -> str:
    """Build the warning about a known tag key that has no value in the requested rows."""
    return f"no requested row has a value for the {about_tag(key)}"


def about_tag(key: str) -> str:
    """Name a tag as warnings do. Callers use it to find the warnings about one tag."""
    return f'tag "{key}"'

"""Costs that were asked for before: closed months are kept for good, the others for an hour."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from datetime import date, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import NamedTuple

from cost_allocation.model import CostRow, CostTable
from cost_allocation.query import CostQuery
from taggov.costs.sources.base import Source
from taggov.costs.sources.cache.store import Store
from taggov.costs.sources.months import next_month

SETTLED = timedelta(days=14)
"""Time for which a month may still change after its end: AWS bills the rest in the first two weeks of the next one."""

SHORT = 60 * 60
"""Seconds. Cost Explorer refreshes its numbers a few times a day (AWS, Cost Explorer user guide)."""

_FORMAT = 1
"""Raised when entries change their form: older ones are not found any more then."""


class _Piece(NamedTuple):
    """The part of a query that lies in one calendar month."""

    start: date
    end: date


class CachedSource:
    """A source that remembers its answers by calendar month.

    Months that are missing are fetched together, as far as they are neighbours.
    """

    def __init__(self, inner: Source, store: Store, *, scope: str, today: date, refresh: bool = False) -> None:
        """Put a cache in front of a source.

        Args:
            inner: the source, for what is missing.
            store: keeps the months.
            scope: whose costs the source gives: the account, or the profile that it is asked with.
            today: in UTC.
            refresh: fetch everything anew, and replace what is kept.
        """
        self._inner = inner
        self._store = store
        self._scope = scope
        self._today = today
        self._refresh = refresh

    @property
    def name(self) -> str:
        """The name of the source behind the cache."""
        return self._inner.name

    @property
    def metrics(self) -> tuple[str, ...]:
        """The metrics of the source behind the cache."""
        return self._inner.metrics

    @property
    def is_focus(self) -> bool:
        """True where the source behind the cache has charges of FOCUS."""
        return self._inner.is_focus

    def fetch(self, query: CostQuery) -> CostTable:
        """The sums that are asked for. See `Source`."""
        if query.start is None or query.end is None or not query.start < query.end <= next_month(self._today):
            # Nothing to remember: only the source knows what to say to such dates.
            return self._inner.fetch(query)
        pieces = list(_pieces(query.start, query.end))
        tables = {piece: self._kept(query, piece) for piece in pieces}
        for run in _runs([piece for piece in pieces if tables[piece] is None]):
            fetched = self._inner.fetch(replace(query, start=run[0].start, end=run[-1].end))
            for piece in run:
                tables[piece] = self._keep(query, piece, fetched)
        return _joined(query, self.name, [table for table in tables.values() if table is not None])

    def _kept(self, query: CostQuery, piece: _Piece) -> CostTable | None:
        text = None if self._refresh else self._store.get(self._key(query, piece))
        return None if text is None else _decoded(text, query, self.name)

    def _keep(self, query: CostQuery, piece: _Piece, fetched: CostTable) -> CostTable:
        month = piece.start.replace(day=1)
        table = replace(
            fetched,
            rows=[row for row in fetched.rows if row.period.replace(day=1) == month],
            estimated=frozenset(period for period in fetched.estimated if period.replace(day=1) == month),
        )
        self._store.set(self._key(query, piece), _encoded(table), None if self._is_final(piece, table) else SHORT)
        return table

    def _is_final(self, piece: _Piece, table: CostTable) -> bool:
        # What a warning tells of may be mended: a tag key that is activated can be filled in for the past year.
        settled = next_month(piece.start) + SETTLED < self._today
        return settled and not table.estimated and not table.warnings

    def _key(self, query: CostQuery, piece: _Piece) -> str:
        undated = asdict(replace(query, start=None, end=None))
        words = json.dumps([_FORMAT, self.name, self._scope, undated, piece], default=str, sort_keys=True)
        return f"taggov:costs:{sha256(words.encode()).hexdigest()}"


def _pieces(start: date, end: date) -> Iterator[_Piece]:
    while start < end:
        border = min(next_month(start), end)
        yield _Piece(start, border)
        start = border


def _runs(pieces: Sequence[_Piece]) -> list[list[_Piece]]:
    runs: list[list[_Piece]] = []
    for piece in pieces:
        if runs and runs[-1][-1].end == piece.start:
            runs[-1].append(piece)
        else:
            runs.append([piece])
    return runs


def _joined(query: CostQuery, source: str, tables: Sequence[CostTable]) -> CostTable:
    return CostTable(
        dimensions=query.dimensions,
        rows=[row for table in tables for row in table.rows],
        metric=query.metric,
        source=source,
        estimated=frozenset(period for table in tables for period in table.estimated),
        warnings=tuple(dict.fromkeys(warning for table in tables for warning in table.warnings)),
    )


def _encoded(table: CostTable) -> str:
    return json.dumps(
        {"rows": table.rows, "estimated": sorted(table.estimated), "warnings": table.warnings}, default=str
    )


def _decoded(text: str, query: CostQuery, source: str) -> CostTable | None:
    """The table of an entry, None when the entry is damaged."""
    try:
        entry = json.loads(text)
        rows = [_row(query, *row) for row in entry["rows"]]
        estimated = frozenset(date.fromisoformat(period) for period in entry["estimated"])
        warnings = tuple(str(warning) for warning in entry["warnings"])
    except (ValueError, TypeError, KeyError, ArithmeticError):
        return None
    return CostTable(query.dimensions, rows, query.metric, source, estimated, warnings)


def _row(query: CostQuery, period: str, currency: str, values: list[str | None], cost: str, rows: int) -> CostRow:
    if len(values) != len(query.dimensions) or not Decimal(cost).is_finite():
        raise ValueError(values, cost)
    return CostRow(date.fromisoformat(period), currency, tuple(values), Decimal(cost), rows)

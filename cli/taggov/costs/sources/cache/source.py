"""Cache of answers by calendar month: closed months stay forever, other months for an hour."""

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
"""Period after the end of a month in which its costs may still change: AWS bills late usage in these two weeks."""

SHORT = 60 * 60
"""Seconds. Cost Explorer refreshes its numbers a few times a day (AWS, Cost Explorer user guide)."""

_FORMAT = 1
"""Version of the entry format. Increase it when the format changes, so that old entries are not found."""


class _MonthRange(NamedTuple):
    """The days of a query that are in one calendar month."""

    start: date
    end: date


class CachedSource:
    """A source that caches its answers by calendar month.

    Consecutive missing months are fetched with one query.
    """

    def __init__(self, inner: Source, store: Store, *, scope: str, today: date, refresh: bool = False) -> None:
        """Put a cache in front of a source.

        Args:
            inner: the source behind the cache.
            store: stores the months.
            scope: identifies the costs that the source can see: an account or a profile.
            today: in UTC.
            refresh: fetch everything again and replace the cached months.
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
        """See `Source.is_focus`."""
        return self._inner.is_focus

    def fetch(self, query: CostQuery) -> CostTable:
        """See `Source.fetch`."""
        if query.start is None or query.end is None or not query.start < query.end <= next_month(self._today):
            # The source has the error messages for such dates.
            return self._inner.fetch(query)
        ranges = list(_month_ranges(query.start, query.end))
        tables = {months: self._load(query, months) for months in ranges}
        for run in _runs([months for months in ranges if tables[months] is None]):
            fetched = self._inner.fetch(replace(query, start=run[0].start, end=run[-1].end))
            for months in run:
                tables[months] = self._save(query, months, fetched)
        return _join(query, self.name, [table for table in tables.values() if table is not None])

    def _load(self, query: CostQuery, months: _MonthRange) -> CostTable | None:
        text = None if self._refresh else self._store.get(self._key(query, months))
        return None if text is None else _decode(text, query, self.name)

    def _save(self, query: CostQuery, months: _MonthRange, fetched: CostTable) -> CostTable:
        month = months.start.replace(day=1)
        table = replace(
            fetched,
            rows=[row for row in fetched.rows if row.period.replace(day=1) == month],
            estimated=frozenset(period for period in fetched.estimated if period.replace(day=1) == month),
        )
        self._store.set(self._key(query, months), _encode(table), None if self._is_final(months, table) else SHORT)
        return table

    def _is_final(self, months: _MonthRange, table: CostTable) -> bool:
        # The cause of a warning may go away: activating a tag key can backfill the past year.
        settled = next_month(months.start) + SETTLED < self._today
        return settled and not table.estimated and not table.warnings

    def _key(self, query: CostQuery, months: _MonthRange) -> str:
        undated = asdict(replace(query, start=None, end=None))
        text = json.dumps([_FORMAT, self.name, self._scope, undated, months], default=str, sort_keys=True)
        return f"taggov:costs:{sha256(text.encode()).hexdigest()}"


def _month_ranges(start: date, end: date) -> Iterator[_MonthRange]:
    while start < end:
        border = min(next_month(start), end)
        yield _MonthRange(start, border)
        start = border


def _runs(ranges: Sequence[_MonthRange]) -> list[list[_MonthRange]]:
    runs: list[list[_MonthRange]] = []
    for months in ranges:
        if runs and runs[-1][-1].end == months.start:
            runs[-1].append(months)
        else:
            runs.append([months])
    return runs


def _join(query: CostQuery, source: str, tables: Sequence[CostTable]) -> CostTable:
    return CostTable(
        dimensions=query.dimensions,
        rows=[row for table in tables for row in table.rows],
        metric=query.metric,
        source=source,
        estimated=frozenset(period for table in tables for period in table.estimated),
        warnings=tuple(dict.fromkeys(warning for table in tables for warning in table.warnings)),
    )


def _encode(table: CostTable) -> str:
    return json.dumps(
        {"rows": table.rows, "estimated": sorted(table.estimated), "warnings": table.warnings}, default=str
    )


def _decode(text: str, query: CostQuery, source: str) -> CostTable | None:
    """Decode a cache entry; return None if it is damaged."""
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

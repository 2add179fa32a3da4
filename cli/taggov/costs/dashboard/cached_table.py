"""A table as a source, so that a paid query is not repeated for each view."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, localcontext

from cost_allocation.exact import EXACT
from cost_allocation.model import CostRow, CostTable
from cost_allocation.query import CostQuery, Granularity
from taggov.costs.sources.base import SourceError


@dataclass(frozen=True, slots=True)
class CachedTable:
    """Source that answers queries by summing a table."""

    table: CostTable
    granularity: Granularity
    """Granularity of the table."""
    is_focus = False

    @property
    def name(self) -> str:
        """Name of the source of the table."""
        return self.table.source

    @property
    def metrics(self) -> tuple[str, ...]:
        """The metric of the table."""
        return (self.table.metric,)

    def fetch(self, query: CostQuery) -> CostTable:
        """Return the sums for a query.

        Raises:
            SourceError: the table is too coarse for the query.
        """
        self._check(query)
        places = [self.table.dimensions.index(dimension) for dimension in query.dimensions]
        months = query.granularity is Granularity.MONTH
        sums: dict[tuple[date, str, tuple[str | None, ...]], tuple[Decimal, int]] = defaultdict(lambda: (Decimal(0), 0))
        with localcontext(EXACT):
            for row in self.table.rows:
                if _within(row.period, query):
                    period = row.period.replace(day=1) if months else row.period
                    key = (period, row.currency, tuple([row.values[place] for place in places]))
                    cost, rows = sums[key]
                    sums[key] = (cost + row.cost, rows + row.rows)
        found = [CostRow(*key, cost, rows) for key, (cost, rows) in sums.items()]
        found.sort(key=lambda row: (row.period, row.currency, [(one is not None, one or "") for one in row.values]))
        estimated = frozenset(
            period.replace(day=1) if months else period for period in self.table.estimated if _within(period, query)
        )
        return CostTable(query.dimensions, found, query.metric, self.name, estimated, self.table.warnings)

    def _check(self, query: CostQuery) -> None:
        missing = [dimension for dimension in query.dimensions if dimension not in self.table.dimensions]
        if missing:
            raise SourceError(
                f"{self.name} was queried by {', '.join(self.table.dimensions)}, not by {', '.join(missing)}: "
                "query it again"
            )
        if query.metric != self.table.metric:
            raise SourceError(
                f"{self.name} was queried for {self.table.metric}, not for {query.metric}: query it again"
            )
        if query.filters:
            raise SourceError(f"{self.name}: loaded costs cannot be filtered")
        if self.granularity is Granularity.MONTH:
            broken = [day for day in (query.start, query.end) if day is not None and day.day != 1]
            if broken or query.granularity is Granularity.DAY:
                raise SourceError(f"{self.name} was queried by month, without days: query it again by day")


def _within(period: date, query: CostQuery) -> bool:
    return (query.start is None or query.start <= period) and (query.end is None or period < query.end)

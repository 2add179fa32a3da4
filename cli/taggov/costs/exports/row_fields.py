"""Source dimensions (service, account, tags) of allocated rows."""

from __future__ import annotations

from datetime import date, timedelta

from cost_allocation import query
from cost_allocation.model import AllocatedRow, Allocation
from cost_allocation.query import Granularity
from cost_allocation.rules.model import Rules
from taggov.costs.sources.months import next_month


class RowFields:
    """Accessor for the kept dimensions of allocated rows. Missing values and dimensions are None."""

    def __init__(self, allocation: Allocation, rules: Rules, granularity: Granularity) -> None:
        self._allocation = allocation
        self._at = {dimension: index for index, dimension in enumerate(allocation.keep)}
        self._rules = rules
        self._granularity = granularity

    def value(self, row: AllocatedRow, dimension: str) -> str | None:
        """Return the value of a dimension."""
        index = self._at.get(dimension)
        return None if index is None else row.cell.values[index]

    def has(self, dimension: str) -> bool:
        """Return True if any row has a value for a dimension."""
        return any(self.value(row, dimension) is not None for row in self._allocation.rows)

    def tags(self, row: AllocatedRow) -> dict[str, str]:
        """Return the kept tags that have a value."""
        named = ((query.tag_key(dimension), row.cell.values[index]) for dimension, index in self._at.items())
        return {key: value for key, value in named if key is not None and value is not None}

    def environment(self, row: AllocatedRow) -> str | None:
        """Return the value of the first environment tag that has one."""
        return self._first(row, self._rules.environment_tags)

    def customer(self, row: AllocatedRow) -> str | None:
        """Return the value of the first customer tag that has one."""
        return self._first(row, self._rules.customer_tags)

    def _first(self, row: AllocatedRow, keys: tuple[str, ...]) -> str | None:
        values = (self.value(row, query.tag(key)) for key in keys)
        return next((value for value in values if value is not None), None)

    def end(self, row: AllocatedRow) -> date:
        """Return the day after the period of a row."""
        start = row.cell.period
        return start + timedelta(days=1) if self._granularity is Granularity.DAY else next_month(start)


def midnight(day: date) -> str:
    """Format the start of a day in UTC, as in FOCUS and the Common Bill Format."""
    return f"{day.isoformat()}T00:00:00Z"


def description(row: AllocatedRow) -> str | None:
    """Describe a shared cost; return None for direct costs."""
    return None if row.pool is None else f"Share of {row.team} in {row.pool}"

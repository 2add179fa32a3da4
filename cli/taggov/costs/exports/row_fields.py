"""Facts that an allocated row still knows of its source."""

from __future__ import annotations

from datetime import date, timedelta

from cost_allocation import query
from cost_allocation.model import AllocatedRow, Allocation
from cost_allocation.query import Granularity
from cost_allocation.rules.model import Rules
from taggov.costs.sources.months import next_month


class RowFields:
    """Reads the kept dimensions of the rows of one allocation; None for what was not kept or has no value."""

    def __init__(self, allocation: Allocation, rules: Rules, granularity: Granularity) -> None:
        self._allocation = allocation
        self._at = {dimension: index for index, dimension in enumerate(allocation.keep)}
        self._rules = rules
        self._granularity = granularity

    def value(self, row: AllocatedRow, dimension: str) -> str | None:
        """The value of a dimension."""
        index = self._at.get(dimension)
        return None if index is None else row.cell.values[index]

    def has(self, dimension: str) -> bool:
        """Tell whether any row has a value of a dimension."""
        return any(self.value(row, dimension) is not None for row in self._allocation.rows)

    def tags(self, row: AllocatedRow) -> dict[str, str]:
        """The kept tags that have a value."""
        named = ((query.tag_key(dimension), row.cell.values[index]) for dimension, index in self._at.items())
        return {key: value for key, value in named if key is not None and value is not None}

    def environment(self, row: AllocatedRow) -> str | None:
        """By the first of the rules' tags for environments that has a value."""
        return self._first(row, self._rules.environment_tags)

    def customer(self, row: AllocatedRow) -> str | None:
        """By the first of the rules' tags for customers that has a value."""
        return self._first(row, self._rules.customer_tags)

    def _first(self, row: AllocatedRow, keys: tuple[str, ...]) -> str | None:
        values = (self.value(row, query.tag(key)) for key in keys)
        return next((value for value in values if value is not None), None)

    def end(self, row: AllocatedRow) -> date:
        """The day after the row's period."""
        start = row.cell.period
        return start + timedelta(days=1) if self._granularity is Granularity.DAY else next_month(start)


def midnight(day: date) -> str:
    """The beginning of a day in UTC, as FOCUS and the Common Bill Format write times."""
    return f"{day.isoformat()}T00:00:00Z"


def description(row: AllocatedRow) -> str | None:
    """A sentence on a shared cost; direct ones speak for themselves."""
    return None if row.pool is None else f"Share of {row.team} in {row.pool}"

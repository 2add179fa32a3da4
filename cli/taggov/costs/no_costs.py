"""Reasons for an empty answer, and what there is instead."""

from __future__ import annotations

from dataclasses import replace

from cost_allocation import query
from cost_allocation.query import CostQuery, Filter, Granularity
from cost_allocation.rules.nearest import Nearest
from cost_allocation.rules.service_names import service_names
from taggov.costs.periods import ALWAYS, Period, closed_period
from taggov.costs.sources.base import RowSource, Source

_MOST_NAMED = 3
"""Number of values to list if none is similar."""


def no_costs(source: Source, asked: CostQuery, period: Period) -> str:
    """Explain an empty answer: which months have costs, or which filter matches nothing.

    Only files are queried for this, because queries to other sources cost money.

    Args:
        asked: the query without results.
        period: its period.
    """
    none = "no costs" if period == ALWAYS else f"no costs in {period}"
    if not isinstance(source, RowSource):
        return none + (" that match --where" if asked.filters else "")
    if not source.fetch(replace(asked, granularity=Granularity.MONTH, dimensions=(), filters=())).rows:
        always = replace(asked, start=None, end=None, granularity=Granularity.MONTH, dimensions=(), filters=())
        every = source.fetch(always)
        return none + (f"; there are costs in {closed_period(ALWAYS, every)}" if every.rows else "")
    for one in asked.filters:
        if not one.exclude and (message := _no_match_message(source, asked, one)):
            return f"{none}: {message}"
    return f"{none} that match --where"


def _no_match_message(source: RowSource, asked: CostQuery, chosen: Filter) -> str | None:
    """Explain why a filter matches nothing, with the nearest value; None if one of its values occurs."""
    table = source.fetch(replace(asked, granularity=Granularity.MONTH, dimensions=(chosen.dimension,), filters=()))
    values = sorted({row.values[0] for row in table.rows if row.values[0] is not None})
    wanted = chosen.values[0]
    if {*chosen.values} & {row.values[0] for row in table.rows}:
        return None
    if wanted is None:
        return f"every cost has a {_title(chosen.dimension)}"
    known = {value: value for value in values}
    if chosen.dimension == query.SERVICE:
        known = {name: value for value in values for name in service_names(value)} | known
    if near := Nearest(known).find(wanted):
        return f'no {_title(chosen.dimension)} is "{wanted}"; did you mean "{near}"?'
    named = ", ".join(f'"{value}"' for value in values[:_MOST_NAMED])
    more = f" and {len(values) - _MOST_NAMED} more" if len(values) > _MOST_NAMED else ""
    there = f"; there is {named}{more}" if values else ": no cost has one"
    return f'no {_title(chosen.dimension)} is "{wanted}"{there}'


def _title(dimension: str) -> str:
    """Return the display name of a dimension: `service`, `charge category`, `tag "env"`."""
    key = query.tag_key(dimension)
    return dimension.replace("_", " ") if key is None else f'tag "{key}"'

"""Reasons for an empty answer, and what there is instead."""

from __future__ import annotations

from dataclasses import replace

from cost_allocation import query
from cost_allocation.query import CostQuery, Filter, Granularity
from cost_allocation.rules.nearest import Nearest
from cost_allocation.rules.service_names import service_names
from taggov.costs.periods import ALWAYS, Period, covered
from taggov.costs.sources.base import RowSource, Source

_NAMED = 3
"""Values that are named where none is alike."""


def no_costs(source: Source, asked: CostQuery, period: Period) -> str:
    """Say which months have costs, or which filter lets nothing through. Only files are asked: others have a price.

    Args:
        asked: what gave no row.
        period: of the question, for people.
    """
    none = "no costs" if period == ALWAYS else f"no costs in {period}"
    if not isinstance(source, RowSource):
        return none + (" that --where lets through" if asked.filters else "")
    if not source.fetch(replace(asked, granularity=Granularity.MONTH, dimensions=(), filters=())).rows:
        always = replace(asked, start=None, end=None, granularity=Granularity.MONTH, dimensions=(), filters=())
        every = source.fetch(always)
        return none + (f"; there are costs in {covered(ALWAYS, every)}" if every.rows else "")
    for one in asked.filters:
        if not one.exclude and (said := _not_there(source, asked, one)):
            return f"{none}: {said}"
    return f"{none} that --where lets through"


def _not_there(source: RowSource, asked: CostQuery, one: Filter) -> str | None:
    """Name what a filter could have meant; None where one of its values occurs."""
    table = source.fetch(replace(asked, granularity=Granularity.MONTH, dimensions=(one.dimension,), filters=()))
    values = sorted({row.values[0] for row in table.rows if row.values[0] is not None})
    wanted = one.values[0]
    if {*one.values} & {row.values[0] for row in table.rows}:
        return None
    if wanted is None:
        return f"every cost has a {_title(one.dimension)}"
    known = {value: value for value in values}
    if one.dimension == query.SERVICE:
        known = {name: value for value in values for name in service_names(value)} | known
    if near := Nearest(known).find(wanted):
        return f'no {_title(one.dimension)} is "{wanted}"; did you mean "{near}"?'
    named = ", ".join(f'"{value}"' for value in values[:_NAMED])
    more = f" and {len(values) - _NAMED} more" if len(values) > _NAMED else ""
    there = f"; there is {named}{more}" if values else ": no cost has one"
    return f'no {_title(one.dimension)} is "{wanted}"{there}'


def _title(dimension: str) -> str:
    """Name a dimension: `service`, `charge category`, `tag "env"`."""
    key = query.tag_key(dimension)
    return dimension.replace("_", " ") if key is None else f'tag "{key}"'

"""Source rows of a sum, and tag keys of all rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

import duckdb

from cost_allocation.model import CostRow
from cost_allocation.query import CostQuery, Filter, Granularity, tag
from taggov.costs.sources.base import SourceRow
from taggov.costs.sources.focus.columns import CURRENCY, PATH, ColumnType, Layout
from taggov.costs.sources.focus.literals import quote, text, trim
from taggov.costs.sources.focus.sql import predicate, value
from taggov.costs.sources.focus.tag_sql import keys_of, tag_columns
from taggov.costs.sources.months import next_month

_LOOKED_AT = 100_000
"""Number of rows to search for other tag keys when one is not found."""


def source_rows(
    connection: duckdb.DuckDBPyConnection,
    layouts: Sequence[Layout],
    query: CostQuery,
    row: CostRow,
    limit: int,
    names: Mapping[str, str],
) -> list[SourceRow]:
    """Return the rows of one sum, the largest amounts first. `names` maps paths to display names."""
    day = row.period
    end = next_month(day) if query.granularity is Granularity.MONTH else day + timedelta(days=1)
    asked = replace(
        query,
        start=max(day, query.start or day),
        end=min(end, query.end or end),
        filters=(
            *query.filters,
            *(Filter(name, (its,)) for name, its in zip(query.dimensions, row.values, strict=True)),
        ),
    )
    found: list[tuple[float, SourceRow]] = []
    for layout in layouts:
        # Floats are exact enough for sorting.
        size = f"coalesce(abs(try_cast({layout.need(query.metric).sql} as double)), 0)"
        shown = [
            f"cast(to_json({its.sql}) as varchar)" if its.type is ColumnType.MAP else text(its)
            for its in layout.columns
        ]
        records = connection.execute(
            f"select {size}, {PATH}, {', '.join(shown)} from {layout.relation} "
            f"where {predicate(asked, layout)} and {_currency(layout)} = {quote(row.currency)} "
            f"order by 1 desc limit {limit:d}"
        ).fetchall()
        spelled = [its.name for its in layout.columns]
        found += [(its, SourceRow(names[path], dict(zip(spelled, rest, strict=True)))) for its, path, *rest in records]
    return [its for _, its in sorted(found, key=lambda pair: -pair[0])[:limit]]


def tag_keys(connection: duckdb.DuckDBPyConnection, layouts: Sequence[Layout]) -> list[str]:
    """List the tag keys of all rows, the most frequent first."""
    found: Counter[str] = Counter()
    for its in layouts:
        keys = f"(select unnest({_keys(its)}) as key from {its.relation}) as keys"
        # Elements that are not pairs have no key.
        found.update(
            dict(connection.execute(f"select key, count(*) from {keys} where key <> '' group by 1").fetchall())
        )
    return sorted(found, key=lambda key: (-found[key], key))


def some_tag_keys(connection: duckdb.DuckDBPyConnection, layouts: Sequence[Layout], rows: int = _LOOKED_AT) -> set[str]:
    """Return the tag keys of the first rows."""
    return {
        key
        for layout in layouts
        for (key,) in connection.execute(
            f"select distinct unnest({_keys(layout)}) from (from {layout.relation} limit {rows}) as rows"
        ).fetchall()
        if key
    }


def has_tag(connection: duckdb.DuckDBPyConnection, layouts: Sequence[Layout], query: CostQuery, key: str) -> bool:
    """Return True if any row has a value for the key."""
    return any(
        connection.execute(f"select 1 from {its.relation} where {value(query, its, tag(key))} <> '' limit 1").fetchone()
        for its in layouts
    )


def _currency(layout: Layout) -> str:
    """Write the currency as answers have it: trimmed, in upper case."""
    return f"upper({trim(text(layout.need(CURRENCY)))})"


def _keys(layout: Layout) -> str:
    """Write the list of tag keys of a row."""
    columns = [f"case when {text(its)} <> '' then {quote(key)} end" for key, its in layout.tag_columns()]
    lists = [f"list_filter([{', '.join(columns)}], lambda key: key is not null)"] if columns else []
    lists += [f"coalesce({keys_of(its)}, [])" for its in tag_columns(layout)]
    if len(lists) == 1:
        return lists[0]
    return f"list_distinct({' || '.join(lists)})" if lists else "cast([] as varchar[])"

"""What FOCUS files hold: the rows behind a sum, the days, the tag keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

import duckdb

from cost_allocation.model import CostRow
from cost_allocation.query import CostQuery, Filter, Granularity, tag
from taggov.costs.sources.base import SourceRow
from taggov.costs.sources.focus.columns import CURRENCY, TAGS, ColumnType, Layout
from taggov.costs.sources.focus.sql import SCALES, amount, period, predicate, quoted, text, value
from taggov.costs.sources.months import next_month

_LOOKED_AT = 100_000
"""Rows in which other tag keys are looked for, when one is not found."""


class TagKey(NamedTuple):
    """A tag key and what the rows that have it cost."""

    key: str
    rows: int
    costs: Mapping[str, Decimal]
    """By currency."""


@dataclass(frozen=True, slots=True)
class Description:
    """What there is to ask for."""

    first: date | None
    """The first day of a charge, UTC; None if there are no rows."""
    last: date | None
    rows: int
    currencies: tuple[str, ...]
    """The one with the most rows first."""
    tag_keys: tuple[TagKey, ...]
    """The most expensive first, in the first of the currencies."""


def source_rows(
    opened: duckdb.DuckDBPyConnection,
    layouts: Sequence[Layout],
    query: CostQuery,
    row: CostRow,
    limit: int,
    names: Mapping[str, str],
) -> list[SourceRow]:
    """The rows in one sum, the largest amounts first; `names` has what the user calls each path."""
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
        # Floats are good enough to order by.
        size = f"coalesce(abs(try_cast({layout.need(query.metric).sql} as double)), 0)"
        shown = [
            f"cast(to_json({its.sql}) as varchar)" if its.type is ColumnType.MAP else text(its)
            for its in layout.columns
        ]
        records = opened.execute(
            f"select {size}, filename, {', '.join(shown)} from {layout.relation} "
            f"where {predicate(asked, layout)} and {text(layout.need(CURRENCY))} = {quoted(row.currency)} "
            f"order by 1 desc limit {limit:d}"
        ).fetchall()
        spelled = [its.name for its in layout.columns]
        found += [(its, SourceRow(names[path], dict(zip(spelled, rest, strict=True)))) for its, path, *rest in records]
    return [its for _, its in sorted(found, key=lambda pair: -pair[0])[:limit]]


def describe(opened: duckdb.DuckDBPyConnection, layouts: Sequence[Layout], metric: str) -> Description:
    """Look at all rows once, and once more at their tags."""
    rows = " union all ".join(
        f"select min({period(its)}) as first, max({period(its)}) as last, count(*) as row_count, "
        f"{text(its.need(CURRENCY))} as currency from {its.relation} group by 4"
        for its in layouts
    )
    currencies = opened.execute(
        "select currency, cast(min(first) as date), cast(max(last) as date), sum(row_count) "
        f"from ({rows}) as parts group by 1 order by 4 desc, 1"
    ).fetchall()
    keys: dict[str, tuple[int, dict[str, Decimal]]] = {}
    for key, currency, cost, count in opened.execute(_key_costs(layouts, metric)).fetchall():
        total, costs = keys.get(key, (0, {}))
        keys[key] = (total + count, costs | {currency: cost})
    main = currencies[0][0] if currencies else ""
    ranked = sorted(keys.items(), key=lambda item: (-(item[1][1].get(main) or Decimal(0)), item[0]))
    return Description(
        first=min((first for _, first, _, _ in currencies if first), default=None),
        last=max((last for _, _, last, _ in currencies if last), default=None),
        rows=sum(count for *_, count in currencies),
        currencies=tuple(currency for currency, *_ in currencies if currency),
        tag_keys=tuple(TagKey(key, count, costs) for key, (count, costs) in ranked),
    )


def some_tag_keys(opened: duckdb.DuckDBPyConnection, layouts: Sequence[Layout]) -> set[str]:
    """The tag keys of the first rows."""
    return {
        key
        for layout in layouts
        for (key,) in opened.execute(
            f"select distinct unnest({_keys(layout)}) from (from {layout.relation} limit {_LOOKED_AT}) as rows"
        ).fetchall()
    }


def has_tag(opened: duckdb.DuckDBPyConnection, layouts: Sequence[Layout], key: str) -> bool:
    """Whether any row has a value for the key."""
    return any(
        opened.execute(f"select 1 from {its.relation} where {value(its, tag(key))} <> '' limit 1").fetchone()
        for its in layouts
    )


def _key_costs(layouts: Sequence[Layout], metric: str) -> str:
    # Few different sets of keys stand for many rows: they are taken apart only after they are counted.
    sets = " union all ".join(
        f"select {_keys(its)} as keys, {text(its.need(CURRENCY))} as currency, "
        f"sum({amount(its.need(metric), SCALES[-1])}) as cost, count(*) as row_count from {its.relation} group by 1, 2"
        for its in layouts
    )
    return (
        "select key, currency, sum(cost), sum(row_count) from "
        f"(select unnest(keys) as key, currency, cost, row_count from ({sets}) as sets) as keys group by 1, 2"
    )


def _keys(layout: Layout) -> str:
    """The tag keys of a row, as a list."""
    columns = [f"case when {text(its)} <> '' then {quoted(key)} end" for key, its in layout.tag_columns()]
    lists = [f"list_filter([{', '.join(columns)}], lambda key: key is not null)"] if columns else []
    if tags := layout.column(TAGS):
        keys = f"map_keys({tags.sql})" if tags.type is ColumnType.MAP else f"keys_of_json({text(tags)})"
        lists.append(f"coalesce({keys}, [])")
    return f"list_distinct({' || '.join(lists)})" if lists else "cast([] as varchar[])"

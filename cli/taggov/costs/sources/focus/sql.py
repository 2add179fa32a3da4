"""A cost query and the layout of the rows, made into SQL. The text is DuckDB's; `athena.dialect` translates it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from cost_allocation.query import CostQuery, Filter, tag_key
from taggov.costs.sources.base import SourceError
from taggov.costs.sources.focus.columns import (
    CURRENCY,
    FIELD_COLUMNS,
    METRICS,
    PERIOD,
    TAGS,
    Column,
    ColumnType,
    Layout,
)

SCALES = (18, 28)
"""Decimals that amounts are read with: the finer one only where it is needed, for it leaves fewer digits in front."""

_COUNTS = ("cost", "row_count", "unreadable", "broken")

_AMOUNTS = frozenset({ColumnType.DECIMAL, ColumnType.FLOAT, ColumnType.TEXT})
_PLAIN = "^[-+]?[0-9]+([.][0-9]{1,SCALE})?$"
NUMBER = "^[-+]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][-+]?[0-9]+)?$"


def check(query: CostQuery, layouts: Sequence[Layout]) -> None:
    """Make sure that the layouts can answer.

    Raises:
        SourceError: the metric or a dimension is unknown, or a column is missing.
    """
    if query.metric not in METRICS:
        raise SourceError(f'unknown metric "{query.metric}": FOCUS has {", ".join(METRICS)}')
    for dimension in used_dimensions(query):
        if tag_key(dimension) is None and dimension not in FIELD_COLUMNS:
            raise SourceError(f'unknown dimension "{dimension}": known are {", ".join(FIELD_COLUMNS)} and tag:KEY')
    for layout in layouts:
        if missing := layout.missing(query.metric, used_dimensions(query)):
            raise SourceError(
                f"{layout.name}: missing column {', '.join(missing)}, which FOCUS asks for{_hint(layout)}"
            )
        for name in (query.metric, CURRENCY, PERIOD):
            if sum(its.name.lower() == name.lower() for its in layout.columns) > 1:
                raise SourceError(f"{layout.name}: column {name} is there twice")
        if layout.need(query.metric).type not in _AMOUNTS:
            raise SourceError(f"{layout.name}: column {query.metric} does not hold numbers")


def _hint(layout: Layout) -> str:
    """What a header in one piece is a sign of."""
    (first, *others) = layout.columns or (None,)
    separators = [sign for sign in (";", "\t", "|") if first and not others and sign in first.name]
    return f'; its values are separated by "{separators[0]}", and have to be by commas' if separators else ""


def used_dimensions(query: CostQuery) -> tuple[str, ...]:
    """What is asked for or filtered by, each once."""
    return tuple(dict.fromkeys((*query.dimensions, *(chosen.dimension for chosen in query.filters))))


def sums(query: CostQuery, layout: Layout, scale: int) -> str:
    """The statement that answers the query for one layout.

    Its columns are period, currency, the dimensions, the cost, and three counts: of rows, of those without a readable
    amount, of those whose tags are not JSON.
    """
    cost = amount(layout.need(query.metric), scale)
    broken = _broken(query, layout)
    keys = ["period", "currency", *(f"d{place}" for place in range(len(query.dimensions)))]
    columns = [
        f"cast(date_trunc('{query.granularity.value}', {period(layout)}) as date)",
        *(f"nullif({its}, '')" for its in (text(layout.need(CURRENCY)), *(value(layout, d) for d in query.dimensions))),
        f"sum({cost})",
        "count(*)",
        "0" if surely_readable(layout, query.metric) else f"count(*) - count({cost})",
        f"count(case when {broken} then 1 end)" if broken else "0",
    ]
    named = ", ".join(f"{its} as {name}" for its, name in zip(columns, (*keys, *_COUNTS), strict=True))
    return (
        f"select {named} from {layout.relation} where {predicate(query, layout)} "
        f"group by {', '.join(str(place + 1) for place in range(len(keys)))} "
        f"order by {', '.join(f'{key} nulls first' for key in keys)}"
    )


def surely_readable(layout: Layout, metric: str) -> bool:
    """Whether nothing could be wrong with an amount or a time but its absence, which `unusable` finds for nothing.

    To count absent values beside the sums would cost time.
    """
    certain = layout.need(metric).type is ColumnType.DECIMAL and layout.need(PERIOD).type is not ColumnType.TEXT
    return layout.has_statistics and certain


def unusable(query: CostQuery, layout: Layout, scale: int) -> str:
    """The first row of the period that has no readable amount, time or currency.

    Its columns are the file, the time, the currency and the amount as texts, and whether the time is not readable.
    """
    cost, currency = layout.need(query.metric), layout.need(CURRENCY)
    doubts = [f"{amount(cost, scale)} is null", f"{currency.sql} is null"]
    # An empty text can not be seen in statistics, so it is looked for only where all rows are read anyhow.
    doubts += [] if surely_readable(layout, query.metric) else [f"{text(currency)} = ''"]
    wrong = f"{period(layout)} is null or ({_within(query, layout)}) and ({' or '.join(doubts)})"
    return (
        f"select filename, {text(layout.need(PERIOD))}, {text(currency)}, {text(cost)}, {period(layout)} is null "
        f"from {layout.relation} where {wrong} limit 1"
    )


def amount(column: Column, scale: int) -> str:
    """The amount as a decimal; null for what is not a number, has more decimals, or too many digits in front.

    A binary number stands for the shortest decimal that means it, rounded to `scale` decimals.
    """
    if column.type is ColumnType.DECIMAL:
        return column.sql
    read = f"try_cast({text(column)} as decimal(38, {scale}))"
    if column.type is ColumnType.FLOAT:
        return read
    # A cast would round. Decimals of a text: digits after the point up to the last that is not 0, less the exponent.
    digits = f"coalesce(length(regexp_extract({column.sql}, '[.]([0-9]*[1-9])', 1)), 0)"
    exponent = f"coalesce(try_cast(regexp_extract({column.sql}, '[eE]([-+]?[0-9]+)$', 1) as integer), 0)"
    return (
        f"case when regexp_matches({column.sql}, '{_PLAIN.replace('SCALE', str(scale))}') "
        f"or regexp_matches({column.sql}, '{NUMBER}') and {digits} - {exponent} <= {scale} then {read} end"
    )


def period(layout: Layout) -> str:
    """When the charge began, as a UTC time without zone; null for a text that is no time."""
    column = layout.need(PERIOD)
    if column.type is ColumnType.TIMESTAMP:
        return column.sql
    return f"utc_of_zoned({column.sql})" if column.type is ColumnType.ZONED else f"utc_of_text({text(column)})"


def text(column: Column) -> str:
    """The value as a text."""
    return column.sql if column.type is ColumnType.TEXT else f"cast({column.sql} as varchar)"


def value(layout: Layout, dimension: str) -> str:
    """The value of a dimension, which may be an empty text where there is none."""
    key = tag_key(dimension)
    if key is None:
        column = layout.column(*FIELD_COLUMNS[dimension])
        return text(column) if column else "cast(null as varchar)"
    column, tags = layout.tag_column(key), layout.column(TAGS)
    if column and tags:
        return f"coalesce(nullif({text(column)}, ''), {_tag(tags, key)})"
    return text(column) if column else _tag(tags, key) if tags else "cast(null as varchar)"


def _tag(tags: Column, key: str) -> str:
    if tags.type is ColumnType.MAP:
        return f"tag_of_map({tags.sql}, {quoted(key)})"
    return f"tag_of_json({text(tags)}, {quoted(key)})"


def _broken(query: CostQuery, layout: Layout) -> str | None:
    tags = layout.column(TAGS)
    if tags is None or tags.type is ColumnType.MAP or all(tag_key(name) is None for name in used_dimensions(query)):
        return None
    return f"is_broken_json({text(tags)})"


def predicate(query: CostQuery, layout: Layout) -> str:
    """Which rows are asked for. A row without a readable time is always one, so that it is noticed."""
    return " and ".join(f"({part})" for part in [_within(query, layout), *(_has(layout, f) for f in query.filters)])


def _within(query: CostQuery, layout: Layout) -> str:
    time = period(layout)
    bounds = [f"{time} >= {_midnight(query.start)}"] if query.start else []
    bounds += [f"{time} < {_midnight(query.end)}"] if query.end else []
    if not bounds:
        return "true"
    inside = " and ".join(bounds)
    # Only where it can happen: the condition would keep DuckDB from skipping row groups.
    return f"{inside} or {time} is null" if layout.need(PERIOD).type is ColumnType.TEXT else inside


def _has(layout: Layout, chosen: Filter) -> str:
    its = value(layout, chosen.dimension)
    texts = ", ".join(quoted(text) for text in chosen.values if text)
    absent, present = f"{its} is null or {its} = ''", f"{its} <> ''"
    if chosen.exclude:
        others = f"{its} not in ({texts})" if texts else "true"
        return f"{present} and {others}" if None in chosen.values else f"{absent} or {others}"
    wanted = f"{its} in ({texts})" if texts else "false"
    return f"{absent} or {wanted}" if None in chosen.values else wanted


def quoted(words: str) -> str:
    """A text as a literal, in which nothing but a quote has a meaning."""
    return "'" + words.replace("'", "''") + "'"


def identifier(name: str) -> str:
    """A name that may have any character."""
    return '"' + name.replace('"', '""') + '"'


def _midnight(day: date) -> str:
    return f"timestamp '{day.isoformat()} 00:00:00'"

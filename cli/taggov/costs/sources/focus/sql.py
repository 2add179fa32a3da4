"""A cost query and the layout of the rows, made into SQL. The text is DuckDB's; `athena.dialect` translates it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from itertools import chain

from cost_allocation.query import CostQuery, Filter, tag_key
from taggov.costs.sources.base import SourceError
from taggov.costs.sources.focus.columns import (
    CURRENCY,
    FIELD_COLUMNS,
    METRICS,
    PERIOD,
    TAG_COLUMNS,
    Column,
    ColumnType,
    Layout,
    names_of,
)
from taggov.costs.sources.focus.kinds import other_export
from taggov.costs.sources.focus.literals import NO_CODE, quoted, text, trimmed
from taggov.costs.sources.focus.tag_sql import NOTHING, broken_tags, plain_values, tag_value, unseen_spellings

SCALES = (18, 28)
"""Decimals that amounts are summed with in SQL. The finer one only for amounts that need it: it leaves fewer digits in
front. Amounts that are finer still come as texts."""

COUNTS = ("cost", "row_count", "unreadable", "broken", "unseen", "all_rows")
"""The columns of an answer after period, currency and the dimensions."""

EARLIEST, LATEST = date(2000, 1, 1), date(2100, 1, 1)
"""The time in which a charge may begin, the end exclusive. What lies outside is no time of a bill: `epoch`, `infinity`,
nanoseconds that were written as microseconds."""

EVERYTHING = "true"
"""The predicate of a query that leaves nothing out."""

_WANTED = "wanted"
_AMOUNTS = frozenset({ColumnType.DECIMAL, ColumnType.FLOAT, ColumnType.TEXT})
_TIMES = frozenset({ColumnType.TIMESTAMP, ColumnType.ZONED, ColumnType.TEXT})
_PLAIN = "^[-+]?[0-9]+([.][0-9]{1,SCALE})?$"
_ZERO = "^[-+]?(0+[.]?0*|[.]0+)([eE][-+]?[0-9]+)?$"
NUMBER = "^[-+]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][-+]?[0-9]+)?$"


def check(query: CostQuery, layouts: Sequence[Layout]) -> None:
    """Make sure that the layouts can answer.

    Raises:
        SourceError: the metric or a dimension is unknown, or a column is missing.
    """
    if query.metric not in METRICS:
        raise SourceError(f'unknown metric "{query.metric}": FOCUS has {", ".join(METRICS)}')
    for dimension in used_dimensions(query):
        if tag_key(dimension) is None and not names_of(dimension):
            raise SourceError(f'unknown dimension "{dimension}": known are {", ".join(FIELD_COLUMNS)} and tag:KEY')
    for layout in layouts:
        if missing := layout.missing(query.metric, used_dimensions(query)):
            raise SourceError(f"{layout.name}: {_without(layout, missing)}")
        for name in (query.metric, CURRENCY, PERIOD, *TAG_COLUMNS, *_fields(query)):
            if sum(its.name.lower() == name.lower() for its in layout.columns) > 1:
                raise SourceError(f"{layout.name}: column {name} is there twice")
        if layout.need(query.metric).type not in _AMOUNTS:
            raise SourceError(f"{layout.name}: column {query.metric} does not hold numbers")
        if layout.need(PERIOD).type not in _TIMES:
            raise SourceError(f"{layout.name}: column {PERIOD} does not hold times")


def _fields(query: CostQuery) -> Iterator[str]:
    """The columns of all fields, and of whatever else is asked for."""
    yield from chain(*FIELD_COLUMNS.values(), *map(names_of, used_dimensions(query)))


def _without(layout: Layout, missing: Sequence[str]) -> str:
    if kind := other_export(its.name for its in layout.columns):
        return f"not FOCUS: it is {kind}"
    return f"missing column {', '.join(missing)}, which FOCUS asks for"


def used_dimensions(query: CostQuery) -> tuple[str, ...]:
    """List what is asked for or filtered by, each once."""
    return tuple(dict.fromkeys((*query.dimensions, *(chosen.dimension for chosen in query.filters))))


def sums(query: CostQuery, layout: Layout, scale: int, coarser: int | None = None) -> str:
    """Write the statement that answers the query for one layout.

    Its columns are period, currency, the dimensions, and `COUNTS`: the cost; rows; those without an amount that is
    readable with `scale` decimals; those whose tags are not JSON; those that may have a tag in a spelling that was not
    looked for; and all rows of the layout, whether asked for or not.

    Args:
        query: what is asked for.
        layout: where.
        scale: decimals of the amounts.
        coarser: only amounts that are not readable with so few decimals.
    """
    cost = amount(layout.need(query.metric), scale)
    wanted = predicate(query, layout)
    if coarser is not None:
        wanted = f"{wanted} and ({amount(layout.need(query.metric), coarser)} is null)"
    # A condition of the statement would hide the other rows from the count.
    inside = layout.counts_all and wanted != EVERYTHING
    relation = f"(select *, {wanted} as {_WANTED} from {layout.relation}) as rows" if inside else layout.relation

    def of(expression: str, only: str | None = None) -> str:
        condition = " and ".join(its for its in (_WANTED if inside else None, only) if its)
        return f"case when {condition} then {expression} end" if condition else expression

    if values := plain_values(query, layout):
        columns = {f"taggov_tag_{place}": of(its) for place, its in enumerate(values.values())}
        relation = f"(select *, {aliased(columns)} from {relation}) as rows"
        layout = replace(layout, tag_values=dict(zip(values, columns, strict=True)))
    broken, unseen = broken_tags(query, layout), unseen_spellings(query, layout)
    counts = (
        f"sum({of(cost)})",
        f"count({of('1')})",
        "0" if surely_readable(layout, query.metric) else f"count({of('1', f'{cost} is null')})",
        f"count({of('1', broken)})" if broken else "0",
        f"count({of('1', unseen)})" if unseen else "0",
        "count(*)" if layout.counts_all else "0",
    )
    # By keys as they are first: to make them usable takes longer for all rows than for their sums.
    keys = dict(zip(_names(query), map(of, _raw_keys(query, layout)), strict=True))
    by = ", ".join(str(place + 1) for place in range(len(keys)))
    rows = (
        f"select {aliased({**keys, **dict(zip(COUNTS, counts, strict=True))})} from {relation}"
        f"{'' if inside else f' where {wanted}'} group by {by}"
    )
    cost_of_all, *others = COUNTS
    totals = [f"sum({cost_of_all})", *(f"cast(sum({name}) as bigint)" for name in others)]
    return _grouped(query, [*_usable(list(keys)), *totals], COUNTS, f"({rows}) as sums", None)


def texts(query: CostQuery, layout: Layout, scales: Sequence[int]) -> str:
    """Write the statement for amounts that are not readable with these numbers of decimals.

    Its columns are period, currency, the dimensions, the amount as text, and how many rows have it.
    """
    cost = layout.need(query.metric)
    finer = " and ".join(f"({amount(cost, scale)} is null)" for scale in scales)
    columns = [*group_keys(query, layout), text(cost), "count(*)"]
    return _grouped(query, columns, ("amount", "row_count"), layout.relation, f"{predicate(query, layout)} and {finer}")


def group_keys(query: CostQuery, layout: Layout) -> list[str]:
    """Write what an answer is grouped by: period, currency and the dimensions."""
    return _usable(_raw_keys(query, layout))


def _raw_keys(query: CostQuery, layout: Layout) -> list[str]:
    return [
        f"date_trunc('{query.granularity.value}', {usable_period(layout)})",
        text(layout.need(CURRENCY)),
        *(value(query, layout, dimension) for dimension in query.dimensions),
    ]


def _usable(raw: Sequence[str]) -> list[str]:
    period, *others = raw
    return [f"cast({period} as date)", *(f"nullif({its}, '')" for its in others)]


def _names(query: CostQuery) -> list[str]:
    return ["period", "currency", *(f"d{place}" for place in range(len(query.dimensions)))]


def aliased(columns: Mapping[str, str]) -> str:
    return ", ".join(f"{its} as {name}" for name, its in columns.items())


def _grouped(
    query: CostQuery, columns: Sequence[str], last: Sequence[str], relation: str, condition: str | None
) -> str:
    keys = _names(query)
    by = len(columns) - (len(last) if last is COUNTS else 1)
    named = ", ".join(f"{its} as {name}" for its, name in zip(columns, (*keys, *last), strict=True))
    return (
        f"select {named} from {relation}{f' where {condition}' if condition else ''} "
        f"group by {', '.join(str(place + 1) for place in range(by))} "
        f"order by {', '.join(f'{key} nulls first' for key in keys)}"
    )


def surely_readable(layout: Layout, metric: str) -> bool:
    """Say if nothing could be wrong with an amount but its absence, which `unusable` finds for nothing.

    To count absent values beside the sums would cost time.
    """
    return _has_typed_periods(layout) and layout.need(metric).type is ColumnType.DECIMAL


def _has_typed_periods(layout: Layout) -> bool:
    return layout.has_statistics and layout.need(PERIOD).type is not ColumnType.TEXT


def untimely(layout: Layout) -> str | None:
    """Write the statement for the first row whose time is absent or that of no bill.

    None where it would read all rows, for those are noticed in the answer. The columns are those of `unusable`.
    """
    if not _has_typed_periods(layout):
        return None
    raw = layout.need(PERIOD).sql
    bounds = [f"{raw} is null", f"{raw} < {midnight(EARLIEST)}", f"{raw} >= {midnight(LATEST)}"]
    # Each by itself: row groups are skipped by one condition, not by one of several.
    return " union all ".join(f"({_first(layout, 'null', bound, 'true')})" for bound in bounds) + " limit 1"


def unusable(query: CostQuery, layout: Layout, amounts: Sequence[str] | None = None) -> str:
    """Write the statement for the first row of the period that has no readable amount, time or currency.

    Its columns are the file, the time, the currency and the amount as texts, and whether the time is not readable.

    Args:
        query: what is asked for.
        layout: where.
        amounts: texts that are no amounts; None to look at no more than statistics, where there are any.
    """
    cost, currency, time = layout.need(query.metric), layout.need(CURRENCY), usable_period(layout)
    doubts = [f"{cost.sql} is null", f"{currency.sql} is null"]
    if amounts is not None or not surely_readable(layout, query.metric):
        doubts.append(f"regexp_matches({trimmed(text(currency))}, {NO_CODE})")
    doubts += [f"{text(cost)} in ({', '.join(map(quoted, amounts))})"] if amounts else []
    wrong = f"{time} is null or ({predicate(query, layout)}) and ({' or '.join(doubts)})"
    return _first(layout, text(cost), wrong, f"{time} is null")


def _first(layout: Layout, cost: str, condition: str, no_time: str) -> str:
    return (
        f"select filename, {text(layout.need(PERIOD))}, {text(layout.need(CURRENCY))}, {cost}, {no_time} "
        f"from {layout.relation} where {condition} limit 1"
    )


def amount(column: Column, scale: int) -> str:
    """The amount as a decimal; null for what is not a number, has more decimals, or too many digits in front.

    A binary number stands for the shortest decimal that means it.
    """
    if column.type is ColumnType.DECIMAL:
        return column.sql
    its = text(column)
    read = f"try_cast({its} as decimal(38, {scale}))"
    # A cast would round. Decimals of a text: digits after the point up to the last that is not 0, less the exponent.
    digits = f"coalesce(length(regexp_extract({its}, '[.]([0-9]*[1-9])', 1)), 0)"
    exponent = f"coalesce(try_cast(regexp_extract({its}, '[eE]([-+]?[0-9]+)$', 1) as integer), 0)"
    exact = (
        f"when regexp_matches({its}, '{_PLAIN.replace('SCALE', str(scale))}') "
        f"or regexp_matches({its}, '{NUMBER}') and {digits} - {exponent} <= {scale} then {read} "
        f"when regexp_matches({its}, '{_ZERO}') then cast(0 as decimal(38, {scale})) end"
    )
    if column.type is ColumnType.TEXT:
        return f"case {exact}"
    # Statistics of Parquet leave NaN out, and would promise that every cast succeeds: it is asked for by itself.
    # From 0.1 on, the 17 digits that a binary number can have end within 18 decimals.
    size = f"abs({column.sql})"
    return f"case when not isfinite({column.sql}) then null when {size} >= 0.1 or {size} = 0 then {read} {exact}"


def period(layout: Layout) -> str:
    """Select the time when the charge began, as a UTC time without zone; null for a text that is no time."""
    column = layout.need(PERIOD)
    if column.type is ColumnType.TIMESTAMP:
        return column.sql
    return f"utc_of_zoned({column.sql})" if column.type is ColumnType.ZONED else f"utc_of_text({text(column)})"


def usable_period(layout: Layout) -> str:
    """Select when the charge began; null for a time of no bill, unless `untimely` has found that there is none."""
    time = period(layout)
    if _has_typed_periods(layout):
        return time
    return f"case when {time} >= {midnight(EARLIEST)} and {time} < {midnight(LATEST)} then {time} end"


def value(query: CostQuery, layout: Layout, dimension: str) -> str:
    """The value of a dimension, which may be an empty text where there is none."""
    key = tag_key(dimension)
    if key is not None:
        return tag_value(query, layout, key)
    column = layout.column(*names_of(dimension))
    return text(column) if column else NOTHING


def predicate(query: CostQuery, layout: Layout) -> str:
    """Select the rows that are asked for. A row without a readable time is always one, so that it is noticed."""
    parts = [_within(query, layout), *(_has(query, layout, chosen) for chosen in query.filters)]
    return " and ".join(f"({part})" for part in parts if part != EVERYTHING) or EVERYTHING


def _within(query: CostQuery, layout: Layout) -> str:
    is_text = layout.need(PERIOD).type is ColumnType.TEXT
    # A column by itself lets row groups be skipped.
    time = usable_period(layout) if is_text else period(layout)
    bounds = [f"{time} >= {midnight(query.start)}"] if query.start else []
    bounds += [f"{time} < {midnight(query.end)}"] if query.end else []
    if not bounds:
        return EVERYTHING
    inside = " and ".join(bounds)
    return f"{inside} or {time} is null" if is_text else inside


def _has(query: CostQuery, layout: Layout, chosen: Filter) -> str:
    its = value(query, layout, chosen.dimension)
    texts = ", ".join(quoted(text) for text in chosen.values if text)
    absent, present = f"{its} is null or {its} = ''", f"{its} <> ''"
    if chosen.exclude:
        others = f"{its} not in ({texts})" if texts else "true"
        return f"{present} and {others}" if None in chosen.values else f"{absent} or {others}"
    wanted = f"{its} in ({texts})" if texts else "false"
    return f"{absent} or {wanted}" if None in chosen.values else wanted


def midnight(day: date) -> str:
    """Write the first moment of a day."""
    return f"timestamp '{day.isoformat()} 00:00:00'"

"""SQL for cost queries, in the dialect of DuckDB; `athena.dialect` translates it."""

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
    PATH,
    PERIOD,
    TAG_COLUMNS,
    Column,
    ColumnType,
    Layout,
    names_of,
)
from taggov.costs.sources.focus.kinds import other_export
from taggov.costs.sources.focus.literals import NO_CODE, quote, text, trim
from taggov.costs.sources.focus.tag_sql import NOTHING, broken_tags, plain_values, tag_value, unseen_spellings

SCALES = (18, 28)
"""Decimals of amounts in SQL. The second scale is only for amounts that need it, because it leaves fewer digits before
the point. Even finer amounts are returned as text."""

COUNTS = ("cost", "row_count", "unreadable", "broken", "unseen", "all_rows")
"""Columns of an answer after period, currency and the dimensions."""

EARLIEST, LATEST = date(2000, 1, 1), date(2100, 1, 1)
"""Valid range of the start of a charge, the end exclusive. Times outside are errors: `epoch`, `infinity`, nanoseconds
written as microseconds."""

EVERYTHING = "true"
"""Predicate that matches all rows."""

_WANTED = "wanted"
_AMOUNTS = frozenset({ColumnType.DECIMAL, ColumnType.FLOAT, ColumnType.TEXT})
_TIMES = frozenset({ColumnType.TIMESTAMP, ColumnType.ZONED, ColumnType.TEXT})
_PLAIN = "^[-+]?[0-9]+([.][0-9]{1,SCALE})?$"
_ZERO = "^[-+]?(0+[.]?0*|[.]0+)([eE][-+]?[0-9]+)?$"
NUMBER = "^[-+]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][-+]?[0-9]+)?$"


def check(query: CostQuery, layouts: Sequence[Layout]) -> None:
    """Check that the layouts can answer a query.

    Raises:
        SourceError: the metric or a dimension is unknown, or a column is missing.
    """
    if query.metric not in METRICS:
        raise SourceError(f'unknown metric "{query.metric}": FOCUS has {", ".join(METRICS)}')
    for dimension in used_dimensions(query):
        if tag_key(dimension) is None and not names_of(dimension):
            raise SourceError(f'unknown dimension "{dimension}": allowed are {", ".join(FIELD_COLUMNS)} and tag:KEY')
    for layout in layouts:
        if missing := layout.missing(query.metric, used_dimensions(query)):
            raise SourceError(f"{layout.name}: {_missing_column_message(layout, missing)}")
        for name in (query.metric, CURRENCY, PERIOD, *TAG_COLUMNS, *_fields(query)):
            if sum(its.name.lower() == name.lower() for its in layout.columns) > 1:
                raise SourceError(f"{layout.name}: column {name} occurs twice")
        if layout.need(query.metric).type not in _AMOUNTS:
            raise SourceError(f"{layout.name}: column {query.metric} does not hold numbers")
        if layout.need(PERIOD).type not in _TIMES:
            raise SourceError(f"{layout.name}: column {PERIOD} does not hold times")


def _fields(query: CostQuery) -> Iterator[str]:
    """Yield the columns of all fields and of the other requested dimensions."""
    yield from chain(*FIELD_COLUMNS.values(), *map(names_of, used_dimensions(query)))


def _missing_column_message(layout: Layout, missing: Sequence[str]) -> str:
    if kind := other_export(its.name for its in layout.columns):
        return f"not FOCUS: it is {kind}"
    return f"missing column {', '.join(missing)}, which FOCUS asks for"


def used_dimensions(query: CostQuery) -> tuple[str, ...]:
    """List the dimensions that a query groups or filters by, each once."""
    return tuple(dict.fromkeys((*query.dimensions, *(chosen.dimension for chosen in query.filters))))


def sums(query: CostQuery, layout: Layout, scale: int, coarser: int | None = None) -> str:
    """Write the statement that answers the query for one layout.

    Its columns are period, currency, the dimensions, and `COUNTS`: the cost; the number of rows; rows whose amount is
    not readable with `scale` decimals; rows whose tags are not JSON; rows that may have a tag in an unknown spelling;
    and all rows of the layout, matched or not.

    Args:
        query: the query.
        layout: the layout.
        scale: number of decimals of the amounts.
        coarser: sum only amounts that are not readable with this smaller scale.
    """
    cost = amount(layout.need(query.metric), scale)
    wanted = predicate(query, layout)
    if coarser is not None:
        wanted = f"{wanted} and ({amount(layout.need(query.metric), coarser)} is null)"
    # A WHERE clause would hide the other rows from the count.
    inside = layout.counts_all and wanted != EVERYTHING
    relation = f"(select *, {wanted} as {_WANTED} from {layout.relation}) as rows" if inside else layout.relation

    def of(expression: str, only: str | None = None) -> str:
        condition = " and ".join(its for its in (_WANTED if inside else None, only) if its)
        return f"case when {condition} then {expression} end" if condition else expression

    if values := plain_values(query, layout):
        columns = {f"taggov_tag_{place}": of(its) for place, its in enumerate(values.values())}
        relation = f"(select *, {select_list(columns)} from {relation}) as rows"
        layout = replace(layout, tag_values=dict(zip(values, columns, strict=True)))
    broken, unseen = broken_tags(query, layout), unseen_spellings(query, layout)
    counts = (
        f"sum({of(cost)})",
        f"count({of('1')})",
        "0" if always_readable(layout, query.metric) else f"count({of('1', f'{cost} is null')})",
        f"count({of('1', broken)})" if broken else "0",
        f"count({of('1', unseen)})" if unseen else "0",
        "count(*)" if layout.counts_all else "0",
    )
    # Group by the raw keys first: converting them is slower for all rows than for the sums.
    keys = dict(zip(_names(query), map(of, _raw_keys(query, layout)), strict=True))
    by = ", ".join(str(place + 1) for place in range(len(keys)))
    rows = (
        f"select {select_list({**keys, **dict(zip(COUNTS, counts, strict=True))})} from {relation}"
        f"{'' if inside else f' where {wanted}'} group by {by}"
    )
    cost_of_all, *others = COUNTS
    totals = [f"sum({cost_of_all})", *(f"cast(sum({name}) as bigint)" for name in others)]
    return _group_statement(query, [*_valid_keys(list(keys)), *totals], COUNTS, f"({rows}) as sums", None)


def texts(query: CostQuery, layout: Layout, scales: Sequence[int]) -> str:
    """Write the statement for amounts that are not readable with these scales.

    Its columns are period, currency, the dimensions, the amount as text, and the number of rows.
    """
    cost = layout.need(query.metric)
    finer = " and ".join(f"({amount(cost, scale)} is null)" for scale in scales)
    columns = [*group_keys(query, layout), text(cost), "count(*)"]
    return _group_statement(
        query, columns, ("amount", "row_count"), layout.relation, f"{predicate(query, layout)} and {finer}"
    )


def group_keys(query: CostQuery, layout: Layout) -> list[str]:
    """Write the grouping keys: period, currency and the dimensions."""
    return _valid_keys(_raw_keys(query, layout))


def _raw_keys(query: CostQuery, layout: Layout) -> list[str]:
    return [
        f"date_trunc('{query.granularity.value}', {valid_period(layout)})",
        text(layout.need(CURRENCY)),
        *(value(query, layout, dimension) for dimension in query.dimensions),
    ]


def _valid_keys(raw: Sequence[str]) -> list[str]:
    period, *others = raw
    return [f"cast({period} as date)", *(f"nullif({its}, '')" for its in others)]


def _names(query: CostQuery) -> list[str]:
    return ["period", "currency", *(f"d{place}" for place in range(len(query.dimensions)))]


def select_list(columns: Mapping[str, str]) -> str:
    return ", ".join(f"{its} as {name}" for name, its in columns.items())


def _group_statement(
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


def always_readable(layout: Layout, metric: str) -> bool:
    """Return True if amounts can only be missing, not invalid.

    `first_unreadable_row` finds missing amounts by statistics. Counting them together with the sums would take longer.
    """
    return _has_typed_periods(layout) and layout.need(metric).type is ColumnType.DECIMAL


def _has_typed_periods(layout: Layout) -> bool:
    return layout.has_statistics and layout.need(PERIOD).type is not ColumnType.TEXT


def first_row_without_time(layout: Layout) -> str | None:
    """Write the statement for the first row without a valid time, if statistics can tell; None otherwise.

    Otherwise the answer counts such rows. The columns are those of `first_unreadable_row`.
    """
    if not _has_typed_periods(layout):
        return None
    raw = layout.need(PERIOD).sql
    bounds = [f"{raw} is null", f"{raw} < {midnight(EARLIEST)}", f"{raw} >= {midnight(LATEST)}"]
    # Separate statements, because row groups are only skipped for single conditions.
    return " union all ".join(f"({_first(layout, 'null', bound, 'true')})" for bound in bounds) + " limit 1"


def first_unreadable_row(query: CostQuery, layout: Layout, amounts: Sequence[str] | None = None) -> str:
    """Write the statement for the first row of the period without a readable amount, time or currency.

    Its columns are the file; time, currency and amount as text; and True if the time is unreadable.

    Args:
        query: the query.
        layout: the layout.
        amounts: invalid amounts; None to use only statistics, where they exist.
    """
    cost, currency, time = layout.need(query.metric), layout.need(CURRENCY), valid_period(layout)
    doubts = [f"{cost.sql} is null", f"{currency.sql} is null"]
    if amounts is not None or not always_readable(layout, query.metric):
        doubts.append(f"regexp_matches({trim(text(currency))}, {NO_CODE})")
    doubts += [f"{text(cost)} in ({', '.join(map(quote, amounts))})"] if amounts else []
    wrong = f"{time} is null or ({predicate(query, layout)}) and ({' or '.join(doubts)})"
    return _first(layout, text(cost), wrong, f"{time} is null")


def _first(layout: Layout, cost: str, condition: str, no_time: str) -> str:
    return (
        f"select {PATH}, {text(layout.need(PERIOD))}, {text(layout.need(CURRENCY))}, {cost}, {no_time} "
        f"from {layout.relation} where {condition} limit 1"
    )


def amount(column: Column, scale: int) -> str:
    """Write the amount as a decimal; null if it is not a number, or has too many decimals or digits.

    Floats are converted by their shortest decimal text.
    """
    if column.type is ColumnType.DECIMAL:
        return column.sql
    its = text(column)
    read = f"try_cast({its} as decimal(38, {scale}))"
    # A cast would round, so count the decimals: digits after the point up to the last nonzero one, minus the exponent.
    digits = f"coalesce(length(regexp_extract({its}, '[.]([0-9]*[1-9])', 1)), 0)"
    exponent = f"coalesce(try_cast(regexp_extract({its}, '[eE]([-+]?[0-9]+)$', 1) as integer), 0)"
    exact = (
        f"when regexp_matches({its}, '{_PLAIN.replace('SCALE', str(scale))}') "
        f"or regexp_matches({its}, '{NUMBER}') and {digits} - {exponent} <= {scale} then {read} "
        f"when regexp_matches({its}, '{_ZERO}') then cast(0 as decimal(38, {scale})) end"
    )
    if column.type is ColumnType.TEXT:
        return f"case {exact}"
    # Check NaN explicitly: Parquet statistics exclude it, so DuckDB would assume that every cast succeeds.
    # From 0.1 on, the 17 digits of a float need at most 18 decimals.
    size = f"abs({column.sql})"
    return f"case when not isfinite({column.sql}) then null when {size} >= 0.1 or {size} = 0 then {read} {exact}"


def period(layout: Layout) -> str:
    """Write the start of the charge as UTC without a zone; null for text that is not a time."""
    column = layout.need(PERIOD)
    if column.type is ColumnType.TIMESTAMP:
        return column.sql
    return f"utc_of_zoned({column.sql})" if column.type is ColumnType.ZONED else f"utc_of_text({text(column)})"


def valid_period(layout: Layout) -> str:
    """Write the start of the charge; null for invalid times, unless `first_row_without_time` checks them."""
    time = period(layout)
    if _has_typed_periods(layout):
        return time
    return f"case when {time} >= {midnight(EARLIEST)} and {time} < {midnight(LATEST)} then {time} end"


def value(query: CostQuery, layout: Layout, dimension: str) -> str:
    """Write the value of a dimension. A missing value is null or an empty text."""
    key = tag_key(dimension)
    if key is not None:
        return tag_value(query, layout, key)
    column = layout.column(*names_of(dimension))
    return text(column) if column else NOTHING


def predicate(query: CostQuery, layout: Layout) -> str:
    """Write the predicate of a query. Rows without a readable time always match, so that they are reported."""
    parts = [_within(query, layout), *(_has(query, layout, chosen) for chosen in query.filters)]
    return " and ".join(f"({part})" for part in parts if part != EVERYTHING) or EVERYTHING


def _within(query: CostQuery, layout: Layout) -> str:
    is_text = layout.need(PERIOD).type is ColumnType.TEXT
    # A plain column allows DuckDB to skip row groups.
    time = valid_period(layout) if is_text else period(layout)
    bounds = [f"{time} >= {midnight(query.start)}"] if query.start else []
    bounds += [f"{time} < {midnight(query.end)}"] if query.end else []
    if not bounds:
        return EVERYTHING
    inside = " and ".join(bounds)
    return f"{inside} or {time} is null" if is_text else inside


def _has(query: CostQuery, layout: Layout, chosen: Filter) -> str:
    its = value(query, layout, chosen.dimension)
    texts = ", ".join(quote(text) for text in chosen.values if text)
    absent, present = f"{its} is null or {its} = ''", f"{its} <> ''"
    if chosen.exclude:
        others = f"{its} not in ({texts})" if texts else "true"
        return f"{present} and {others}" if None in chosen.values else f"{absent} or {others}"
    wanted = f"{its} in ({texts})" if texts else "false"
    return f"{absent} or {wanted}" if None in chosen.values else wanted


def midnight(day: date) -> str:
    """Write midnight of a day."""
    return f"timestamp '{day.isoformat()} 00:00:00'"

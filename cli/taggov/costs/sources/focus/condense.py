"""Condensed copies of files: rows that no query can tell apart are summed, for all metrics."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import duckdb

from cost_allocation.query import CostQuery, tag
from taggov.costs.sources.base import SourceError
from taggov.costs.sources.focus.columns import CURRENCY, FIELD_COLUMNS, METRICS, PERIOD, Column, ColumnType, Layout
from taggov.costs.sources.focus.errors import row_without_time
from taggov.costs.sources.focus.inspection import Part
from taggov.costs.sources.focus.layout_query import check_records
from taggov.costs.sources.focus.literals import NO_CODE, quote, text, trim
from taggov.costs.sources.focus.sql import SCALES, amount, check, valid_period, value
from taggov.costs.sources.focus.tag_sql import tag_columns

_SAMPLED = 100_000
"""Number of rows used to count the values of a tag."""

KEYS = ("period", "currency")
ROWS = "row_count"
"""Columns of condensed rows and of sums over them."""
DAYS = ("first_day", "last_day")
"""Columns of condensed rows: the first and the last day of their charges."""


@dataclass(frozen=True, slots=True)
class CondensedRows:
    """Condensed rows of one layout: one row for all that differ only in amounts and in times of the same period."""

    layout: Layout
    """Layout of the condensed file. Tags are texts. It has the readable ones of `METRICS`."""
    unreadable: Mapping[str, int]
    """By metric: number of rows whose amounts need more decimals than the first of `SCALES`. Empty if a row has no
    readable time or currency: then no sum would be right."""


def condense(
    connection: duckdb.DuckDBPyConnection,
    query: CostQuery,
    layout: Layout,
    parts: Sequence[Part],
    file: Path,
    names: Sequence[str] = (),
) -> CondensedRows:
    """Read files once and write condensed rows. Tags stay unparsed until there are fewer rows.

    Args:
        connection: a database that may read the files.
        query: gives the granularity, and the metric for error messages.
        layout: layout of the files.
        parts: the files.
        file: target file.
        names: columns to keep besides fields and tags.

    Raises:
        Misread: DuckDB could not read a file in full.
        SourceError: a row has an invalid time.
    """
    if message := row_without_time(connection, layout, parts):
        raise SourceError(message)
    sources = [*filter(None, (layout.column(*names) for names in FIELD_COLUMNS.values())), *tag_columns(layout)]
    sources += [column for _, column in layout.tag_columns()]
    sources += filter(None, map(layout.column, names))
    columns = [Column(its.name, f"k{place}", ColumnType.TEXT) for place, its in enumerate(sources)]
    metrics = [name for name in METRICS if _is_readable(layout, name)]
    time = valid_period(layout)
    keys = [f"cast(date_trunc('{query.granularity.value}', {time}) as date)", text(layout.need(CURRENCY))]
    keys += map(_text, sources)
    sums = [f"{form}({amount(layout.need(name), SCALES[0])})" for name in metrics for form in ("sum", "count")]
    sums += [f"cast({form}({time}) as date)" for form in ("min", "max")]
    labels = [
        *KEYS,
        *(column.sql for column in columns),
        *(f"{form}_{its}" for its in metrics for form in ("sum", "n")),
        *DAYS,
    ]
    selected = ", ".join(f"{its} as {name}" for its, name in zip([*keys, *sums], labels, strict=True))
    by = ", ".join(str(place + 1) for place in range(len(keys)))
    statement = f"select {selected}, count(*) as {ROWS} from {layout.relation} group by {by}"
    write(connection, statement, file)
    timeless, records, *unreadable = query_row(
        connection,
        file,
        f"sum(case when period is null or regexp_matches(coalesce({trim('currency')}, ''), {NO_CODE}) "
        f"then {ROWS} else 0 end)",
        f"sum({ROWS})",
        *(f"sum({ROWS} - n_{name})" for name in metrics),
    )
    if layout.counts_all:
        check_records(query, layout, parts, records)
    columns += [Column(name, f"sum_{name}", ColumnType.DECIMAL) for name in metrics]
    columns += [Column(PERIOD, KEYS[0], ColumnType.TIMESTAMP), Column(CURRENCY, KEYS[1], ColumnType.TEXT)]
    found = replace(layout, relation=read(file), columns=tuple(columns), has_statistics=True, counts_all=False)
    return CondensedRows(found, {} if timeless else dict(zip(metrics, unreadable, strict=True)))


def days(connection: duckdb.DuckDBPyConnection, layouts: Sequence[Layout]) -> tuple[date, date] | None:
    """Return the first and the last day of condensed rows; None if there are no rows."""
    spans = [
        connection.execute(f"select min({DAYS[0]}), max({DAYS[1]}) from {its.relation}").fetchall()[0]
        for its in layouts
    ]
    known = [span for span in spans if None not in span]
    return (min(first for first, _ in known), max(last for _, last in known)) if known else None


def keys_with_few_values(
    connection: duckdb.DuckDBPyConnection, layouts: Sequence[Layout], query: CostQuery, keys: Sequence[str], most: int
) -> list[str]:
    """Drop tag keys that have more than `most` values in the first rows, such as names and ids."""
    left = list(keys)
    for its in layouts:
        counts = ", ".join(f"approx_count_distinct({value(query, its, tag(key))})" for key in left)
        if counts:
            found = connection.execute(
                f"select {counts} from (from {its.relation} limit {_SAMPLED}) as rows"
            ).fetchall()[0]
            left = [key for key, count in zip(left, found, strict=True) if count <= most]
    return left


def _is_readable(layout: Layout, metric: str) -> bool:
    try:
        check(CostQuery(metric, None, None), [layout])
    except SourceError:
        return False
    return True


def _text(column: Column) -> str:
    """Write the value as text; tags as JSON."""
    return f"cast(to_json({column.sql}) as varchar)" if column.type is ColumnType.MAP else text(column)


def write(connection: duckdb.DuckDBPyConnection, statement: str, file: Path) -> None:
    """Write the result of a statement to Parquet. It must not have a HUGEINT: DuckDB would write it as a float."""
    connection.execute(f"copy ({statement}) to {quote(str(file))} (format parquet)")


def query_row(connection: duckdb.DuckDBPyConnection, file: Path, *columns: str) -> list[int]:
    """Query one row of integers from a file; 0 instead of null."""
    its = ", ".join(f"coalesce({column}, 0)" for column in columns)
    return [int(one) for one in connection.execute(f"select {its} from {read(file)}").fetchall()[0]]


def read(file: Path) -> str:
    return f"read_parquet({quote(str(file))})"

"""Files read once into fewer rows: what no query can tell apart is added up, for all metrics."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import duckdb

from cost_allocation.query import CostQuery, tag
from taggov.costs.sources.base import SourceError
from taggov.costs.sources.focus.ask import check_records
from taggov.costs.sources.focus.columns import CURRENCY, FIELD_COLUMNS, METRICS, PERIOD, Column, ColumnType, Layout
from taggov.costs.sources.focus.faults import untimely_row
from taggov.costs.sources.focus.inspection import Part
from taggov.costs.sources.focus.literals import NO_CODE, quoted, text, trimmed
from taggov.costs.sources.focus.sql import SCALES, amount, check, usable_period, value
from taggov.costs.sources.focus.tag_sql import tag_columns

_SAMPLED = 100_000
"""Rows in which the values of a tag are counted."""

KEYS = ("period", "currency")
ROWS = "row_count"
"""Columns of condensed rows, and of sums of them."""
DAYS = ("first_day", "last_day")
"""Columns of condensed rows: between these days they were charged."""


@dataclass(frozen=True, slots=True)
class Condensed:
    """Rows of one layout: one for all that differ in nothing but amounts and times of one period."""

    layout: Layout
    """The place of the condensed rows. Tags are texts; metrics are `METRICS` that all rows have."""
    unreadable: Mapping[str, int]
    """By metric: rows whose amounts are not readable with the first of `SCALES`. Empty where a row has no time or no
    currency that is readable, so that nothing is right."""


def condensed(
    opened: duckdb.DuckDBPyConnection,
    query: CostQuery,
    layout: Layout,
    parts: Sequence[Part],
    file: Path,
    names: Sequence[str] = (),
) -> Condensed:
    """Read files once, and keep what queries look at: tags are taken apart later, when there are fewer rows.

    Args:
        opened: a database that may read the files.
        query: its granularity counts, and its metric is what complaints are about.
        layout: of the files.
        parts: the files.
        file: where to.
        names: columns that rows are told apart by besides the fields and tags that every query may ask for.

    Raises:
        Misread: DuckDB could not read a file in full.
        SourceError: a row has a time of no bill.
    """
    if fault := untimely_row(opened, layout, parts):
        raise SourceError(fault)
    kept = [*filter(None, (layout.column(*names) for names in FIELD_COLUMNS.values())), *tag_columns(layout)]
    kept += [column for _, column in layout.tag_columns()]
    kept += filter(None, map(layout.column, names))
    columns = [Column(its.name, f"k{place}", ColumnType.TEXT) for place, its in enumerate(kept)]
    metrics = [name for name in METRICS if _is_readable(layout, name)]
    time = usable_period(layout)
    keys = [f"cast(date_trunc('{query.granularity.value}', {time}) as date)", text(layout.need(CURRENCY))]
    keys += map(_text, kept)
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
    write(opened, statement, file)
    timeless, records, *unreadable = asked_of(
        opened,
        file,
        f"sum(case when period is null or regexp_matches(coalesce({trimmed('currency')}, ''), {NO_CODE}) "
        f"then {ROWS} else 0 end)",
        f"sum({ROWS})",
        *(f"sum({ROWS} - n_{name})" for name in metrics),
    )
    if layout.counts_all:
        check_records(query, layout, parts, records)
    columns += [Column(name, f"sum_{name}", ColumnType.DECIMAL) for name in metrics]
    columns += [Column(PERIOD, KEYS[0], ColumnType.TIMESTAMP), Column(CURRENCY, KEYS[1], ColumnType.TEXT)]
    found = replace(layout, relation=read(file), columns=tuple(columns), has_statistics=True, counts_all=False)
    return Condensed(found, {} if timeless else dict(zip(metrics, unreadable, strict=True)))


def days(opened: duckdb.DuckDBPyConnection, layouts: Sequence[Layout]) -> tuple[date, date] | None:
    """Find the first and the last day of condensed rows; None where there are none."""
    spans = [
        opened.execute(f"select min({DAYS[0]}), max({DAYS[1]}) from {its.relation}").fetchall()[0] for its in layouts
    ]
    known = [span for span in spans if None not in span]
    return (min(first for first, _ in known), max(last for _, last in known)) if known else None


def few_valued(
    opened: duckdb.DuckDBPyConnection, layouts: Sequence[Layout], query: CostQuery, keys: Sequence[str], most: int
) -> list[str]:
    """Leave out the tag keys that have more values in the first rows than anybody reads, such as names and ids."""
    left = list(keys)
    for its in layouts:
        counts = ", ".join(f"approx_count_distinct({value(query, its, tag(key))})" for key in left)
        if counts:
            found = opened.execute(f"select {counts} from (from {its.relation} limit {_SAMPLED}) as rows").fetchall()[0]
            left = [key for key, count in zip(left, found, strict=True) if count <= most]
    return left


def _is_readable(layout: Layout, metric: str) -> bool:
    try:
        check(CostQuery(metric, None, None), [layout])
    except SourceError:
        return False
    return True


def _text(column: Column) -> str:
    """The value as a text that stands for nothing else; tags as JSON."""
    return f"cast(to_json({column.sql}) as varchar)" if column.type is ColumnType.MAP else text(column)


def write(opened: duckdb.DuckDBPyConnection, statement: str, file: Path) -> None:
    """Write what a statement gives, none of it a HUGEINT: Parquet has no such numbers, so DuckDB writes floats."""
    opened.execute(f"copy ({statement}) to {quoted(str(file))} (format parquet)")


def asked_of(opened: duckdb.DuckDBPyConnection, file: Path, *columns: str) -> list[int]:
    """Sums over a file, 0 where it has no row."""
    its = ", ".join(f"coalesce({column}, 0)" for column in columns)
    return [int(one) for one in opened.execute(f"select {its} from {read(file)}").fetchall()[0]]


def read(file: Path) -> str:
    return f"read_parquet({quoted(str(file))})"

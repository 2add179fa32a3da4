"""Precomputed sums by periods, metrics and dimensions. Coarser queries are answered from them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import duckdb

from cost_allocation.query import CostQuery, Granularity, tag_key
from taggov.costs.sources.focus.columns import METRICS, Layout
from taggov.costs.sources.focus.condense import KEYS, ROWS, CondensedRows, query_row, read, write
from taggov.costs.sources.focus.rows import Answer, merge_answers, read_answer
from taggov.costs.sources.focus.sql import EVERYTHING, SCALES, always_readable, group_keys, midnight, select_list, sums
from taggov.costs.sources.focus.tag_sql import broken_tags, tag_columns, unseen_spellings
from taggov.costs.sources.tag_keys import KnownKeys, asked_keys


class CubeFile(NamedTuple):
    """A temporary file with the sums of one metric."""

    path: Path
    cost: str
    """Column of the sums."""
    unreadable: str
    """Column with the number of rows whose amounts are not in this file."""


@dataclass(frozen=True, slots=True)
class Cube:
    """Precomputed sums by day or by month."""

    query: CostQuery
    """The widest query that it answers. Narrower queries may use some of its dimensions, any metric, and periods that
    are multiples of its granularity."""
    files: Mapping[str, Sequence[CubeFile]]
    """By metric: a file for each layout and scale. A metric that could not be summed is missing: a query of the source
    files then reports why."""
    unseen: int
    """Number of source rows that may have a tag in an unknown spelling."""
    rows: int
    """Number of sums."""

    def answers(self, query: CostQuery) -> bool:
        """Return True if it can answer a query."""
        alike = (query.owner_keys, query.exact_keys) == (self.query.owner_keys, self.query.exact_keys)
        return (
            query.metric in self.files
            and not query.filters
            and (self.query.granularity is Granularity.DAY or _is_by_month(query))
            and {*query.dimensions} <= {*self.query.dimensions}
            and (alike or not asked_keys(query))
        )

    def ask(self, connection: duckdb.DuckDBPyConnection, query: CostQuery) -> Answer:
        """Answer a query."""
        statements = (self._sums_of(query, file) for file in self.files[query.metric])
        found = merge_answers([read_answer(connection.execute(statement).fetchall()) for statement in statements])
        # Amounts that are unreadable in one file are in the next one.
        return replace(found, unreadable=0)

    def _sums_of(self, query: CostQuery, file: CubeFile) -> str:
        """Write the statement with the columns that `rows.read_answer` expects."""
        places = [self.query.dimensions.index(dimension) for dimension in query.dimensions]
        keys = [f"cast(date_trunc('{query.granularity.value}', period) as date)", "currency"]
        keys += [f"d{place}" for place in places]
        counts = [_count(name) for name in (ROWS, file.unreadable, "broken")]
        bounds = [f"period >= {midnight(query.start)}"] if query.start else []
        bounds += [f"period < {midnight(query.end)}"] if query.end else []
        numbers = [str(place + 1) for place in range(len(keys))]
        return (
            f"select {', '.join([*keys, f'sum({file.cost})', *counts, '0', '0'])} from {read(file.path)} "
            f"where {' and '.join(bounds) or EVERYTHING} group by {', '.join(numbers)} "
            f"order by {', '.join(f'{number} nulls first' for number in numbers)}"
        )


def cube(
    connection: duckdb.DuckDBPyConnection,
    query: CostQuery,
    files: Sequence[tuple[Layout, CondensedRows]],
    keys: KnownKeys,
    folder: Path,
) -> Cube:
    """Precompute the sums by the periods and dimensions of a query.

    Args:
        connection: a database that may read the files and write to the folder.
        query: gives the dimensions and the granularity, which must be that of the condensed rows.
        files: layouts, each with its condensed rows.
        keys: known tag keys.
        folder: a temporary folder.
    """
    query = replace(query, start=None, end=None, filters=())
    files_of: dict[str, list[CubeFile]] = {name: [] for name in METRICS}
    unseen = rows = 0
    for place, (layout, its) in enumerate(files):
        base = folder / f"cube-{place}.parquet"
        write(connection, _sums(query, replace(its.layout, keys=keys), its.unreadable), base)
        more, its_unseen = query_row(connection, base, "count(*)", "sum(unseen)")
        rows, unseen = rows + more, unseen + its_unseen
        for metric in METRICS:
            if (missing := its.unreadable.get(metric)) is None:
                files_of.pop(metric, None)
            elif metric in files_of:
                files_of[metric].append(CubeFile(base, f"cost_{metric}", f"unreadable_{metric}"))
                finer = folder / f"cube-{place}-{metric}.parquet"
                if missing and not _is_finer(
                    connection, replace(query, metric=metric), replace(layout, keys=keys), finer
                ):
                    del files_of[metric]
                elif missing:
                    files_of[metric].append(CubeFile(finer, "cost", "unreadable"))
    return Cube(query, files_of, unseen, rows)


def _sums(query: CostQuery, layout: Layout, metrics: Iterable[str]) -> str:
    """Write the statement for the sums of condensed rows.

    Many rows share few different sets of tags, so each set is parsed once and then joined to its rows.
    """
    period, currency, *values = group_keys(query, layout)
    named = {f"d{place}": its for place, its in enumerate(values)}
    tags = {name: its for (name, its), of in zip(named.items(), query.dimensions, strict=True) if tag_key(of)}
    conditions = {"is_broken": broken_tags(query, layout), "is_unseen": unseen_spellings(query, layout)}
    # A case evaluates conditions in order, so that invalid tags are not parsed.
    tags |= {name: f"case when {its} then true else false end" if its else "false" for name, its in conditions.items()}
    texts = [its.sql for its in (*tag_columns(layout), *(column for _, column in layout.tag_columns()))]
    sets = f"(select distinct {', '.join(texts) or '0 as none'} from {layout.relation})"
    same = " and ".join(f"rows.{its} is not distinct from taken.{its}" for its in texts)
    columns = {
        **dict(zip(KEYS, (period, currency), strict=True)),
        **{name: f"taken.{name}" if name in tags else its for name, its in named.items()},
        **{f"cost_{name}": f"sum(sum_{name})" for name in metrics},
        **{f"unreadable_{name}": _count(f"{ROWS} - n_{name}") for name in metrics},
        ROWS: _count(ROWS),
        **{name: _count(f"case when is_{name} then {ROWS} else 0 end") for name in ("broken", "unseen")},
    }
    by = ", ".join(str(place + 1) for place in range(2 + len(values)))
    return (
        f"select {select_list(columns)} from {layout.relation} as rows "
        f"join (select *, {select_list(tags)} from {sets} as sets) as taken on {same or 'true'} group by {by}"
    )


def _is_by_month(query: CostQuery) -> bool:
    """Return True if a query sums whole months."""
    days = (day.day for day in (query.start, query.end) if day is not None)
    return query.granularity is Granularity.MONTH and all(day == 1 for day in days)


def _count(rows: str) -> str:
    """Write the sum of a number of rows."""
    return f"cast(sum({rows}) as bigint)"


def _is_finer(connection: duckdb.DuckDBPyConnection, query: CostQuery, layout: Layout, file: Path) -> bool:
    """Write the sums of amounts that need more decimals. Return False if even that scale is too coarse."""
    if always_readable(layout, query.metric):
        # Unreadable amounts of typed columns are missing values.
        return False
    coarse, fine = SCALES
    try:
        write(connection, sums(query, layout, fine, coarse), file)
    except duckdb.Error:
        return False
    return not query_row(connection, file, "sum(unreadable)")[0]

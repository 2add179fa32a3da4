"""Sums by all periods, metrics and dimensions that a reader may look at: all other answers are sums of these."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import duckdb

from cost_allocation.query import CostQuery, Granularity, tag_key
from taggov.costs.sources.focus.columns import METRICS, Layout
from taggov.costs.sources.focus.condensed import KEYS, ROWS, Condensed, asked_of, read, write
from taggov.costs.sources.focus.rows import Answer, answer, merged
from taggov.costs.sources.focus.sql import EVERYTHING, SCALES, aliased, group_keys, midnight, sums, surely_readable
from taggov.costs.sources.focus.tag_sql import broken_tags, tag_columns, unseen_spellings
from taggov.costs.sources.tag_keys import KnownKeys, asked_keys


class Piece(NamedTuple):
    """Sums of one metric in a file of our own."""

    file: Path
    cost: str
    """The column of the sums."""
    unreadable: str
    """The column of the rows whose amounts are none of this piece."""


@dataclass(frozen=True, slots=True)
class Cube:
    """Sums by day, or by month."""

    query: CostQuery
    """The widest question. Queries by some of its dimensions, that name tags as it does, have any metric and periods
    that are whole ones of its granularity."""
    pieces: Mapping[str, Sequence[Piece]]
    """By metric: for each layout, and for each scale of its amounts. A metric that is not here has to be read from the
    files, which say why it could not be summed."""
    unseen: int
    """Source rows that may have a tag in a spelling that was not looked for."""
    rows: int
    """Sums that it holds."""

    def answers(self, query: CostQuery) -> bool:
        """Tell whether it holds what is asked for."""
        alike = (query.owner_keys, query.exact_keys) == (self.query.owner_keys, self.query.exact_keys)
        return (
            query.metric in self.pieces
            and not query.filters
            and (self.query.granularity is Granularity.DAY or _is_by_month(query))
            and {*query.dimensions} <= {*self.query.dimensions}
            and (alike or not asked_keys(query))
        )

    def ask(self, opened: duckdb.DuckDBPyConnection, query: CostQuery) -> Answer:
        """Answer as the files would."""
        statements = (self._sums_of(query, piece) for piece in self.pieces[query.metric])
        found = merged([answer(opened.execute(statement).fetchall()) for statement in statements])
        # What is not readable in one piece is in the next.
        return replace(found, unreadable=0)

    def _sums_of(self, query: CostQuery, piece: Piece) -> str:
        """Write the statement for the columns that `rows.answer` reads."""
        places = [self.query.dimensions.index(dimension) for dimension in query.dimensions]
        keys = [f"cast(date_trunc('{query.granularity.value}', period) as date)", "currency"]
        keys += [f"d{place}" for place in places]
        counts = [_count(name) for name in (ROWS, piece.unreadable, "broken")]
        bounds = [f"period >= {midnight(query.start)}"] if query.start else []
        bounds += [f"period < {midnight(query.end)}"] if query.end else []
        numbers = [str(place + 1) for place in range(len(keys))]
        return (
            f"select {', '.join([*keys, f'sum({piece.cost})', *counts, '0', '0'])} from {read(piece.file)} "
            f"where {' and '.join(bounds) or EVERYTHING} group by {', '.join(numbers)} "
            f"order by {', '.join(f'{number} nulls first' for number in numbers)}"
        )


def cube(
    opened: duckdb.DuckDBPyConnection,
    query: CostQuery,
    files: Sequence[tuple[Layout, Condensed]],
    keys: KnownKeys,
    folder: Path,
) -> Cube:
    """Sum the rows of files by the periods and the dimensions of a query.

    Args:
        opened: a database that may read the files, and write into the folder.
        query: its dimensions count, and its granularity, which the rows have to have.
        files: as they are, and condensed.
        keys: tag keys that are known.
        folder: one of our own.
    """
    query = replace(query, start=None, end=None, filters=())
    pieces: dict[str, list[Piece]] = {name: [] for name in METRICS}
    unseen = rows = 0
    for place, (layout, its) in enumerate(files):
        base = folder / f"cube-{place}.parquet"
        write(opened, _sums(query, replace(its.layout, keys=keys), its.unreadable), base)
        more, its_unseen = asked_of(opened, base, "count(*)", "sum(unseen)")
        rows, unseen = rows + more, unseen + its_unseen
        for metric in METRICS:
            if (missing := its.unreadable.get(metric)) is None:
                pieces.pop(metric, None)
            elif metric in pieces:
                pieces[metric].append(Piece(base, f"cost_{metric}", f"unreadable_{metric}"))
                finer = folder / f"cube-{place}-{metric}.parquet"
                if missing and not _is_finer(opened, replace(query, metric=metric), replace(layout, keys=keys), finer):
                    del pieces[metric]
                elif missing:
                    pieces[metric].append(Piece(finer, "cost", "unreadable"))
    return Cube(query, pieces, unseen, rows)


def _sums(query: CostQuery, layout: Layout, metrics: Iterable[str]) -> str:
    """Write the statement for the sums of condensed rows.

    Few different sets of tags stand for many rows, so tags are taken apart before they are joined to their rows.
    """
    period, currency, *values = group_keys(query, layout)
    named = {f"d{place}": its for place, its in enumerate(values)}
    tags = {name: its for (name, its), of in zip(named.items(), query.dimensions, strict=True) if tag_key(of)}
    conditions = {"is_broken": broken_tags(query, layout), "is_unseen": unseen_spellings(query, layout)}
    # Inside a case, the parts of a condition are looked at one after the other: what is broken is not taken apart.
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
        f"select {aliased(columns)} from {layout.relation} as rows "
        f"join (select *, {aliased(tags)} from {sets} as sets) as taken on {same or 'true'} group by {by}"
    )


def _is_by_month(query: CostQuery) -> bool:
    """Tell whether a query takes whole months together."""
    days = (day.day for day in (query.start, query.end) if day is not None)
    return query.granularity is Granularity.MONTH and all(day == 1 for day in days)


def _count(rows: str) -> str:
    """Write a sum of numbers of rows."""
    return f"cast(sum({rows}) as bigint)"


def _is_finer(opened: duckdb.DuckDBPyConnection, query: CostQuery, layout: Layout, file: Path) -> bool:
    """Write the sums of amounts that need more decimals, and tell whether those were enough."""
    if surely_readable(layout, query.metric):
        # What is not readable is absent.
        return False
    coarse, fine = SCALES
    try:
        write(opened, sums(query, layout, fine, coarse), file)
    except duckdb.Error:
        return False
    return not asked_of(opened, file, "sum(unreadable)")[0]

"""Files that may hold the same charges: those that were written together, and their days and accounts."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import date
from itertools import islice
from pathlib import PurePosixPath
from typing import NamedTuple

import duckdb

from taggov.costs.sources.base import SourceError
from taggov.costs.sources.focus import csv_text
from taggov.costs.sources.focus.columns import PERIOD, Column, ColumnType, Layout
from taggov.costs.sources.focus.inspection import Part, grouped
from taggov.costs.sources.focus.literals import text
from taggov.costs.sources.focus.sql import usable_period
from taggov.costs.sources.focus.tag_sql import NOTHING

_SAMPLED = 500
"""First records of a CSV file that are looked at. With its last one they tell days and accounts well enough."""

_ENDING = re.compile(r"(?:\.(?:csv|parquet|gz|gzip|snappy|zstd))+$", re.IGNORECASE)
_DATE = re.compile(
    r"(?<!\d)(?:20)?\d\d[-_]?(?:0[1-9]|1[0-2])[-_]?(?:0[1-9]|[12]\d|3[01])(?:[T_-]?\d{4,6}Z?)?(?!\d)", re.IGNORECASE
)
# As AWS, Azure, BigQuery, Spark, Dask, DuckDB, Snowflake and Redshift number what one run writes. Other numbers may be
# those of runs.
_PART = re.compile(
    r"(?<![a-z\d])(?:part|data)[-_. ]?\d+(?:[-_.]\d+)*(?![a-z\d])|(?<![a-z\d])(?:0\d{4,}|00\d\d)(?![a-z\d])|-c\d{3}$",
    re.IGNORECASE,
)

_COLUMN = "SubAccountId"
_ACCOUNT = re.compile(r"(?:^|/)SubAccountId=(?P<account>[^/]+)/", re.IGNORECASE)


class Run(NamedTuple):
    """Files that were written together, as far as their names tell."""

    name: str
    parts: list[Part]


_End = tuple[int, date | None, str | None]
"""Place of a run, and the first or the last day of one of its accounts."""
_FIRST_AND_LAST = (
    "select place, cast(unnest([min(day), max(day)]) as date), nullif(account, '') as account from ({rows}) as rows "
    "group by place, account"
)


class _Span(NamedTuple):
    first: date
    last: date
    accounts: frozenset[str | None]


def runs_of(parts: Iterable[Part], manifests: Mapping[str, str]) -> list[Run]:
    """Put parts of a run together: by their manifest, or by their names where they have none."""
    found: dict[str, list[Part]] = defaultdict(list)
    for part in parts:
        path = PurePosixPath(part.file.name)
        ending = _ENDING.search(path.name)
        # A date tells a run, a number a part of one: none of its digits may pass for one.
        stem = _DATE.sub(lambda date: f"<{'-'.join(date[0])}>", _ENDING.sub("", path.name))
        by_name = f"{path.parent}/{_PART.sub('', stem)}{ending and ending[0].lower()}"
        found[manifests.get(part.file.name, by_name)].append(part)
    return [Run(its[0].file.name, its) for its in found.values()]


def alike(opened: duckdb.DuckDBPyConnection, runs: Sequence[Run]) -> list[list[Run]]:
    """Put runs together whose days overlap, and that have an account in common; those by themselves are left out."""
    spans = _spans(opened, runs)
    by_account: dict[str | None, list[int]] = defaultdict(list)
    for place, span in spans.items():
        for account in span.accounts:
            by_account[account].append(place)
    groups: dict[int, set[int]] = {place: {place} for place in spans}
    for places in by_account.values():
        for one, other in _overlapping(spans, places):
            if groups[one] is not groups[other]:
                groups[one] |= groups[other]
                groups.update(dict.fromkeys(groups[other], groups[one]))
    distinct = {id(group): group for group in groups.values()}
    return [[runs[place] for place in sorted(group)] for group in distinct.values() if len(group) > 1]


def _overlapping(spans: dict[int, _Span], places: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Pairs that connect all places whose days overlap."""
    latest: int | None = None
    for place in sorted(places, key=lambda place: spans[place].first):
        if latest is not None and spans[place].first <= spans[latest].last:
            yield latest, place
        if latest is None or spans[place].last > spans[latest].last:
            latest = place


def _spans(opened: duckdb.DuckDBPyConnection, runs: Sequence[Run]) -> dict[int, _Span]:
    """The days and accounts of runs, by their place; those without any readable time are left out."""
    found: dict[int, set[tuple[date | None, str | None]]] = defaultdict(set)
    for place, day, account in (*_of_csv(opened, runs), *_of_parquet(opened, runs)):
        # Hive leaves out of files what their folders tell.
        folder = _ACCOUNT.search(runs[place].name)
        found[place].add((day, account or (folder and folder["account"])))
    return {
        place: _Span(min(days), max(days), frozenset(account for _, account in pairs))
        for place, pairs in found.items()
        if (days := [day for day, _ in pairs if day])
    }


def _of_parquet(opened: duckdb.DuckDBPyConnection, runs: Sequence[Run]) -> Iterator[_End]:
    for place, run in enumerate(runs):
        for its, _ in grouped(part for part in run.parts if not part.csv):
            account = text(column) if (column := its.column(_COLUMN)) else NOTHING
            rows = f"select {place} as place, {usable_period(its)} as day, {account} as account from {its.relation}"
            yield from opened.execute(_FIRST_AND_LAST.format(rows=rows)).fetchall()


def _of_csv(opened: duckdb.DuckDBPyConnection, runs: Sequence[Run]) -> list[_End]:
    ends = [(place, *end) for place, run in enumerate(runs) for end in _ends([its for its in run.parts if its.csv])]
    if not ends:
        return []
    day = usable_period(Layout("", "", (Column(PERIOD, "time", ColumnType.TEXT),)))
    columns = "select unnest($1) as place, unnest($2) as time, unnest($3::varchar[]) as account"
    rows = f"select place, {day} as day, account from ({columns}) as ends"
    return opened.execute(_FIRST_AND_LAST.format(rows=rows), [*map(list, zip(*ends, strict=True))]).fetchall()


def _ends(parts: Sequence[Part]) -> set[tuple[str, str | None]]:
    """Times and accounts at the beginning and at the end of files, as they are written."""
    found: set[tuple[str, str | None]] = set()

    def add(part: Part, values: Sequence[str]) -> None:
        places = {column.name.lower(): place for place, column in enumerate(part.columns)}
        account = places.get(_COLUMN.lower())
        found.add((values[places[PERIOD.lower()]], None if account is None else values[account]))

    for first in parts[:1]:
        assert first.dialect is not None
        # What is not well formed here is refused elsewhere.
        with suppress(SourceError):
            for record in islice(csv_text.records(first.file, first.dialect), _SAMPLED):
                add(first, record.values)
    for last in parts[-1:]:
        if last.last:
            add(last, last.last)
    return found

"""Runs of files with their days and accounts, to find those that may have the same charges."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import NamedTuple

import duckdb

from cost_allocation.query import ACCOUNT
from taggov.costs.sources.focus import csv_text
from taggov.costs.sources.focus.columns import FIELD_COLUMNS, PATH, PERIOD, Column, ColumnType, Layout
from taggov.costs.sources.focus.inspection import Part, group_parts
from taggov.costs.sources.focus.literals import quote, text
from taggov.costs.sources.focus.sql import valid_period
from taggov.costs.sources.focus.tag_sql import NOTHING

_SAMPLED = 500
"""Number of first records of a CSV file to read. With the last record they show its days and accounts well enough."""

_ENDING = re.compile(r"(?:\.(?:csv|parquet|gz|gzip|snappy|zstd))+$", re.IGNORECASE)
_DATE = re.compile(
    r"(?<!\d)(?:20)?\d\d[-_]?(?:0[1-9]|1[0-2])[-_]?(?:0[1-9]|[12]\d|3[01])(?:[T_-]?\d{4,6}Z?)?(?!\d)", re.IGNORECASE
)
# Part numbers of AWS, Azure, BigQuery, Spark, Dask, DuckDB, Snowflake and Redshift. Other numbers may be numbers of
# runs.
_PART = re.compile(
    r"(?<![a-z\d])(?:part|data)[-_. ]?\d+(?:[-_.]\d+)*(?![a-z\d])|(?<![a-z\d])(?:0\d{4,}|00\d\d)(?![a-z\d])|-c\d{3}$",
    re.IGNORECASE,
)

(_ACCOUNT_COLUMN,) = FIELD_COLUMNS[ACCOUNT]
_ACCOUNT_FOLDER = re.compile(rf"(?:^|/){_ACCOUNT_COLUMN}=(?P<account>[^/]+)/", re.IGNORECASE)


class Run(NamedTuple):
    """Files that were written together, according to manifests or names."""

    name: str
    parts: list[Part]


_End = tuple[int, date | None, str | None]
"""Index of a run, and the first or last day of one of its accounts."""
_FIRST_AND_LAST = (
    "select place, cast(unnest([min(day), max(day)]) as date), nullif(account, '') as account from ({rows}) as rows "
    "group by place, account"
)


class _Span(NamedTuple):
    first: date
    last: date
    accounts: frozenset[str | None]


def runs_of(parts: Iterable[Part], manifests: Mapping[str, str]) -> list[Run]:
    """Group parts into runs: by manifest, or by name if there is no manifest."""
    found: dict[str, list[Part]] = defaultdict(list)
    for part in parts:
        path = PurePosixPath(part.file.name)
        ending = _ENDING.search(path.name)
        # A date identifies a run. Separate its digits, so that they do not look like a part number.
        stem = _DATE.sub(lambda date: f"<{'-'.join(date[0])}>", _ENDING.sub("", path.name))
        by_name = f"{path.parent}/{_PART.sub('', stem)}{ending and ending[0].lower()}"
        found[manifests.get(part.file.name, by_name)].append(part)
    return [Run(its[0].file.name, its) for its in found.values()]


def places_of(runs: Iterable[Run]) -> dict[Path, int]:
    """Return the index of the run of each path that DuckDB reads."""
    return {part.path: place for place, run in enumerate(runs) for part in run.parts}


def with_places(layout: Layout, parts: Iterable[Part], places: Mapping[Path, int]) -> str:
    """Write the relation of a layout, joined with the index of the run as `runs.place`."""
    files = ", ".join(f"({quote(str(part.path))}, {places[part.path]})" for part in parts)
    return f"{layout.relation} join (values {files}) as runs(path, place) on {PATH} = runs.path"


def overlapping_runs(connection: duckdb.DuckDBPyConnection, runs: Sequence[Run]) -> list[list[Run]]:
    """Group runs with overlapping days and a common account. Runs without such a partner are left out."""
    spans = _spans(connection, runs)
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
    """Yield pairs of overlapping runs that connect each group of overlapping runs."""
    latest: int | None = None
    for place in sorted(places, key=lambda place: spans[place].first):
        if latest is not None and spans[place].first <= spans[latest].last:
            yield latest, place
        if latest is None or spans[place].last > spans[latest].last:
            latest = place


def _spans(connection: duckdb.DuckDBPyConnection, runs: Sequence[Run]) -> dict[int, _Span]:
    """Return the days and accounts of runs, by index. Runs without a readable time are left out."""
    found: dict[int, set[tuple[date | None, str | None]]] = defaultdict(set)
    for place, day, account in (*_of_csv(connection, runs), *_of_parquet(connection, runs)):
        # Hive partitions have the account in the folder name, not in the file.
        folder = _ACCOUNT_FOLDER.search(runs[place].name)
        found[place].add((day, account or (folder and folder["account"])))
    return {
        place: _Span(min(days), max(days), frozenset(account for _, account in pairs))
        for place, pairs in found.items()
        if (days := [day for day, _ in pairs if day])
    }


def _of_parquet(connection: duckdb.DuckDBPyConnection, runs: Sequence[Run]) -> Iterator[_End]:
    places = places_of(runs)
    for its, parts in group_parts(part for run in runs for part in run.parts if not part.csv):
        account = text(column) if (column := its.column(_ACCOUNT_COLUMN)) else NOTHING
        columns = f"runs.place, {valid_period(its)} as day, {account} as account"
        rows = f"select {columns} from {with_places(its, parts, places)}"
        yield from connection.execute(_FIRST_AND_LAST.format(rows=rows)).fetchall()


def _of_csv(connection: duckdb.DuckDBPyConnection, runs: Sequence[Run]) -> list[_End]:
    ends = [(place, *end) for place, run in enumerate(runs) for end in _ends([its for its in run.parts if its.csv])]
    if not ends:
        return []
    day = valid_period(Layout("", "", (Column(PERIOD, "time", ColumnType.TEXT),)))
    columns = "select unnest($1) as place, unnest($2) as time, unnest($3::varchar[]) as account"
    rows = f"select place, {day} as day, account from ({columns}) as ends"
    return connection.execute(_FIRST_AND_LAST.format(rows=rows), [*map(list, zip(*ends, strict=True))]).fetchall()


def _ends(parts: Sequence[Part]) -> set[tuple[str, str | None]]:
    """Return times and accounts at the beginning and end of a run, as texts."""
    found: set[tuple[str, str | None]] = set()
    for first in parts[:1]:
        assert first.dialect is not None
        records = islice(csv_text.records(first.file, first.dialect), _SAMPLED)
        found.update(map(_time_and_account(first), (record.values for record in records)))
    for last in parts[-1:]:
        if last.last:
            found.add(_time_and_account(last)(last.last))
    return found


def _time_and_account(part: Part) -> Callable[[Sequence[str]], tuple[str, str | None]]:
    """Return a function that reads time and account from the values of a record."""
    names = [column.name.lower() for column in part.columns]
    time, account = names.index(PERIOD.lower()), _ACCOUNT_COLUMN.lower()
    if account not in names:
        return lambda values: (values[time], None)
    place = names.index(account)
    return lambda values: (values[time], values[place])

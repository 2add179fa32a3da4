"""Costs from FOCUS files, local or in S3, in any mix of formats and versions, summed by DuckDB."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from functools import cached_property
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, TypeVar

import duckdb

from cost_allocation.model import CostRow, CostTable
from cost_allocation.query import CostQuery, Granularity, column_name
from taggov.costs.sources.base import Progress, SourceError, SourceRow, silent
from taggov.costs.sources.focus import trace
from taggov.costs.sources.focus.ask import Misread, asked, mended, reading
from taggov.costs.sources.focus.columns import METRICS, Layout
from taggov.costs.sources.focus.condensed import Condensed, condensed, days, few_valued
from taggov.costs.sources.focus.cube import Cube, cube
from taggov.costs.sources.focus.database import database
from taggov.costs.sources.focus.inspection import Part, grouped, inspected
from taggov.costs.sources.focus.key_search import completed, some_keys
from taggov.costs.sources.focus.paths import SCHEME, FocusFile, folders_of_runs, local_files, named
from taggov.costs.sources.focus.repeats import repeated
from taggov.costs.sources.focus.rows import (
    Answer,
    absent_key_warning,
    absent_keys,
    broken_warning,
    filtered_only,
    merged,
    missing_warnings,
)
from taggov.costs.sources.focus.runs import Current, Disk, current
from taggov.costs.sources.focus.sql import check
from taggov.costs.sources.focus.tag_sql import known_names
from taggov.costs.sources.tag_keys import NO_KEYS, KnownKeys, asked_keys, filtered_keys, spelling_notices

if TYPE_CHECKING:
    from taggov.costs.sources.focus.s3 import S3Files

_Answer = TypeVar("_Answer")


class FocusFiles:
    """FOCUS files as one source. They are looked at once: an object shows them as they were when first asked."""

    metrics = METRICS
    is_focus = True

    def __init__(self, paths: Sequence[str], *, s3: S3Files | None = None, progress: Progress = silent) -> None:
        """Name the files.

        Args:
            paths: files, folders (with all below), patterns (`costs/**/*.parquet`), or `s3://bucket/prefix-or-pattern`.
            s3: what fetches objects; one with the credentials of the environment by default.
            progress: told about downloads.
        """
        self._paths = tuple(paths)
        self._s3 = s3
        self._progress = progress
        self._keys = NO_KEYS
        self._known: list[str] | None = None
        self._condensed: tuple[Granularity, list[Condensed]] | None = None
        self._columns: frozenset[str] = frozenset()
        self._cube: Cube | None = None
        # Only its owner can look in. It goes when this object does.
        self._folder = TemporaryDirectory(prefix="taggov-")

    @property
    def name(self) -> str:
        """The first file, and how many more there are."""
        return named(self._files)

    def reads(self, path: Path) -> bool:
        """Tell whether the path is one of the files."""
        return any(file.path.resolve() == path.resolve() for file in self._files)

    def fetch(self, query: CostQuery) -> CostTable:
        """The sums that are asked for; see `Source.fetch`."""
        check(query, self._layouts)
        with self._database.cursor() as opened:
            found = self._read(opened, lambda: self._answered(opened, query))
            warnings = [*self._current.notices, *self._repeated]
            warnings += [*missing_warnings(query, self._layouts), *broken_warning(found.broken)]
            warnings += self._absent(opened, query, found.rows)
            warnings += spelling_notices(query, known_names(self._layouts))
        return CostTable(query.dimensions, found.rows, query.metric, self.name, warnings=tuple(warnings))

    def source_rows(self, query: CostQuery, row: CostRow, limit: int) -> list[SourceRow]:
        """The rows of the files behind a sum; see `RowSource.source_rows`."""
        check(query, self._layouts)
        names = {str(part.path): part.file.name for part in self._parts}
        with self._database.cursor() as opened, reading(opened, query, self._parts):
            self._search(opened, query, asked_keys(query))
            return trace.source_rows(opened, self._layouts, query, row, limit, names)

    def condense(self, *, by_day: bool, columns: Sequence[str] = ()) -> tuple[date, date] | None:
        """Read all rows once, and keep what no query can tell apart as one: by day, or by month, which are fewer.

        CSV files are always kept by day: to read them again for a question by day would take too long.

        Args:
            by_day: tell days apart.
            columns: those of FOCUS by which held sums are asked for besides.

        Returns:
            the first and the last day that has a row; None where there is none.

        Raises:
            SourceError: a file can not be read.
        """
        query = CostQuery(METRICS[0], None, None, Granularity.MONTH)
        check(query, self._layouts)
        if by_day or any(part.csv for part in self._parts):
            query = replace(query, granularity=Granularity.DAY)

        def all_rows() -> list[Condensed]:
            with reading(opened, query, self._parts):
                return [
                    condensed(opened, query, *group, Path(self._folder.name, f"condensed-{place}.parquet"), columns)
                    for place, group in enumerate(self._groups)
                ]

        with self._database.cursor() as opened:
            self._condensed = query.granularity, self._read(opened, all_rows)
            self._columns = frozenset(columns)
            return days(opened, [its.layout for its in self._condensed[1]])

    def tag_keys(self) -> list[str]:
        """The tag keys of all rows. Those that most rows have come first, once what no query tells apart is one row."""
        _, files = self._rows
        with self._database.cursor() as opened:
            self._known = trace.tag_keys(opened, [its.layout for its in files])
        return self._known

    def few_valued(self, keys: Sequence[str], most: int) -> list[str]:
        """Leave out the tag keys that have more values than `most`: names, ids. A look at the first rows has to do."""
        _, files = self._rows
        with self._database.cursor() as opened:
            return few_valued(opened, [its.layout for its in files], CostQuery(METRICS[0], None, None), keys, most)

    def hold(self, query: CostQuery) -> int:
        """Sum condensed rows by the dimensions of a query, for every metric: queries by these are quick then.

        What can not be summed so is left to the files, which say what is wrong.

        Returns:
            the number of sums.
        """
        # All rows first: a file that DuckDB can not read is mended then.
        granularity, files = self._rows
        dimensions = (name for name in query.dimensions if column_name(name) in {None, *self._columns})
        query = replace(query, granularity=granularity, dimensions=tuple(dimensions))
        # What is said of the files too, so that they are not needed any more.
        _ = self._repeated
        with self._database.cursor() as opened:
            self._look(opened, query)
            self._cube = self._cubed(opened, query, files)
            if self._cube.unseen:
                self._search(opened, query, asked_keys(query))
                self._cube = self._cubed(opened, query, files)
        return self._cube.rows

    @property
    def _rows(self) -> tuple[Granularity, list[Condensed]]:
        """The condensed rows of each layout, and of which periods they are."""
        if self._condensed is None:
            self.condense(by_day=True)
        assert self._condensed is not None
        return self._condensed

    @property
    def _files(self) -> list[FocusFile]:
        return self._current.files

    @cached_property
    def _current(self) -> Current:
        found = list(map(self._meant, self._paths))
        named = list(chain.from_iterable(its.files for its in found))
        # A file that two patterns match is still one file.
        files = list({file.path.resolve(): file for file in reversed(named)}.values())[::-1]
        if not files:
            raise SourceError("no FOCUS files named")
        local = (path for path in self._paths if not path.startswith(SCHEME))
        counting = current(files, Disk(), chain.from_iterable(map(folders_of_runs, local)))
        notices = dict.fromkeys(chain(*(its.notices for its in found), counting.notices))
        runs = dict(chain.from_iterable(its.runs.items() for its in (*found, counting)))
        return Current(counting.files, tuple(notices), runs)

    def _meant(self, path: str) -> Current:
        if not path.startswith(SCHEME):
            return Current(local_files(path))
        if self._s3 is None:
            # Local files need no AWS SDK, which takes longer to load than they take to be summed.
            import boto3

            from taggov.costs.sources.focus.s3 import S3Files

            self._s3 = S3Files.of_session(boto3.Session(), self._progress)
        return self._s3.files(path)

    @cached_property
    def _database(self) -> duckdb.DuckDBPyConnection:
        return database([file.path for file in self._files], Path(self._folder.name))

    @cached_property
    def _groups(self) -> list[tuple[Layout, list[Part]]]:
        with self._database.cursor() as opened:
            return grouped([inspected(file, Path(self._folder.name), opened) for file in self._files])

    @cached_property
    def _repeated(self) -> list[str]:
        with self._database.cursor() as opened:
            return list(repeated(opened, self._parts, self._current.runs))

    @property
    def _layouts(self) -> list[Layout]:
        return [replace(layout, keys=self._keys) for layout, _ in self._groups]

    @property
    def _parts(self) -> list[Part]:
        return [part for _, parts in self._groups for part in parts]

    def _read(self, opened: duckdb.DuckDBPyConnection, ask: Callable[[], _Answer]) -> _Answer:
        """Ask until DuckDB has read every file in full: each time, what it misread is written again."""
        while True:
            try:
                return ask()
            except Misread as error:
                misread = error.parts, error.query
            others = [part for part in self._parts if part not in misread[0]]
            self._groups = grouped([*others, *mended(opened, *misread, Path(self._folder.name))])

    def _answered(self, opened: duckdb.DuckDBPyConnection, query: CostQuery) -> Answer:
        """The answer by all spellings of tag keys. Most are in the first rows; the answer tells if that was not all."""
        if self._cube and self._cube.answers(query):
            return self._cube.ask(opened, query)
        with reading(opened, query, self._parts):
            self._look(opened, query)
            # Rows that a filter leaves out can not tell.
            self._search(opened, query, filtered_keys(query))
        found = self._summed(opened, query)
        if not found.unseen:
            return found
        with reading(opened, query, self._parts):
            self._search(opened, query, asked_keys(query))
        return self._summed(opened, query)

    def _cubed(self, opened: duckdb.DuckDBPyConnection, query: CostQuery, files: Sequence[Condensed]) -> Cube:
        both = [*zip(self._layouts, files, strict=True)]
        return cube(opened, query, both, self._keys, Path(self._folder.name))

    def _look(self, opened: duckdb.DuckDBPyConnection, query: CostQuery) -> None:
        """Learn the tag keys of the first rows."""
        if self._keys is NO_KEYS and not query.exact_keys:
            self._keys = KnownKeys(some_keys(opened, self._layouts))

    def _summed(self, opened: duckdb.DuckDBPyConnection, query: CostQuery) -> Answer:
        parts = (parts for _, parts in self._groups)
        return merged([asked(opened, query, *group) for group in zip(self._layouts, parts, strict=True)])

    def _search(self, opened: duckdb.DuckDBPyConnection, query: CostQuery, keys: Iterable[str]) -> None:
        """Look for all spellings of keys in all rows."""
        missing = [key for key in keys if key not in self._keys.complete]
        if missing and not query.exact_keys:
            self._keys = completed(opened, self._layouts, missing)

    def _absent(self, opened: duckdb.DuckDBPyConnection, query: CostQuery, rows: Sequence[CostRow]) -> Iterator[str]:
        absent = absent_keys(query, rows)
        absent += [key for key in filtered_only(query) if not trace.has_tag(opened, self._layouts, query, key)]
        known = self._known
        if known is None and absent:
            known = list(trace.some_tag_keys(opened, self._layouts))
        return (absent_key_warning(key, known or (), exact=query.exact_keys) for key in absent)

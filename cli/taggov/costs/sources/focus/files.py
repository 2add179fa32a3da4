"""FOCUS files as a source, local or in S3, in any mix of formats and versions. DuckDB computes the sums."""

from __future__ import annotations

from collections import defaultdict
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
from taggov.costs.sources.focus.columns import METRICS, Layout
from taggov.costs.sources.focus.condense import CondensedRows, condense, days, keys_with_few_values
from taggov.costs.sources.focus.cube import Cube, cube
from taggov.costs.sources.focus.database import database
from taggov.costs.sources.focus.inspection import Part, group_parts, inspect_file
from taggov.costs.sources.focus.key_search import sample_keys, search_keys
from taggov.costs.sources.focus.layout_query import Misread, convert_errors, query_layout, rewrite_misread
from taggov.costs.sources.focus.paths import SCHEME, FocusFile, describe_files, folders_of_runs, local_files
from taggov.costs.sources.focus.repeats import repetition_warnings
from taggov.costs.sources.focus.rows import (
    Answer,
    absent_key_warning,
    absent_keys,
    broken_warning,
    filter_only_keys,
    merge_answers,
    missing_warnings,
)
from taggov.costs.sources.focus.runs import Disk, Selection, select_runs
from taggov.costs.sources.focus.sql import check
from taggov.costs.sources.focus.tag_sql import known_names
from taggov.costs.sources.tag_keys import NO_KEYS, KnownKeys, asked_keys, filtered_keys, spelling_notices

if TYPE_CHECKING:
    from taggov.costs.sources.focus.s3 import S3Files

_Answer = TypeVar("_Answer")


class FocusFiles:
    """FOCUS files as one source. Each file is inspected once, at the first query; later changes are not noticed."""

    metrics = METRICS
    is_focus = True

    def __init__(self, paths: Sequence[str], *, s3: S3Files | None = None, progress: Progress = silent) -> None:
        """Set the paths of the files.

        Args:
            paths: files, folders (recursively), patterns (`costs/**/*.parquet`), or `s3://bucket/prefix-or-pattern`.
            s3: downloads objects; by default with the credentials of the environment.
            progress: receives the progress of downloads.
        """
        self._paths = tuple(paths)
        self._s3 = s3
        self._progress = progress
        self._keys = NO_KEYS
        self._known: list[str] | None = None
        self._condensed_rows: tuple[Granularity, list[CondensedRows]] | None = None
        self._columns: frozenset[str] = frozenset()
        self._cube: Cube | None = None
        # Readable by the user only, and deleted with this object.
        self._folder = TemporaryDirectory(prefix="taggov-")

    @property
    def name(self) -> str:
        """The first file, and the number of others."""
        return describe_files(self._files)

    def reads(self, path: Path) -> bool:
        """See `RowSource.reads`."""
        return any(file.path.resolve() == path.resolve() for file in self._files)

    def fetch(self, query: CostQuery) -> CostTable:
        """See `Source.fetch`."""
        check(query, self._layouts)
        with self._database.cursor() as connection:
            found = self._retry_misread(connection, lambda: self._answer(connection, query))
            warnings = [*self._selection.notices, *self._repetitions]
            warnings += [*missing_warnings(query, self._layouts), *broken_warning(found.broken)]
            warnings += self._absent_key_warnings(connection, query, found.rows)
            warnings += spelling_notices(query, known_names(self._layouts))
        return CostTable(query.dimensions, found.rows, query.metric, self.name, warnings=tuple(warnings))

    def source_rows(self, query: CostQuery, row: CostRow, limit: int) -> list[SourceRow]:
        """See `RowSource.source_rows`."""
        check(query, self._layouts)
        names = {str(part.path): part.file.name for part in self._parts}
        with self._database.cursor() as connection, convert_errors(connection, query, self._parts):
            self._search_keys(connection, query, asked_keys(query))
            return trace.source_rows(connection, self._layouts, query, row, limit, names)

    def condense(self, *, by_day: bool, columns: Sequence[str] = ()) -> tuple[date, date] | None:
        """Read all rows once, and sum those that no query can tell apart, by day or by month (fewer rows).

        CSV files are always condensed by day, because reading them again for a query by day would take too long.

        Args:
            by_day: condense by day instead of by month.
            columns: further FOCUS columns that `precompute` needs.

        Returns:
            the first and the last day that has a row; None if there are no rows.

        Raises:
            SourceError: a file cannot be read.
        """
        query = CostQuery(METRICS[0], None, None, Granularity.MONTH)
        check(query, self._layouts)
        if by_day or any(part.csv for part in self._parts):
            query = replace(query, granularity=Granularity.DAY)

        def all_rows() -> list[CondensedRows]:
            with convert_errors(connection, query, self._parts):
                return [
                    condense(connection, query, *group, Path(self._folder.name, f"condensed-{place}.parquet"), columns)
                    for place, group in enumerate(self._groups)
                ]

        with self._database.cursor() as connection:
            self._condensed_rows = query.granularity, self._retry_misread(connection, all_rows)
            self._columns = frozenset(columns)
            return days(connection, [its.layout for its in self._condensed_rows[1]])

    def tag_keys(self) -> list[str]:
        """List the tag keys of all rows, the most frequent first. Frequency is counted in condensed rows."""
        _, files = self._condensed_layouts
        with self._database.cursor() as connection:
            self._known = trace.tag_keys(connection, [its.layout for its in files])
        return self._known

    def keys_with_few_values(self, keys: Sequence[str], most: int) -> list[str]:
        """Drop tag keys with more than `most` values in the first rows, such as names and ids."""
        _, files = self._condensed_layouts
        with self._database.cursor() as connection:
            return keys_with_few_values(
                connection, [its.layout for its in files], CostQuery(METRICS[0], None, None), keys, most
            )

    def precompute(self, query: CostQuery) -> int:
        """Precompute the sums by the dimensions of a query, for every metric, so that later queries are fast.

        Metrics that cannot be summed are left out. A query for them reads the files and reports the error.

        Returns:
            the number of sums.
        """
        # Read all rows first: this rewrites files that DuckDB cannot read.
        granularity, files = self._condensed_layouts
        dimensions = (name for name in query.dimensions if column_name(name) in {None, *self._columns})
        query = replace(query, granularity=granularity, dimensions=tuple(dimensions))
        # Also compute the warnings, so that later queries do not read the files.
        _ = self._repetitions
        with self._database.cursor() as connection:
            self._sample_keys(connection, query)
            self._cube = self._build_cube(connection, query, files)
            if self._cube.unseen:
                self._search_keys(connection, query, asked_keys(query))
                self._cube = self._build_cube(connection, query, files)
        return self._cube.rows

    @property
    def _condensed_layouts(self) -> tuple[Granularity, list[CondensedRows]]:
        """The granularity and the condensed rows of each layout."""
        if self._condensed_rows is None:
            self.condense(by_day=True)
        assert self._condensed_rows is not None
        return self._condensed_rows

    @property
    def _files(self) -> list[FocusFile]:
        return self._selection.files

    @cached_property
    def _selection(self) -> Selection:
        if not self._paths:
            raise SourceError("no FOCUS files named")
        storages: dict[bool, list[str]] = defaultdict(list)
        for path in self._paths:
            storages[path.startswith(SCHEME)].append(path)
        found = [self._in_s3(paths) if is_s3 else self._on_disk(paths) for is_s3, paths in storages.items()]
        files = [file for its in found for file in its.files]
        runs = dict(chain.from_iterable(its.runs.items() for its in found))
        return Selection(files, tuple(notice for its in found for notice in its.notices), runs)

    def _on_disk(self, paths: Sequence[str]) -> Selection:
        found = list(chain.from_iterable(map(local_files, paths)))
        # Several patterns may match the same file.
        files = list({file.path.resolve(): file for file in reversed(found)}.values())[::-1]
        return select_runs(files, Disk(), chain.from_iterable(map(folders_of_runs, paths)))

    def _in_s3(self, addresses: Sequence[str]) -> Selection:
        if self._s3 is None:
            # Import the AWS SDK only if needed: loading it takes longer than summing local files.
            import boto3

            from taggov.costs.sources.focus.s3 import S3Files

            self._s3 = S3Files.of_session(boto3.Session(), self._progress)
        return self._s3.files(*addresses)

    @cached_property
    def _database(self) -> duckdb.DuckDBPyConnection:
        return database([file.path for file in self._files], Path(self._folder.name))

    @cached_property
    def _groups(self) -> list[tuple[Layout, list[Part]]]:
        with self._database.cursor() as connection:
            return group_parts([inspect_file(file, Path(self._folder.name), connection) for file in self._files])

    @cached_property
    def _repetitions(self) -> list[str]:
        with self._database.cursor() as connection:
            return list(repetition_warnings(connection, self._parts, self._selection.runs))

    @property
    def _layouts(self) -> list[Layout]:
        return [replace(layout, keys=self._keys) for layout, _ in self._groups]

    @property
    def _parts(self) -> list[Part]:
        return [part for _, parts in self._groups for part in parts]

    def _retry_misread(self, connection: duckdb.DuckDBPyConnection, ask: Callable[[], _Answer]) -> _Answer:
        """Repeat a query until DuckDB has read every file in full. Rewrite the files that it misread."""
        while True:
            try:
                return ask()
            except Misread as error:
                misread = error.parts, error.query
            others = [part for part in self._parts if part not in misread[0]]
            self._groups = group_parts([*others, *rewrite_misread(connection, *misread, Path(self._folder.name))])

    def _answer(self, connection: duckdb.DuckDBPyConnection, query: CostQuery) -> Answer:
        """Answer with all spellings of tag keys. If the first rows lack some of them, search all rows and repeat."""
        if self._cube and self._cube.answers(query):
            return self._cube.ask(connection, query)
        with convert_errors(connection, query, self._parts):
            self._sample_keys(connection, query)
            # Rows that the filter drops would not show unknown spellings.
            self._search_keys(connection, query, filtered_keys(query))
        found = self._query_layouts(connection, query)
        if not found.unseen:
            return found
        with convert_errors(connection, query, self._parts):
            self._search_keys(connection, query, asked_keys(query))
        return self._query_layouts(connection, query)

    def _build_cube(
        self, connection: duckdb.DuckDBPyConnection, query: CostQuery, files: Sequence[CondensedRows]
    ) -> Cube:
        both = [*zip(self._layouts, files, strict=True)]
        return cube(connection, query, both, self._keys, Path(self._folder.name))

    def _sample_keys(self, connection: duckdb.DuckDBPyConnection, query: CostQuery) -> None:
        """Collect the tag keys of the first rows."""
        if self._keys is NO_KEYS and not query.exact_keys:
            self._keys = KnownKeys(sample_keys(connection, self._layouts))

    def _query_layouts(self, connection: duckdb.DuckDBPyConnection, query: CostQuery) -> Answer:
        parts = (parts for _, parts in self._groups)
        return merge_answers(
            [query_layout(connection, query, *group) for group in zip(self._layouts, parts, strict=True)]
        )

    def _search_keys(self, connection: duckdb.DuckDBPyConnection, query: CostQuery, keys: Iterable[str]) -> None:
        """Search all rows for spellings of keys."""
        missing = [key for key in keys if key not in self._keys.complete]
        if missing and not query.exact_keys:
            self._keys = search_keys(connection, self._layouts, missing)

    def _absent_key_warnings(
        self, connection: duckdb.DuckDBPyConnection, query: CostQuery, rows: Sequence[CostRow]
    ) -> Iterator[str]:
        absent = absent_keys(query, rows)
        absent += [key for key in filter_only_keys(query) if not trace.has_tag(connection, self._layouts, query, key)]
        known = self._known
        if known is None and absent:
            known = list(trace.some_tag_keys(connection, self._layouts))
        return (absent_key_warning(key, known or (), exact=query.exact_keys) for key in absent)

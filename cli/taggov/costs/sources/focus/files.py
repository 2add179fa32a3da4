"""Costs from FOCUS files, local or in S3, in any mix of formats and versions, summed by DuckDB."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property, partial
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import duckdb

from cost_allocation.model import CostRow, CostTable
from cost_allocation.query import CostQuery
from taggov.costs.sources.base import Progress, SourceError, SourceRow, silent
from taggov.costs.sources.focus import faults, trace
from taggov.costs.sources.focus.columns import METRICS, Layout
from taggov.costs.sources.focus.database import database
from taggov.costs.sources.focus.inspection import Part, grouped, inspected
from taggov.costs.sources.focus.paths import SCHEME, FocusFile, local_files, named
from taggov.costs.sources.focus.rows import (
    Answer,
    absent_key_warning,
    absent_keys,
    answer,
    broken_warning,
    filtered_keys,
    merged,
    missing_warnings,
)
from taggov.costs.sources.focus.sql import SCALES, check, sums, surely_readable

if TYPE_CHECKING:
    from taggov.costs.sources.focus.s3 import S3Files


class FocusFiles:
    """FOCUS files as one source. They are looked at once: an object shows them as they were when first asked."""

    metrics = METRICS

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
        # Only its owner can look in. It goes when this object does.
        self._folder = TemporaryDirectory(prefix="taggov-")

    @property
    def name(self) -> str:
        """The first file, and how many more there are."""
        return named(self._files)

    def reads(self, path: Path) -> bool:
        """Whether the path is one of the files."""
        return any(file.path.resolve() == path.resolve() for file in self._files)

    def fetch(self, query: CostQuery) -> CostTable:
        """The sums that are asked for; see `Source.fetch`."""
        check(query, self._layouts)
        with self._database.cursor() as opened:
            found = merged([self._answer(opened, query, layout, parts) for layout, parts in self._groups])
            warnings = [*missing_warnings(query, self._layouts), *broken_warning(found.broken)]
            warnings += self._absent(opened, query, found.rows)
        return CostTable(query.dimensions, found.rows, query.metric, self.name, warnings=tuple(warnings))

    def source_rows(self, query: CostQuery, row: CostRow, limit: int) -> list[SourceRow]:
        """The rows of the files behind a sum; see `RowSource.source_rows`."""
        check(query, self._layouts)
        names = {str(part.path): part.file.name for part in self._parts}
        with self._database.cursor() as opened, self._blamed(opened, query):
            return trace.source_rows(opened, self._layouts, query, row, limit, names)

    def describe(self, metric: str = METRICS[0]) -> trace.Description:
        """The days, currencies and tag keys of the files."""
        query = CostQuery(metric, None, None)
        check(query, self._layouts)
        with self._database.cursor() as opened, self._blamed(opened, query):
            return trace.describe(opened, self._layouts, metric)

    @cached_property
    def _files(self) -> list[FocusFile]:
        named = list(chain.from_iterable(map(self._meant, self._paths)))
        # A file that two patterns match is still one file.
        files = list({file.path.resolve(): file for file in reversed(named)}.values())[::-1]
        if not files:
            raise SourceError("no FOCUS files named")
        return files

    def _meant(self, path: str) -> list[FocusFile]:
        if not path.startswith(SCHEME):
            return local_files(path)
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

    @property
    def _layouts(self) -> list[Layout]:
        return [layout for layout, _ in self._groups]

    @property
    def _parts(self) -> list[Part]:
        return [part for _, parts in self._groups for part in parts]

    def _answer(
        self, opened: duckdb.DuckDBPyConnection, query: CostQuery, layout: Layout, parts: Sequence[Part]
    ) -> Answer:
        fault_at = partial(faults.first, opened, query, layout, parts)
        for scale in SCALES:
            # What can be wrong with typed columns is in their statistics: known before all rows are read.
            fault = fault_at(scale) if surely_readable(layout, query.metric) else None
            if fault is None:
                with self._blamed(opened, query):
                    found = answer(opened.execute(sums(query, layout, scale)).fetchall())
                if not found.unreadable:
                    return found
                fault = fault_at(scale)
            if fault is None or not fault.is_finer:
                break
        raise SourceError(fault.message if fault else f"{layout.name}: rows without a readable {query.metric}")

    @contextmanager
    def _blamed(self, opened: duckdb.DuckDBPyConnection, query: CostQuery) -> Iterator[None]:
        try:
            yield
        except duckdb.Error as error:
            raise faults.explained(error, opened, self._parts, query) from error

    def _absent(self, opened: duckdb.DuckDBPyConnection, query: CostQuery, rows: Sequence[CostRow]) -> Iterator[str]:
        absent = absent_keys(query, rows)
        absent += [key for key in filtered_keys(query) if not trace.has_tag(opened, self._layouts, key)]
        known = trace.some_tag_keys(opened, self._layouts) if absent else set()
        return (absent_key_warning(key, known) for key in absent)

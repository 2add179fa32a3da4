"""Generator of the bills of the fictional company as FOCUS 1.2. More rows are finer rows, not larger bills."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor, wait
from datetime import date
from enum import StrEnum
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from taggov.costs.reports.atomic import OutputError, whole_file
from taggov.costs.sample import bill, world
from taggov.costs.sample.resources import resources
from taggov.costs.sources.base import Progress, silent

MOST_ROWS = 100_000_000
MOST_MONTHS = 120


class TagFormat(StrEnum):
    """Types of the column `Tags` in Parquet files. In CSV, tags are always JSON."""

    MAP = "map"
    JSON = "json"


_FORMATS = {
    ".parquet": "FORMAT parquet, USE_TMP_FILE false",
    ".csv": "FORMAT csv, HEADER, USE_TMP_FILE false, TIMESTAMPFORMAT '%Y-%m-%dT%H:%M:%SZ'",
}


def generate(
    path: Path,
    rows: int,
    seed: int = 1,
    start: date = world.START,
    months: int = world.MONTHS,
    tags: TagFormat = TagFormat.MAP,
    projects: int = len(world.PROJECTS),
    threads: int | None = None,
    progress: Progress = silent,
) -> None:
    """Write a file of sample data atomically.

    The same arguments give the same rows. With several threads, the order may differ. Rows are streamed; only the index
    of row groups grows in memory, by less than 1 MB per million rows.

    Args:
        path: ends in `.parquet` or `.csv`; its folder exists.
        rows: 1 to 100 million, equally distributed to months.
        seed: from 0.
        start: first day of the first month.
        months: 1 to 120. Growth ends when usage is four times that of the first month.
        tags: format of the column `Tags`.
        projects: as in `world.projects`.
        threads: None for as many as there are processors.

    Raises:
        ValueError: an argument is not allowed, in one line.
        OutputError: the file cannot be written.
    """
    _check(path, rows, seed, start, months)
    company = resources(seed, projects)
    as_map = tags == TagFormat.MAP and path.suffix == ".parquet"
    with TemporaryDirectory() as scratch, whole_file(path) as written, duckdb.connect() as connection:
        if threads:
            connection.execute(f"SET threads = {threads}")
        # The planner cannot estimate the rows of a block, and would build hash tables of rows instead of resources.
        connection.execute("SET disabled_optimizers = 'join_order,build_side_probe_side'")
        bill.load(connection, company, rows, seed, start, months, tags_as_map=as_map)
        blocks = Path(scratch, "blocks.parquet")
        connection.execute(
            f"COPY ({bill.blocks_query(rows)}) TO {_quote_path(blocks)} (FORMAT parquet, ROW_GROUP_SIZE 2048)"
        )
        query = bill.rows_query(rows, seed, months, _quote_path(blocks))
        try:
            _run(connection, f"COPY ({query}) TO {_quote_path(written)} ({_FORMATS[path.suffix]})", rows, progress)
        except duckdb.IOException as error:
            raise OutputError(f"{path} cannot be written: {str(error).splitlines()[0]}") from None


def _check(path: Path, rows: int, seed: int, start: date, months: int) -> None:
    """Check the arguments."""
    if path.suffix not in _FORMATS:
        raise ValueError(f"path: {path} is not allowed; the name must end in {' or '.join(_FORMATS)}")
    if not path.parent.is_dir():
        raise ValueError(f"path: {path} is not allowed; there is no folder {path.parent}")
    if path.is_dir():
        raise ValueError(f"path: {path} is not allowed; it is a folder")
    if not 1 <= rows <= MOST_ROWS:
        raise ValueError(f"rows: {rows} is not allowed; allowed are 1 to {MOST_ROWS}")
    if seed < 0:
        raise ValueError(f"seed: {seed} is not allowed; allowed are 0 and above")
    if not 1 <= months <= MOST_MONTHS:
        raise ValueError(f"months: {months} is not allowed; allowed are 1 to {MOST_MONTHS}")
    if start.day != 1:
        raise ValueError(
            f"start: {start} is not allowed; it must be the first day of a month, as {start.replace(day=1)}"
        )


def _run(connection: duckdb.DuckDBPyConnection, statement: str, rows: int, progress: Progress) -> None:
    """Run a statement and report the progress. It runs in a thread, so that it can be interrupted."""
    with ThreadPoolExecutor(max_workers=1) as beside:
        work = beside.submit(connection.execute, statement)
        try:
            while not wait([work], timeout=0.2).done:
                progress(int(max(0.0, connection.query_progress()) / 100 * rows), rows, "rows")
        except BaseException:
            connection.interrupt()
            raise
        work.result()
    progress(rows, rows, "rows")


def _quote_path(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"

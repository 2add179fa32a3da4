"""A DuckDB database that can read only the given files: no network, no extensions, no other files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import duckdb

from taggov.costs.sources.focus.literals import quote
from taggov.costs.sources.focus.sql_functions import duckdb_macros

_MEMORY = "1GB"
"""Memory limit, above which DuckDB spills to disk."""

_READERS = "async_threads"
"""Read-ahead threads of DuckDB 2, eight for each database. For local files they cost memory and save no time."""


def database(paths: Sequence[Path], folder: Path) -> duckdb.DuckDBPyConnection:
    """Create an in-memory database with the functions of `sql_functions`. Each thread needs its own `cursor`.

    Args:
        paths: files that it may read.
        folder: a temporary folder, for copies that it may read and for spilled data.
    """
    connection = duckdb.connect(
        ":memory:",
        config={
            "memory_limit": _MEMORY,
            "temp_directory": str(folder / "spill"),
            "preserve_insertion_order": False,
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "allow_community_extensions": False,
        },
    )
    if connection.execute(f"select 1 from duckdb_settings() where name = '{_READERS}'").fetchone():
        connection.execute(f"set {_READERS} = 0")
    for statement in (
        # Global, because a cursor does not inherit session settings.
        "set global TimeZone = 'UTC'",
        # A query takes several statements. Without the cache each would read the metadata of each file again.
        "set parquet_metadata_cache = true",
        *duckdb_macros(),
        f"set allowed_paths = [{', '.join(quote(str(path)) for path in paths)}]",
        f"set allowed_directories = [{quote(str(folder))}]",
        "set enable_external_access = false",
        "set lock_configuration = true",
    ):
        connection.execute(statement)
    return connection

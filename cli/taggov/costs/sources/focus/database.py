"""A DuckDB database that reads the given files and nothing else: no network, no extensions, no other file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import duckdb

from taggov.costs.sources.focus.literals import quoted
from taggov.costs.sources.focus.pieces import duckdb_macros

_MEMORY = "1GB"
"""Memory that DuckDB may use before it spills to disk."""

_READERS = "async_threads"
"""Threads of DuckDB 2 that read ahead, eight for each database. Files are near: they take memory, and save no time."""


def database(paths: Sequence[Path], folder: Path) -> duckdb.DuckDBPyConnection:
    """A database in memory, with the functions of `pieces`. Each thread takes a `cursor` of it.

    Args:
        paths: the files that it may read.
        folder: one of our own, for copies that it may read, and for what does not fit into memory.
    """
    opened = duckdb.connect(
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
    if opened.execute(f"select 1 from duckdb_settings() where name = '{_READERS}'").fetchone():
        opened.execute(f"set {_READERS} = 0")
    for statement in (
        # Of the whole database: the settings of a session are not those of a cursor.
        "set global TimeZone = 'UTC'",
        # A question takes several statements, and each would read the index of each file again.
        "set parquet_metadata_cache = true",
        *duckdb_macros(),
        f"set allowed_paths = [{', '.join(quoted(str(path)) for path in paths)}]",
        f"set allowed_directories = [{quoted(str(folder))}]",
        "set enable_external_access = false",
        "set lock_configuration = true",
    ):
        opened.execute(statement)
    return opened

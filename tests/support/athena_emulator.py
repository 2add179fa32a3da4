"""MiniStack whose Athena answers `element_at` of a map as Athena does: with the value, where DuckDB has a list of it.

Run it with `python -m`.
"""

from __future__ import annotations

from typing import Any

import duckdb
from ministack import app

_connect = duckdb.connect


def connect(*arguments: Any, **options: Any) -> duckdb.DuckDBPyConnection:
    """A connection with that function."""
    connection = _connect(*arguments, **options)
    connection.execute("create macro element_at(entries, name) as entries[name]")
    return connection


duckdb.connect = connect

if __name__ == "__main__":
    app.main()

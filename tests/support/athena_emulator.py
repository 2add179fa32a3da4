"""MiniStack whose Athena answers `element_at` of a map as Athena does: with the value, where DuckDB has a list of it.

It knows `array_join` and lambdas with an arrow as well.

Run it with `python -m`.
"""

from __future__ import annotations

from typing import Any

import duckdb
from ministack import app

_connect = duckdb.connect


def connect(*arguments: Any, **options: Any) -> duckdb.DuckDBPyConnection:
    """A connection with these functions."""
    connection = _connect(*arguments, **options)
    connection.execute("set lambda_syntax = 'ENABLE_SINGLE_ARROW'")
    connection.execute("create macro element_at(entries, name) as entries[name]")
    connection.execute("create macro array_join(words, separator) as array_to_string(words, separator)")
    return connection


duckdb.connect = connect

if __name__ == "__main__":
    app.main()

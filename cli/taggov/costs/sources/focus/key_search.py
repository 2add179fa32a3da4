"""Search for spellings of tag keys in files."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from taggov.costs.sources.focus.columns import Layout
from taggov.costs.sources.focus.sql import EVERYTHING
from taggov.costs.sources.focus.tag_sql import add_keys, all_spellings, tag_columns
from taggov.costs.sources.focus.trace import some_tag_keys
from taggov.costs.sources.tag_keys import KnownKeys

_LOOKED_AT = 20_000
"""Number of first rows to read. In most bills they contain every spelling, so that the full search is not needed."""


def sample_keys(connection: duckdb.DuckDBPyConnection, layouts: Sequence[Layout]) -> frozenset[str]:
    """Return the tag keys of the first rows."""
    return frozenset(some_tag_keys(connection, [its for its in layouts if tag_columns(its)], _LOOKED_AT))


def search_keys(connection: duckdb.DuckDBPyConnection, layouts: Sequence[Layout], keys: Sequence[str]) -> KnownKeys:
    """Search all rows for spellings of the keys, and add them to the known keys."""
    statements = (one for its in layouts for one in all_spellings(its, keys, EVERYTHING))
    rows = (row for one in statements for row in connection.execute(one).fetchall())
    return add_keys(layouts[0].keys, keys, rows)

"""Spellings of tag keys, looked for in files."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from taggov.costs.sources.focus.columns import Layout
from taggov.costs.sources.focus.sql import EVERYTHING
from taggov.costs.sources.focus.tag_sql import all_spellings, learned, tag_columns
from taggov.costs.sources.focus.trace import some_tag_keys
from taggov.costs.sources.tag_keys import KnownKeys

_LOOKED_AT = 20_000
"""Rows at the beginning, which take no time. In most bills they have every spelling, so that all rows are read once."""


def some_keys(opened: duckdb.DuckDBPyConnection, layouts: Sequence[Layout]) -> frozenset[str]:
    """The keys of the first rows."""
    return frozenset(some_tag_keys(opened, [its for its in layouts if tag_columns(its)], _LOOKED_AT))


def completed(opened: duckdb.DuckDBPyConnection, layouts: Sequence[Layout], keys: Sequence[str]) -> KnownKeys:
    """Add all spellings of the keys in all rows to what is known already."""
    statements = (one for its in layouts for one in all_spellings(its, keys, EVERYTHING))
    rows = (row for one in statements for row in opened.execute(one).fetchall())
    return learned(layouts[0].keys, keys, rows)

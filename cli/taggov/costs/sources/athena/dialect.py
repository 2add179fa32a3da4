"""Translation of the SQL of `focus.sql` to the dialect of Athena."""

from __future__ import annotations

from string import Template

import sqlglot
from sqlglot import exp

from taggov.costs.sources.focus.sql_functions import SQL_FUNCTIONS


def translate(statement: str) -> str:
    """Translate a DuckDB statement for Athena: by sqlglot, and by `SQL_FUNCTIONS` for what sqlglot cannot translate."""
    return sqlglot.parse_one(statement, read="duckdb").transform(_expand_function).sql("athena")


def _expand_function(node: exp.Expr) -> exp.Expr:
    function = SQL_FUNCTIONS.get(node.name) if isinstance(node, exp.Anonymous) else None
    if function is None:
        return node
    arguments = (argument.transform(_expand_function).sql("athena") for argument in node.expressions)
    body = Template(function.athena).substitute(dict(zip(function.arguments, arguments, strict=True)))
    return sqlglot.parse_one(f"({body})", read="athena")

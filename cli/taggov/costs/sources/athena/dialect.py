"""The SQL of `focus.sql` in Athena's dialect."""

from __future__ import annotations

from string import Template

import sqlglot
from sqlglot import exp

from taggov.costs.sources.focus.pieces import PIECES


def translated(statement: str) -> str:
    """The DuckDB text as Athena understands it: sqlglot translates, `PIECES` has what it could not know."""
    return sqlglot.parse_one(statement, read="duckdb").transform(_piece).sql("athena")


def _piece(node: exp.Expr) -> exp.Expr:
    piece = PIECES.get(node.name) if isinstance(node, exp.Anonymous) else None
    if piece is None:
        return node
    arguments = (argument.transform(_piece).sql("athena") for argument in node.expressions)
    body = Template(piece.athena).substitute(dict(zip(piece.arguments, arguments, strict=True)))
    return sqlglot.parse_one(f"({body})", read="athena")

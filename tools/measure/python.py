"""Openings of docstrings, lengths of functions and styles of import."""

from __future__ import annotations

import ast
from collections.abc import Iterator

SLOW_OPENINGS = frozenset(
    {"How", "Of", "One", "What", "When", "Where", "Whether", "Which", "Who", "Whom", "Whose", "Why"}
)
"""First words that say neither what something does nor what it is."""


def openings(tree: ast.Module) -> Iterator[str]:
    """Give the first word of each docstring: of a module, class or function, or after an assignment."""
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        for statement in body if isinstance(body, list) else ():
            match statement:
                case ast.Expr(ast.Constant(str(text))):
                    yield from text.split(maxsplit=1)[:1]


def function_lengths(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Give the lines and the name of each function."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno is not None:
            yield node.end_lineno - node.lineno + 1, node.name


def has_relative_import(tree: ast.Module) -> bool:
    """Say if a module imports another one by where it is from here."""
    return any(isinstance(node, ast.ImportFrom) and node.level for node in ast.walk(tree))

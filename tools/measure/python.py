"""Docstring openings, function lengths and import style."""

from __future__ import annotations

import ast
from collections.abc import Iterator

SLOW_OPENINGS = frozenset(
    {"How", "Of", "One", "What", "When", "Where", "Whether", "Which", "Who", "Whom", "Whose", "Why"}
)
"""First words of docstrings that neither say what a function does nor what a thing is."""


def openings(tree: ast.Module) -> Iterator[str]:
    """Yield the first word of each docstring: of modules, classes, functions and assignments."""
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        for statement in body if isinstance(body, list) else ():
            match statement:
                case ast.Expr(ast.Constant(str(text))):
                    yield from text.split(maxsplit=1)[:1]


def function_lengths(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield lines and name of each function."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno is not None:
            yield node.end_lineno - node.lineno + 1, node.name


def has_relative_import(tree: ast.Module) -> bool:
    """Check if a module has a relative import."""
    return any(isinstance(node, ast.ImportFrom) and node.level for node in ast.walk(tree))

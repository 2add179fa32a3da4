"""Every test can fail: it asserts, expects an error, or calls a helper that does."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from tools import ROOT

# Calls that fail by themselves: of pytest, Playwright, jsonschema, and of our own tooling.
FAILING = {"check_schema", "expect", "raises", "validate", "wait_until", "warns"}


def test_every_test_can_fail() -> None:
    helpers = {function.name for path in _files() for function in _functions(path) if _asserts(function, FAILING)}
    tests = [(path, function) for path in _files() for function in _functions(path) if _is_test(function)]

    assert len(tests) > 1000
    assert [
        f"{path.relative_to(ROOT)}: {function.name}"
        for path, function in tests
        if not _asserts(function, FAILING | {name for name in helpers if not name.startswith("test_")})
    ] == []


def test_a_test_that_can_not_fail_is_found() -> None:
    (asserting, calling, empty) = ast.parse(
        "def test_a():\n    assert 1\ndef test_b():\n    page.expect(2)\ndef test_c():\n    print(3)\n"
    ).body

    assert [_asserts(function, FAILING) for function in (asserting, calling, empty)] == [True, True, False]


def _files() -> list[Path]:
    return [path for path in (ROOT / "tests").rglob("*.py") if not path.relative_to(ROOT).parts[1].startswith(".")]


def _functions(path: Path) -> Iterator[ast.FunctionDef]:
    return (node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.FunctionDef))


def _is_test(function: ast.FunctionDef) -> bool:
    return function.name.startswith("test_")


def _asserts(function: ast.AST, helpers: set[str]) -> bool:
    return any(
        isinstance(node, ast.Assert) or (isinstance(node, ast.Call) and _name(node.func) in helpers)
        for node in ast.walk(function)
    )


def _name(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")

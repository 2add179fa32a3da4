"""Figures of the code: loops, docstrings and repeats are counted as people would."""

from __future__ import annotations

import ast

import pytest

from tools.measure.hcl import loops, nesting
from tools.measure.python import function_lengths, has_relative_import, openings
from tools.measure.repeats import LINES, repeated_lines


@pytest.mark.parametrize(
    ("text", "depths"),
    [
        ("a = [1, 2]", []),
        ("a = [for x in y : x]", [1]),
        ("a = { for k, v in m : k => [for x in v : x] }\nb = [for x in y : x]", [2, 1]),
        ("a = merge([\n  for x in y : {\n    for z in x : z => [for w in z : w]\n  }\n]...)", [3]),
        ('# [for x in y : x]\na = "[for x in y]"', []),
        ('a = "${join(",", [for x in y : x])}"', [1]),
        ("a = <<-EOT\n  [for x in y : x]\n  EOT\nb = [for x in y : x]", [1]),
    ],
)
def test_loops_within_loops_are_counted(text: str, depths: list[int]) -> None:
    assert list(nesting(text)) == depths
    assert loops(text) == sum(depths)


def test_docstrings_functions_and_imports_are_found() -> None:
    tree = ast.parse(
        '"""What it is."""\nfrom . import x\nLIMIT = 1\n"""Of a list."""\n\n'
        'def one():\n    """Whether it is."""\n    return 1\n\n'
        'class Two:\n    """A pair."""\n    size: int\n    """How large it is."""\n'
    )

    assert sorted(openings(tree)) == ["A", "How", "Of", "What", "Whether"]
    assert list(function_lengths(tree)) == [(3, "one")]
    assert has_relative_import(tree)
    assert not has_relative_import(ast.parse("import x"))


def test_lines_that_stand_in_two_places_are_counted_once_in_each() -> None:
    block = [f"line {number}" for number in range(LINES)]

    assert repeated_lines({"a": block, "b": ["first", "", *(f"  {line}" for line in block)]}) == 2 * LINES
    assert repeated_lines({"a": [*block, *block]}) == 2 * LINES
    assert repeated_lines({"a": block, "b": block[1:]}) == 0

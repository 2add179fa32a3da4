"""`python -m tools.measure`: print each figure as one JSON line."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from pathlib import Path

from tools import ROOT
from tools.measure import hcl, python, repeats

_WIDEST = 140
_DEEP = 3


def main() -> None:
    """Print all figures."""
    for name, value, unit in (*_terraform(), *_python(), *_repeats()):
        print(json.dumps({"figure": name, "value": value, "unit": unit}))


def _files(*patterns: str) -> list[Path]:
    found = (path for pattern in patterns for path in ROOT.glob(pattern))
    return sorted({path for path in found if not any(part.startswith(".") for part in path.relative_to(ROOT).parts)})


def _terraform() -> Iterator[tuple[str, object, str]]:
    texts = {path: path.read_text("utf-8") for path in _files("*.tf", "modules/**/*.tf")}
    lines = sum(len(text.splitlines()) for text in texts.values())
    depths = [(depth, str(path.relative_to(ROOT))) for path, text in texts.items() for depth in hcl.nesting(text)]
    yield "hcl_loops_per_100_lines", round(100 * sum(map(hcl.loops, texts.values())) / lines, 2), "loops"
    yield "hcl_deepest_loop", max(depths, default=(0, "")), "levels, file"
    yield f"hcl_loops_{_DEEP}_deep", sum(depth >= _DEEP for depth, _ in depths), "expressions"
    wide = sum(len(line) > _WIDEST for text in texts.values() for line in text.splitlines())
    yield f"hcl_lines_over_{_WIDEST}", wide, "lines"


def _python() -> Iterator[tuple[str, object, str]]:
    paths = _files("lambda_src/**/*.py", "cli/**/*.py", "tools/**/*.py", "tests/**/*.py")
    trees = {path: ast.parse(path.read_text("utf-8")) for path in paths}
    words = [word for tree in trees.values() for word in python.openings(tree)]
    slow = sum(word.strip(",.:") in python.SLOW_OPENINGS for word in words)
    yield "docstrings_with_slow_openings", round(100 * slow / len(words), 2), "per cent"
    lengths = [its for tree in trees.values() for its in python.function_lengths(tree)]
    yield "longest_function", max(lengths), "lines, name"
    sizes = [(len(path.read_text("utf-8").splitlines()), str(path.relative_to(ROOT))) for path in paths]
    yield "longest_file", max(sizes), "lines, file"
    yield "files_with_relative_imports", sum(map(python.has_relative_import, trees.values())), "files"


def _repeats() -> Iterator[tuple[str, object, str]]:
    for name, patterns in {
        "repeated_lines_terraform": ("*.tf", "modules/**/*.tf"),
        "repeated_lines_terraform_tests": ("tests/*.tftest.hcl",),
        "repeated_lines_python": ("lambda_src/**/*.py", "cli/**/*.py", "tools/**/*.py"),
    }.items():
        lines = {str(path): path.read_text("utf-8").splitlines() for path in _files(*patterns)}
        yield name, repeats.repeated_lines(lines), f"lines in blocks of {repeats.LINES}"


if __name__ == "__main__":
    main()

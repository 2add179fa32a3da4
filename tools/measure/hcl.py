"""Loops in Terraform: number and nesting."""

from __future__ import annotations

import re
from collections.abc import Iterator

_TEMPLATE = r'\$\{(?:[^{}"]|"[^"\n]*"|\{[^{}]*\})*\}'
_COMMENT_OR_TEXT = re.compile(
    rf'#[^\n]*|//[^\n]*|/\*.*?\*/|<<-?(\w+)\n.*?\n\s*\1\b|"(?:{_TEMPLATE}|\\.|[^"\\\n])*"', re.DOTALL
)
_TOKEN = re.compile(r"[\[{(](?:\s*for\b)?|[\])}]")


def code_of(text: str) -> str:
    """Replace comments and plain texts by blanks, so that the number of lines stays the same."""
    return _COMMENT_OR_TEXT.sub(
        lambda match: re.sub(r"[^\n]", " ", match[0]) if "${" not in match[0] else match[0], text
    )


def nesting(text: str) -> Iterator[int]:
    """Yield the depth of each outermost `for` expression: 1 without another one inside.

    Args:
        text: the text of a `.tf` file.
    """
    brackets: list[bool] = []
    deepest = 0
    for match in _TOKEN.finditer(code_of(text)):
        if match[0][0] in "[{(":
            brackets.append(len(match[0]) > 1)
            deepest = max(deepest, sum(brackets)) if brackets[-1] else deepest
        elif brackets:
            closes_loop = brackets.pop()
            if closes_loop and not any(brackets):
                yield deepest
                deepest = 0


def loops(text: str) -> int:
    """Count the `for` expressions in the text of a `.tf` file."""
    return len(re.findall(r"[\[{(]\s*for\b", code_of(text)))

"""Loops in Terraform: how many there are, and how deep they are nested."""

from __future__ import annotations

import re
from collections.abc import Iterator

_TEMPLATE = r'\$\{(?:[^{}"]|"[^"\n]*"|\{[^{}]*\})*\}'
_COMMENT_OR_TEXT = re.compile(
    rf'#[^\n]*|//[^\n]*|/\*.*?\*/|<<-?(\w+)\n.*?\n\s*\1\b|"(?:{_TEMPLATE}|\\.|[^"\\\n])*"', re.DOTALL
)
_TOKEN = re.compile(r"[\[{(](?:\s*for\b)?|[\])}]")


def code_of(text: str) -> str:
    """Blank comments, and texts without templates: what is left has as many lines as before."""
    return _COMMENT_OR_TEXT.sub(
        lambda match: re.sub(r"[^\n]", " ", match[0]) if "${" not in match[0] else match[0], text
    )


def nesting(text: str) -> Iterator[int]:
    """Give the depth of each outermost `for` expression: 1 for one without another inside.

    Args:
        text: of a `.tf` file.
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
    """Count the `for` expressions of a `.tf` file."""
    return len(re.findall(r"[\[{(]\s*for\b", code_of(text)))

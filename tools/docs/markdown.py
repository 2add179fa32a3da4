"""Inputs and outputs as Markdown tables."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence

from tools.docs.module import Input, Output


def tables(inputs: Sequence[Input], outputs: Sequence[Output]) -> str:
    """Both tables under their headings; only what there is."""
    parts = []
    if inputs:
        taken = [(f"`{i.name}`", _prose(i.description), _type(i.type), _default(i.default)) for i in inputs]
        parts.append("### Inputs\n\n" + table(("Name", "Description", "Type", "Default"), taken))
    if outputs:
        given = [(f"`{o.name}`", _prose(o.description)) for o in outputs]
        parts.append("### Outputs\n\n" + table(("Name", "Description"), given))
    return "\n".join(parts)


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Write a table; the cells are Markdown already."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)


def _prose(text: str) -> str:
    """Wrapped lines are joined; a list item or a paragraph begins a line of its own. A cell can hold no newline."""
    joined = re.sub(r"(?<!\n)\n(?!\n|- )[ ]*", " ", text)
    return re.sub(r"\n+", "<br>", joined).replace("|", r"\|")


def _default(text: str | None) -> str:
    return "required" if text is None else f"`{text}`".replace("|", r"\|")


def _type(text: str) -> str:
    """Short types on one line, objects with a field a line."""
    if "object({" not in text:
        return f"`{text}`"
    return "<pre>" + "<br>".join(html.escape(line, quote=False) for line in _lines(text)) + "</pre>"


def _lines(text: str) -> list[str]:
    """Break after the brace of an object and after each of its fields, but not within the brackets of a function."""
    lines, line, open_brackets = [], "", ""
    for token in re.findall(r'"(?:[^"\\]|\\.)*"|\{\}|[{}()\[\],]|[^{}()\[\],"]+', text):
        if token in "})]":
            open_brackets = open_brackets[:-1]
        indent = "  " * open_brackets.count("{")
        if token == "}":
            lines.append(line)
            line = ""
        if token == "," and open_brackets.endswith("{"):
            lines.append(line)
            line = ""
            continue
        line += token if line else indent + token.lstrip()
        if token in "{([":
            open_brackets += token
        if token == "{":
            lines.append(line)
            line = ""
    return [*lines, line]

"""Parser of terminal tables."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from decimal import Decimal

Amounts = dict[tuple[str, ...], Decimal]
"""By the texts of some columns."""


def tables(output: str) -> list[list[list[str]]]:
    """The tables of a terminal, each with its header; a cell without anything is an empty text."""
    found: list[list[list[str]]] = []
    lines = output.splitlines()
    for place, line in enumerate(lines):
        if line.startswith("──"):
            header = lines[place - 1]
            starts = [match.start() for match in re.finditer(r"\S+(?: \S+)*", header)]
            ends = [match.end() for match in re.finditer(r"\S+(?: \S+)*", header)]
            rows = [re.findall(r"\S+(?: \S+)*", header)]
            for below in lines[place + 1 :]:
                if not below.strip() and len(rows) > 1 and not below:
                    break
                if below.strip():
                    rows.append(cells(below, starts, ends))
            found.append(rows)
    return found


def cells(line: str, starts: Sequence[int], ends: Sequence[int]) -> list[str]:
    """Each text of a line, in the column whose title it is below."""
    row = [""] * len(starts)
    for match in re.finditer(r"\S+(?: \S+)*", line):
        at = next(
            place
            for place, (start, end) in enumerate(zip(starts, ends, strict=True))
            if match.start() == start or match.end() == end
        )
        row[at] = match.group()
    return row


def number(text: str) -> Decimal:
    return Decimal(text.replace(",", "").replace("+", "").split()[0])


def column(table: Sequence[Sequence[str]], keys: Sequence[str], title: str) -> Amounts:
    """The amounts of a column by the texts of other columns, totals left out."""
    header, *rows = table
    at, where = header.index(title), [header.index(key) for key in keys]
    named = [row for row in rows if row[0].casefold() != "total" and row[at]]
    return {tuple(row[place] for place in where): number(row[at]) for row in named}


def totals(table: Sequence[Sequence[str]], title: str) -> Amounts:
    header, *rows = table
    at, where = header.index(title), header.index("Currency")
    return {(row[where],): number(row[at]) for row in rows if row[0].casefold() == "total"}


def summed(amounts: Amounts, places: Iterable[int]) -> Amounts:
    chosen = list(places)
    found: Amounts = {}
    for key, cost in amounts.items():
        short = tuple(key[place] for place in chosen)
        found[short] = found.get(short, Decimal(0)) + cost
    return found

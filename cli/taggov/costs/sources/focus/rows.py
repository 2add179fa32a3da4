"""Records of a database made into the rows of a table, and what has to be said about them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import localcontext
from difflib import get_close_matches
from typing import Any

from cost_allocation.exact import EXACT
from cost_allocation.model import CostRow
from cost_allocation.query import CostQuery, tag_key
from taggov.costs.sources.base import about_tag
from taggov.costs.sources.focus.columns import Layout
from taggov.costs.sources.focus.sql import used_dimensions


@dataclass(frozen=True, slots=True)
class Answer:
    """What the statement of `sql.sums` gave."""

    rows: list[CostRow]
    unreadable: int
    """Source rows without a readable amount, time or currency."""
    broken: int
    """Source rows whose tags are not JSON."""


def answer(records: Sequence[tuple[Any, ...]]) -> Answer:
    """Read period, currency, values, cost, and the three counts out of each record."""
    # By position and without names: this runs for every row of a large answer.
    return Answer(
        rows=[CostRow(its[0], its[1], its[2:-4], its[-4], its[-3]) for its in records],
        unreadable=sum(its[-2] if its[0] and its[1] else its[-3] for its in records),
        broken=sum(its[-1] for its in records),
    )


def merged(answers: Sequence[Answer]) -> Answer:
    """Several answers to one query as one: here, because SQL would round sums of different scales to a common one."""
    if len(answers) == 1:
        return answers[0]
    places: dict[tuple[date, str, tuple[str | None, ...]], CostRow] = {}
    with localcontext(EXACT):
        for row in (row for its in answers for row in its.rows):
            other = places.get(row[:3])
            places[row[:3]] = CostRow(*row[:3], row.cost + other.cost, row.rows + other.rows) if other else row
    rows = sorted(places.values(), key=lambda row: (row.period, row.currency, [its or "" for its in row.values]))
    return Answer(rows, sum(its.unreadable for its in answers), sum(its.broken for its in answers))


def absent_keys(query: CostQuery, rows: Sequence[CostRow]) -> list[str]:
    """The tag keys that are asked for and that no row has."""
    asked = enumerate(map(tag_key, query.dimensions))
    return [key for place, key in asked if key and rows and all(row.values[place] is None for row in rows)]


def filtered_keys(query: CostQuery) -> list[str]:
    """The tag keys that are only filtered by, so that no row of the answer tells whether they exist."""
    return [key for name in used_dimensions(query) if name not in query.dimensions and (key := tag_key(name))]


def absent_key_warning(key: str, known: Collection[str]) -> str:
    """What to say of a tag key that no row has."""
    spellings = {name.casefold(): name for name in known}
    near = [spellings[name] for name in get_close_matches(key.casefold(), spellings, n=3)]
    if near:
        return f"no row has the {about_tag(key)}; there is {_listed(near)}"
    return f"no row has the {about_tag(key)}" + (f"; there is {_listed(sorted(known)[:3])}" if known else "")


def missing_warnings(query: CostQuery, layouts: Iterable[Layout]) -> list[str]:
    """What to say of columns that are absent."""
    return [
        f"{layout.name} has no column {column}: its rows have no value for it"
        for layout in layouts
        for column in dict.fromkeys(layout.without(used_dimensions(query)))
    ]


def broken_warning(count: int) -> list[str]:
    """What to say of tags that are not JSON."""
    rows = "1 row has" if count == 1 else f"{count:,} rows have"
    return [f"{rows} Tags that are not a JSON object: counted as untagged"] if count else []


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)

"""Records of a database made into the rows of a table, and what has to be said about them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Context, Decimal, DecimalException, Inexact, InvalidOperation, Overflow, Underflow, localcontext
from difflib import get_close_matches
from typing import Any

from cost_allocation.exact import EXACT
from cost_allocation.model import CostRow
from cost_allocation.query import CostQuery, tag, tag_key
from taggov.costs.sources.base import about_tag, without_value
from taggov.costs.sources.focus.columns import Layout
from taggov.costs.sources.focus.literals import BLANKS, is_code
from taggov.costs.sources.focus.sql import NUMBER, used_dimensions
from taggov.costs.sources.tag_keys import filtered_keys, listed, spellings

MOST_DIGITS, MOST_DECIMALS = 20, 60
"""Digits of an amount, in front of the point and after it: more than a binary number of money needs, and few enough
that sums of them are exact."""

_LONG = Context(prec=10_000, Emax=10_000, Emin=-10_000, traps=[InvalidOperation, Overflow, Underflow, Inexact])


@dataclass(frozen=True, slots=True)
class Answer:
    """Answer to a statement of `sql.sums` or `sql.texts`."""

    rows: list[CostRow]
    unreadable: int = 0
    """Source rows without a readable amount, time or currency."""
    broken: int = 0
    """Source rows whose tags are not JSON."""
    unseen: int = 0
    """Source rows that may have a tag in a spelling that was not looked for."""
    all_rows: int = 0
    """All rows of a layout that counts them, asked for or not."""


def answer(records: Sequence[tuple[Any, ...]]) -> Answer:
    """Read period, currency, values, and the columns `sql.COUNTS` out of each record."""
    # By position and without names: this runs for every row of a large answer. A row without a readable source row is
    # left out: it stands for those that are not asked for, or has come for its counts alone.
    codes = {its[1] for its in records if is_code(its[1])}
    rows = [
        CostRow(its[0], its[1], its[2:-6], its[-6], its[-5] - its[-4])
        for its in records
        if its[-5] > its[-4] and its[0] and its[1]
    ]
    return Answer(
        rows=_one_spelling(rows),
        unreadable=sum(its[-4] if its[0] and its[1] in codes else its[-5] for its in records),
        broken=sum(its[-3] for its in records),
        unseen=sum(its[-2] for its in records),
        all_rows=sum(its[-1] for its in records),
    )


def written(records: Iterable[tuple[Any, ...]], unreadable: list[str | None]) -> Answer:
    """Read period, currency, values, the amount as text, and its rows out of each record.

    Args:
        records: what a statement of `sql.texts` gave.
        unreadable: takes the texts that are no amounts.
    """
    sums: dict[tuple[Any, ...], tuple[Decimal, int]] = {}
    with localcontext(EXACT):
        for *key, text, count in records:
            if (number := exact_amount(text)) is None:
                unreadable.append(text)
            else:
                cost, rows = sums.get(tuple(key), (Decimal(), 0))
                sums[tuple(key)] = (cost + number * count, rows + count)
    return Answer(
        _one_spelling(
            [
                CostRow(day, currency, tuple(its), cost, n)
                for (day, currency, *its), (cost, n) in sums.items()
                if day and currency
            ]
        )
    )


def exact_amount(text: str | None) -> Decimal | None:
    """The amount that a text stands for; None if it is no number, or one with too many digits to count with."""
    if not re.match(NUMBER, text or ""):
        return None
    try:
        number = Decimal(text or "").normalize(_LONG)
    except DecimalException:
        return None
    _, digits, exponent = number.as_tuple()
    assert isinstance(exponent, int)
    return number if len(digits) + exponent <= MOST_DIGITS and -exponent <= MOST_DECIMALS else None


def _one_spelling(rows: list[CostRow]) -> list[CostRow]:
    """Rows whose currencies are written in capitals, without spaces, each place once."""
    # Only a few spellings stand for many rows.
    spelled = {its: its.strip(BLANKS).upper() for its in {row.currency for row in rows}}
    if all(its == code for its, code in spelled.items()):
        return rows
    return merged_rows([row._replace(currency=spelled[row.currency]) for row in rows])


def merged(answers: Sequence[Answer]) -> Answer:
    """Several answers to one query as one: here, because SQL would round sums of different scales to a common one."""
    if len(answers) == 1:
        return answers[0]
    return Answer(
        merged_rows(row for its in answers for row in its.rows),
        sum(its.unreadable for its in answers),
        sum(its.broken for its in answers),
        sum(its.unseen for its in answers),
        sum(its.all_rows for its in answers),
    )


def merged_rows(rows: Iterable[CostRow]) -> list[CostRow]:
    """Add up rows of the same place; they come in the order of period, currency and values."""
    places: dict[tuple[date, str, tuple[str | None, ...]], CostRow] = {}
    with localcontext(EXACT):
        for row in rows:
            other = places.get(row[:3])
            places[row[:3]] = CostRow(*row[:3], row.cost + other.cost, row.rows + other.rows) if other else row
    return sorted(places.values(), key=lambda row: (row.period, row.currency, [its or "" for its in row.values]))


def absent_keys(query: CostQuery, rows: Sequence[CostRow]) -> list[str]:
    """The tag keys that are asked for and that no row has."""
    asked = enumerate(map(tag_key, query.dimensions))
    return [key for place, key in asked if key and rows and all(row.values[place] is None for row in rows)]


def filtered_only(query: CostQuery) -> list[str]:
    """The tag keys that are only filtered by, so that no row of the answer tells whether they exist."""
    return [key for key in dict.fromkeys(filtered_keys(query)) if tag(key) not in query.dimensions]


def absent_key_warning(key: str, known: Collection[str], *, exact: bool = False) -> str:
    """Write what to say of a tag key that no row has.

    Args:
        key: as it is asked for.
        known: keys that rows have.
        exact: whether another spelling is another key.
    """
    same = spellings(key, known)[1:]
    if key in known or (same and not exact):
        return without_value(key)
    folded = {name.casefold(): name for name in known}
    near = same or [folded[name] for name in get_close_matches(key.casefold(), folded, n=3)]
    if near:
        return f"no row has the {about_tag(key)}; there is {listed(near)}"
    return f"no row has the {about_tag(key)}" + (f"; there is {listed(sorted(known)[:3])}" if known else "")


def missing_warnings(query: CostQuery, layouts: Iterable[Layout]) -> list[str]:
    """Write what to say of columns that are absent."""
    return [
        f"{layout.name} has no column {column}: its rows have no value for it"
        for layout in layouts
        for column in dict.fromkeys(layout.without(used_dimensions(query)))
    ]


def broken_warning(count: int) -> list[str]:
    """Write what to say of tags that are not JSON."""
    rows = "1 row has" if count == 1 else f"{count:,} rows have"
    return [f"{rows} Tags that are not a JSON object: counted as untagged"] if count else []

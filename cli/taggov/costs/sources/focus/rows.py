"""Conversion of query results to rows, and the warnings about them."""

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
from taggov.costs.sources.tag_keys import filtered_keys, quoted_list, spellings

MOST_DIGITS, MOST_DECIMALS = 20, 60
"""Maximum digits of an amount before and after the point: more than any float amount needs, and few enough for exact
sums."""

_LONG = Context(prec=10_000, Emax=10_000, Emin=-10_000, traps=[InvalidOperation, Overflow, Underflow, Inexact])


@dataclass(frozen=True, slots=True)
class Answer:
    """Result of a statement of `sql.sums` or `sql.texts`."""

    rows: list[CostRow]
    unreadable: int = 0
    """Number of source rows without a readable amount, time or currency."""
    broken: int = 0
    """Number of source rows whose tags are not valid JSON."""
    unseen: int = 0
    """Number of source rows that may have a tag in an unknown spelling."""
    all_rows: int = 0
    """Number of all source rows, for layouts with `counts_all`."""


def read_answer(records: Sequence[tuple[Any, ...]]) -> Answer:
    """Convert records with period, currency, values, and the columns `sql.COUNTS`."""
    # Access by position, because this runs for every row of a large answer. Skip rows without a readable source row:
    # they have only the counts of unmatched or unreadable rows.
    codes = {its[1] for its in records if is_code(its[1])}
    rows = [
        CostRow(its[0], its[1], its[2:-6], its[-6], its[-5] - its[-4])
        for its in records
        if its[-5] > its[-4] and its[0] and its[1]
    ]
    return Answer(
        rows=_normalize_currencies(rows),
        unreadable=sum(its[-4] if its[0] and its[1] in codes else its[-5] for its in records),
        broken=sum(its[-3] for its in records),
        unseen=sum(its[-2] for its in records),
        all_rows=sum(its[-1] for its in records),
    )


def sum_texts(records: Iterable[tuple[Any, ...]], unreadable: list[str | None]) -> Answer:
    """Convert records with period, currency, values, the amount as text, and its number of rows.

    Args:
        records: result of a statement of `sql.texts`.
        unreadable: list to which invalid amounts are added.
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
        _normalize_currencies(
            [
                CostRow(day, currency, tuple(its), cost, n)
                for (day, currency, *its), (cost, n) in sums.items()
                if day and currency
            ]
        )
    )


def exact_amount(text: str | None) -> Decimal | None:
    """Parse an amount; return None for text that is not a number or has too many digits."""
    if not re.match(NUMBER, text or ""):
        return None
    try:
        number = Decimal(text or "").normalize(_LONG)
    except DecimalException:
        return None
    _, digits, exponent = number.as_tuple()
    assert isinstance(exponent, int)
    return number if len(digits) + exponent <= MOST_DIGITS and -exponent <= MOST_DECIMALS else None


def _normalize_currencies(rows: list[CostRow]) -> list[CostRow]:
    """Write currencies in upper case without blanks, and merge the rows that become equal."""
    # There are few spellings for many rows.
    spelled = {its: its.strip(BLANKS).upper() for its in {row.currency for row in rows}}
    if all(its == code for its, code in spelled.items()):
        return rows
    return merge_rows([row._replace(currency=spelled[row.currency]) for row in rows])


def merge_answers(answers: Sequence[Answer]) -> Answer:
    """Merge several answers to one query. SQL would round sums of different scales."""
    if len(answers) == 1:
        return answers[0]
    return Answer(
        merge_rows(row for its in answers for row in its.rows),
        sum(its.unreadable for its in answers),
        sum(its.broken for its in answers),
        sum(its.unseen for its in answers),
        sum(its.all_rows for its in answers),
    )


def merge_rows(rows: Iterable[CostRow]) -> list[CostRow]:
    """Sum rows with the same key, sorted by period, currency and values."""
    places: dict[tuple[date, str, tuple[str | None, ...]], CostRow] = {}
    with localcontext(EXACT):
        for row in rows:
            other = places.get(row[:3])
            places[row[:3]] = CostRow(*row[:3], row.cost + other.cost, row.rows + other.rows) if other else row
    return sorted(places.values(), key=lambda row: (row.period, row.currency, [its or "" for its in row.values]))


def absent_keys(query: CostQuery, rows: Sequence[CostRow]) -> list[str]:
    """List the requested tag keys that no row has."""
    asked = enumerate(map(tag_key, query.dimensions))
    return [key for place, key in asked if key and rows and all(row.values[place] is None for row in rows)]


def filter_only_keys(query: CostQuery) -> list[str]:
    """List the tag keys that are only filtered by, so that the answer does not show if they exist."""
    return [key for key in dict.fromkeys(filtered_keys(query)) if tag(key) not in query.dimensions]


def absent_key_warning(key: str, known: Collection[str], *, exact: bool = False) -> str:
    """Build the warning about a tag key that no row has.

    Args:
        key: the requested key.
        known: existing keys.
        exact: True if another spelling is another key.
    """
    same = spellings(key, known)[1:]
    if key in known or (same and not exact):
        return without_value(key)
    folded = {name.casefold(): name for name in known}
    near = same or [folded[name] for name in get_close_matches(key.casefold(), folded, n=3)]
    if near:
        return f"no row has the {about_tag(key)}; there is {quoted_list(near)}"
    return f"no row has the {about_tag(key)}" + (f"; there is {quoted_list(sorted(known)[:3])}" if known else "")


def missing_warnings(query: CostQuery, layouts: Iterable[Layout]) -> list[str]:
    """Build the warnings about missing columns."""
    return [
        f"{layout.name} has no column {column}: its rows have no value for it"
        for layout in layouts
        for column in dict.fromkeys(layout.without(used_dimensions(query)))
    ]


def broken_warning(count: int) -> list[str]:
    """Build the warning about tags that are not valid JSON."""
    rows = "1 row has" if count == 1 else f"{count:,} rows have"
    return [f"{rows} Tags that are not a JSON object: counted as untagged"] if count else []

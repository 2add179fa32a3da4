"""Small tables, which are also what a chart says to those who can not see it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

import pandas as pd
import streamlit as st

from taggov.costs.dashboard.labels import markdown, percent, share_of
from taggov.costs.dashboard.ranking import Part, total
from taggov.costs.render.scale import shown

_SHOWN, _MOST = 15, 200
"""Rows that stand there at once, and rows in all: downloads have every one."""
_WIDEST = "15rem"


def table(rows: Sequence[Mapping[str, str]], alt: str, right: Collection[str] = ()) -> None:
    """Draw rows; the texts in them may be of others.

    Args:
        rows: each with the same titles.
        alt: what the table is of, for screen readers.
        right: columns of amounts.
    """
    _draw(rows[:_SHOWN], alt, right)
    if rest := rows[_SHOWN:_MOST]:
        with st.expander(f"{len(rest)} more" if len(rows) <= _MOST else f"{len(rest)} more of {len(rows) - _SHOWN}"):
            _draw(rest, f"{alt}, the rest", right)


def _draw(rows: Sequence[Mapping[str, str]], alt: str, right: Collection[str]) -> None:
    frame = pd.DataFrame([{markdown(title): markdown(text) for title, text in row.items()} for row in rows])
    styled = frame.style.set_table_styles(
        [
            {"selector": selector, "props": properties}
            for place, title in enumerate(rows[0])
            for selector, properties in _column(place, max(len(row[title]) for row in rows), title in right)
        ]
    )
    st.table(styled, alt=alt, hide_index=True, border="horizontal")


def _column(place: int, longest: int, amounts: bool) -> Iterator[tuple[str, str]]:
    """The style of a column: amounts stand below each other in one line, texts get room before they are broken."""
    if amounts:
        # Streamlit aligns every cell to the left in the cell itself.
        yield f"th.col{place}", "text-align: right !important"
        yield f"td.col{place}", "text-align: right !important"
        yield f"td.col{place} *", "white-space: nowrap"
    else:
        yield f"td.col{place}", f"min-width: min({longest}ch, {_WIDEST})"


def parts_table(parts: Sequence[Part], title: str, currency: str) -> None:
    """The numbers behind a chart of parts, folded away below it."""
    whole = total(part.cost for part in parts)
    amounts = [
        [*map(shown, costs), shown(total(costs))]
        for costs in ([part.direct for part in parts], [part.shared for part in parts], [part.cost for part in parts])
    ]
    names = [*(part.name for part in parts), "all"]
    shares = [*(percent(share_of(part.cost, whole)) for part in parts), percent(share_of(whole, whole))]
    rows = [
        {
            title: name,
            f"Direct, {currency}": direct,
            f"Shared, {currency}": shared,
            f"Cost, {currency}": cost,
            "Share": share,
        }
        for name, direct, shared, cost, share in zip(names, *amounts, shares, strict=True)
    ]
    with st.expander("The numbers"):
        table(rows, f"Costs by {title.lower()}", tuple(rows[0])[1:])

"""Small tables. They also have the data of charts for screen readers."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

import pandas as pd
import streamlit as st

from taggov.costs.dashboard.labels import escape_markdown, percent, share_of
from taggov.costs.dashboard.ranking import Part, total
from taggov.costs.render.scale import format_amount

_SHOWN, _MOST = 15, 200
"""Number of visible rows, and maximum number of rows. Downloads have all rows."""
_WIDEST = "15rem"


def table(rows: Sequence[Mapping[str, str]], alt: str, right: Collection[str] = ()) -> None:
    """Draw rows. Texts are escaped.

    Args:
        rows: rows with equal titles.
        alt: description for screen readers.
        right: right-aligned columns, for amounts.
    """
    _draw(rows[:_SHOWN], alt, right)
    if rest := rows[_SHOWN:_MOST]:
        with st.expander(f"{len(rest)} more" if len(rows) <= _MOST else f"{len(rest)} more of {len(rows) - _SHOWN}"):
            _draw(rest, f"{alt}, the rest", right)


def _draw(rows: Sequence[Mapping[str, str]], alt: str, right: Collection[str]) -> None:
    frame = pd.DataFrame(
        [{escape_markdown(title): escape_markdown(text) for title, text in row.items()} for row in rows]
    )
    styled = frame.style.set_table_styles(
        [
            {"selector": selector, "props": properties}
            for place, title in enumerate(rows[0])
            for selector, properties in _column(place, max(len(row[title]) for row in rows), title in right)
        ]
    )
    st.table(styled, alt=alt, hide_index=True, border="horizontal")


def _column(place: int, longest: int, amounts: bool) -> Iterator[tuple[str, str]]:
    """Yield the style of a column: amounts are right-aligned and not wrapped, texts have a minimum width."""
    if amounts:
        # Override the left alignment of Streamlit.
        yield f"th.col{place}", "text-align: right !important"
        yield f"td.col{place}", "text-align: right !important"
        yield f"td.col{place} *", "white-space: nowrap"
    else:
        yield f"td.col{place}", f"min-width: min({longest}ch, {_WIDEST})"


def parts_table(parts: Sequence[Part], title: str, currency: str) -> None:
    """Draw the numbers of a chart of parts in an expander."""
    whole = total(part.cost for part in parts)
    amounts = [
        [*map(format_amount, costs), format_amount(total(costs))]
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

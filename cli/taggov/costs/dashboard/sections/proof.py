"""Line with the proof that nothing was lost."""

from __future__ import annotations

import streamlit as st

from taggov.costs.dashboard.labels import escape_markdown
from taggov.costs.dashboard.view import View
from taggov.costs.render.figures import round_totals


def proof(view: View) -> None:
    """Draw the proof of the currency."""
    _proof(view, view.currency)


def proofs(view: View) -> None:
    """Draw the proof of each currency."""
    for currency in view.allocation.totals:
        _proof(view, currency)


def _proof(view: View, currency: str) -> None:
    total = view.allocation.totals[currency]
    rows = f", over {total.rows:,} source rows" if total.rows else ""
    st.caption(f":material/verified: {escape_markdown(f'{currency}: {round_totals(total).proof}{rows}.')}")

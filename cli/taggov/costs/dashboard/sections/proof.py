"""The line that says that nothing was lost."""

from __future__ import annotations

import streamlit as st

from ..view import View
from ..wording import exact, markdown


def proof(view: View) -> None:
    """Draw the proof of the currency, with every digit."""
    its = view.total
    rows = f", over {its.rows:,} source rows" if its.rows else ""
    line = (
        f"Input {exact(its.input)} {its.currency} = output {exact(its.output)} + excluded {exact(its.excluded)}, "
        f"equal to the last digit{rows}."
    )
    st.caption(f":material/verified: {markdown(line)}")

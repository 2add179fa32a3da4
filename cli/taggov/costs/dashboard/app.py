"""What `streamlit run` starts: sidebar, pickers, and the page that was chosen."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import streamlit as st

from taggov.costs.dashboard.launch import given
from taggov.costs.dashboard.pickers import picked
from taggov.costs.dashboard.sections import coverage, drill_down, overview, report_table, split_trace, unit_costs
from taggov.costs.dashboard.sidebar import Origin, chosen, uploads_folder
from taggov.costs.dashboard.states import told
from taggov.costs.dashboard.uploads import without_folder
from taggov.costs.dashboard.view import View
from taggov.costs.dashboard.wording import markdown
from taggov.costs.outputs.words import heading

_PAGES: dict[str, tuple[str, Callable[[View], None]]] = {
    "overview": ("Overview", overview.draw),
    "drill-down": ("Drill-down", drill_down.draw),
    "coverage": ("Coverage", coverage.draw),
    "trace": ("Trace", split_trace.draw),
    "unit-costs": ("Unit costs", unit_costs.draw),
    "report": ("Report", report_table.draw),
}
"""By address: title, and what draws it. Without icons: Streamlit would fetch them for the tab from the internet."""

_TITLE = "Costs by team"
"""Until there are costs to say more about."""
_STYLE = Path(__file__).with_name("style.css")


def main() -> None:
    """Draw the app."""
    st.set_page_config(page_title=_TITLE, layout="wide")
    st.html(_STYLE)
    choice = chosen(given(sys.argv[1:]))
    page = st.navigation(
        [
            st.Page(lambda: None, title=title, url_path=path, default=path == "overview")
            for path, (title, _) in _PAGES.items()
        ],
        position="top",
    )
    title = st.empty()
    title.title(_TITLE, anchor=False)
    with told(uploads_folder(), asks_aws=choice.origin is Origin.COST_EXPLORER):
        if opened := choice.open():
            below_title = st.container()
            view = picked(opened, choice.name(opened))
            title.title(markdown(f"Costs by {heading(view.group).lower()}, {view.period}"), anchor=False)
            below_title.caption(markdown(f"{view.metric} from {view.source}, by {opened.study.rules_name}"))
            _PAGES[page.url_path or "overview"][1](view)
            for warning in view.allocation.warnings:
                st.warning(markdown(without_folder(uploads_folder(), warning)), icon=":material/warning:")
    page.run()


main()

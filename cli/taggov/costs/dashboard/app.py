"""Streamlit script of the dashboard: sidebar, pickers and the chosen page."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import streamlit as st

from taggov.costs.dashboard.labels import escape_markdown, money
from taggov.costs.dashboard.launch import parse_arguments
from taggov.costs.dashboard.pickers import Picker, column_title, draw_pickers
from taggov.costs.dashboard.sections import coverage, drill_down, overview, report_table, split_trace, unit_costs
from taggov.costs.dashboard.sidebar import Origin, draw_sidebar, uploads_folder
from taggov.costs.dashboard.states import show_errors
from taggov.costs.dashboard.uploads import without_folder
from taggov.costs.dashboard.view import View
from taggov.costs.render.figures import round_totals


class _Page(NamedTuple):
    """A page."""

    title: str
    """Title without an icon: Streamlit would load an icon for the browser tab from the internet."""
    draw: Callable[[View], None]
    pickers: tuple[Picker, ...] = (Picker.CURRENCY,)


# Pages by URL path. In this file, Streamlit would render docstrings of constants, so these are comments.
_PAGES: dict[str, _Page] = {
    "overview": _Page("Overview", overview.draw, (Picker.GROUP, Picker.CURRENCY)),
    "drill-down": _Page("Drill-down", drill_down.draw),
    "coverage": _Page("Coverage", coverage.draw),
    "trace": _Page("Trace", split_trace.draw),
    "unit-costs": _Page("Unit costs", unit_costs.draw),
    "report": _Page("Report", report_table.draw, ()),
}

# Title before costs are loaded.
_TITLE = "Costs by team"
_STYLE = Path(__file__).with_name("style.css")


def main() -> None:
    """Draw the app."""
    st.set_page_config(page_title=_TITLE, layout="wide")
    st.html(_STYLE)
    choice = draw_sidebar(parse_arguments(sys.argv[1:]))
    page = st.navigation(
        [
            st.Page(lambda: None, title=its.title, url_path=path, default=path == "overview")
            for path, its in _PAGES.items()
        ],
        position="top",
    )
    title = st.empty()
    title.title(_TITLE, anchor=False)
    with show_errors(uploads_folder(), asks_aws=choice.origin is Origin.COST_EXPLORER):
        if dataset := choice.open():
            below_title = st.container()
            chosen_page = _PAGES[page.url_path or "overview"]
            view = draw_pickers(dataset, choice.name(dataset), chosen_page.pickers)
            title.title(escape_markdown(_heading(chosen_page, view)), anchor=False)
            with below_title:
                _about(view)
            _warn(view)
            chosen_page.draw(view)
    page.run()


def _heading(page: _Page, view: View) -> str:
    """Build the title of the page: `Costs by service, 2026-10`, `Coverage, 2026-10`."""
    by_group = Picker.GROUP in page.pickers
    about = f"Costs by {column_title(view.group)}" if by_group else page.title
    return f"{about}, {view.period}"


def _about(view: View) -> None:
    """Draw the total of each currency, the source and the rules."""
    totals = [round_totals(total) for total in view.allocation.totals.values()]
    amounts = " · ".join(f"**{escape_markdown(money(its.output, its.currency))}**" for its in totals)
    if len(totals) > 1:
        st.markdown(f"{amounts} in {len(totals)} currencies")
    st.caption(escape_markdown(f"{view.metric} from {view.source}, by {view.dataset.run.rules_name}"))


def _warn(view: View) -> None:
    """Draw the warnings in an expander, because there may be many."""
    allocation = view.allocation
    warnings = list(dict.fromkeys([*allocation.table.warnings, *allocation.warnings]))
    if not warnings:
        return
    title = "1 warning" if len(warnings) == 1 else f"{len(warnings)} warnings"
    with st.expander(title, icon=":material/warning:"):
        lines = (escape_markdown(without_folder(uploads_folder(), warning)) for warning in warnings)
        st.markdown("\n".join(f"- {line}" for line in lines))


main()

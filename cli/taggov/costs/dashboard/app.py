"""The script that `streamlit run` starts: sidebar, pickers, and the page that was chosen."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import streamlit as st

from taggov.costs.dashboard.labels import markdown, money
from taggov.costs.dashboard.launch import given
from taggov.costs.dashboard.pickers import Picker, column_title, picked
from taggov.costs.dashboard.sections import coverage, drill_down, overview, report_table, split_trace, unit_costs
from taggov.costs.dashboard.sidebar import Origin, chosen, uploads_folder
from taggov.costs.dashboard.states import told
from taggov.costs.dashboard.uploads import without_folder
from taggov.costs.dashboard.view import View
from taggov.costs.render.figures import rounded_totals


class _Page(NamedTuple):
    """A page."""

    title: str
    """Without an icon: Streamlit would fetch it for the tab from the internet."""
    draw: Callable[[View], None]
    pickers: tuple[Picker, ...] = (Picker.CURRENCY,)


# By address. Streamlit would draw a text that stands by itself in this file, so notes on constants are comments here.
_PAGES: dict[str, _Page] = {
    "overview": _Page("Overview", overview.draw, (Picker.GROUP, Picker.CURRENCY)),
    "drill-down": _Page("Drill-down", drill_down.draw),
    "coverage": _Page("Coverage", coverage.draw),
    "trace": _Page("Trace", split_trace.draw),
    "unit-costs": _Page("Unit costs", unit_costs.draw),
    "report": _Page("Report", report_table.draw, ()),
}

# Until there are costs to say more about.
_TITLE = "Costs by team"
_STYLE = Path(__file__).with_name("style.css")


def main() -> None:
    """Draw the app."""
    st.set_page_config(page_title=_TITLE, layout="wide")
    st.html(_STYLE)
    choice = chosen(given(sys.argv[1:]))
    page = st.navigation(
        [
            st.Page(lambda: None, title=its.title, url_path=path, default=path == "overview")
            for path, its in _PAGES.items()
        ],
        position="top",
    )
    title = st.empty()
    title.title(_TITLE, anchor=False)
    with told(uploads_folder(), asks_aws=choice.origin is Origin.COST_EXPLORER):
        if opened := choice.open():
            below_title = st.container()
            chosen_page = _PAGES[page.url_path or "overview"]
            view = picked(opened, choice.name(opened), chosen_page.pickers)
            title.title(markdown(_heading(chosen_page, view)), anchor=False)
            with below_title:
                _about(view)
            _warn(view)
            chosen_page.draw(view)
    page.run()


def _heading(page: _Page, view: View) -> str:
    """Name what the page is about: `Costs by service, 2026-10`, `Coverage, 2026-10`."""
    by_group = Picker.GROUP in page.pickers
    about = f"Costs by {column_title(view.group)}" if by_group else page.title
    return f"{about}, {view.period}"


def _about(view: View) -> None:
    """Draw the total of each currency, and where the numbers come from."""
    totals = [rounded_totals(total) for total in view.allocation.totals.values()]
    amounts = " · ".join(f"**{markdown(money(its.output, its.currency))}**" for its in totals)
    if len(totals) > 1:
        st.markdown(f"{amounts} in {len(totals)} currencies")
    st.caption(markdown(f"{view.metric} from {view.source}, by {view.opened.study.rules_name}"))


def _warn(view: View) -> None:
    """Draw what a reader of the numbers has to know, folded away: rules that match nothing can be many."""
    allocation = view.allocation
    warnings = list(dict.fromkeys([*allocation.table.warnings, *allocation.warnings]))
    if not warnings:
        return
    title = "1 warning" if len(warnings) == 1 else f"{len(warnings)} warnings"
    with st.expander(title, icon=":material/warning:"):
        lines = (markdown(without_folder(uploads_folder(), warning)) for warning in warnings)
        st.markdown("\n".join(f"- {line}" for line in lines))


main()

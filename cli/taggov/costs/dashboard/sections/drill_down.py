"""Drill-down page: teams, projects and services."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from cost_allocation.analysis.report import PROJECT, TEAM
from cost_allocation.query import SERVICE
from taggov.costs.dashboard import charts
from taggov.costs.dashboard.labels import escape_markdown, money
from taggov.costs.dashboard.palette import COLOURS, UNOWNED
from taggov.costs.dashboard.ranking import OTHERS, Part, RoundedRows, largest_parts, rank_parts, total, unowned_names
from taggov.costs.dashboard.sections.proof import proof
from taggov.costs.dashboard.tables import parts_table
from taggov.costs.dashboard.view import View
from taggov.costs.render.labels import heading

_LEVELS = (TEAM, PROJECT, SERVICE)
_ALL = "All"
_BARS = 24


def draw(view: View) -> None:
    """Draw the page."""
    shown = view.rounded_rows(view.allocation, *_LEVELS)
    picked: list[str] = []
    columns = st.columns(len(_LEVELS))
    for level, column in zip(_LEVELS, columns, strict=True):
        parts = rank_parts(shown, level)
        with column:
            name = st.selectbox(heading(level), [_ALL, *(part.name for part in parts)], key=_key(level))
        if name is None or name == _ALL:
            _rest_is_all(_LEVELS.index(level), columns)
            break
        picked.append(name)
        shown = shown.with_value(level, name)
    _level(view, shown, picked)


def _rest_is_all(level: int, columns: list[DeltaGenerator]) -> None:
    for below, column in zip(_LEVELS[level + 1 :], columns[level + 1 :], strict=True):
        st.session_state[_key(below)] = _ALL
        column.selectbox(heading(below), [_ALL], key=_key(below), disabled=True)


def _level(view: View, shown: RoundedRows, picked: list[str]) -> None:
    _back(picked)
    level = _LEVELS[min(len(picked), len(_LEVELS) - 1)]
    parts = rank_parts(shown, level)
    cost = total(part.cost for part in parts)
    st.header(escape_markdown(f"{' / '.join(picked) or 'All teams'}: {money(cost, view.currency)}"), anchor=False)
    shared = total(part.shared for part in parts)
    if shared:
        st.caption(
            escape_markdown(f"{money(shared, view.currency)} of it came from shared pools; the page Trace says how.")
        )
    shown_parts = largest_parts(parts, _BARS, unowned_names(level))
    st.plotly_chart(
        charts.bars(
            shown_parts,
            view.currency,
            view.colours if level == view.group else _one_colour(parts, level),
        ),
        config=charts.CONFIG,
        key=f"level-{level}",
        on_select=lambda: _follow(level, shown_parts),
        selection_mode="points",
        alt=f"Bars of costs by {heading(level).lower()}, the largest first. The numbers are in the table that follows.",
    )
    parts_table(parts, heading(level), view.currency)
    proof(view)


def _one_colour(parts: list[Part], level: str) -> dict[str, str]:
    return {part.name: UNOWNED if part.name in unowned_names(level) else COLOURS[0] for part in parts}


def _back(picked: list[str]) -> None:
    """Draw a button for each level above."""
    if not picked:
        return
    with st.container(horizontal=True):
        for depth, name in enumerate(["All teams", *picked[:-1]]):
            st.button(
                f":material/arrow_back: {escape_markdown(name)}",
                key=f"back-{depth}",
                on_click=_go_to,
                args=(picked[:depth],),
            )


def _go_to(picked: list[str]) -> None:
    for place, level in enumerate(_LEVELS):
        st.session_state[_key(level)] = picked[place] if place < len(picked) else _ALL


def _follow(level: str, parts: list[Part]) -> None:
    """Navigate to a clicked bar."""
    points = st.session_state[f"level-{level}"].selection.points
    if points and (place := points[0]["point_index"]) < len(parts) and parts[place].name != OTHERS:
        st.session_state[_key(level)] = parts[place].name


def _key(level: str) -> str:
    return f"drill-{level}"

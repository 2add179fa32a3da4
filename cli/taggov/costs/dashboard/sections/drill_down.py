"""From a team to its projects to their services."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from cost_allocation.query import SERVICE
from cost_allocation.report import PROJECT, TEAM, Report
from taggov.costs.outputs.words import heading, label

from .. import charts
from ..palette import COLOURS
from ..ranking import Part, largest, ranked, total
from ..tables import parts_table
from ..view import View
from ..wording import markdown, money
from .proof import proof

_LEVELS = (TEAM, PROJECT, SERVICE)
_ALL = "All"
_BARS = 24


def draw(view: View) -> None:
    """Draw the page."""
    report = view.report(view.allocation, *_LEVELS)
    picked: list[str] = []
    columns = st.columns(len(_LEVELS))
    for level, column in zip(_LEVELS, columns, strict=True):
        parts = ranked(report, level, view.currency)
        with column:
            name = st.selectbox(heading(level), [_ALL, *(part.name for part in parts)], key=_key(level))
        if name is None or name == _ALL:
            _rest_is_all(_LEVELS.index(level), columns)
            break
        picked.append(name)
        report = _only(report, level, name)
    _level(view, report, picked)


def _rest_is_all(level: int, columns: list[DeltaGenerator]) -> None:
    for below, column in zip(_LEVELS[level + 1 :], columns[level + 1 :], strict=True):
        st.session_state[_key(below)] = _ALL
        column.selectbox(heading(below), [_ALL], key=_key(below), disabled=True)


def _level(view: View, report: Report, picked: list[str]) -> None:
    _back(picked)
    level = _LEVELS[min(len(picked), len(_LEVELS) - 1)]
    parts = ranked(report, level, view.currency)
    cost = total(part.cost for part in parts)
    st.header(markdown(f"{' / '.join(picked) or 'All teams'}: {money(cost, view.currency)}"), anchor=False)
    shared = total(part.shared for part in parts)
    if shared:
        st.caption(markdown(f"{money(shared, view.currency)} of it came from shared pools; the page Trace says how."))
    st.plotly_chart(
        charts.bars(
            largest(parts, _BARS),
            view.currency,
            view.colours if level == view.group else dict.fromkeys((part.name for part in parts), COLOURS[0]),
        ),
        config=charts.CONFIG,
        key=f"level-{level}",
        on_select=lambda: _follow(level, parts),
        selection_mode="points",
        alt=f"Bars of costs by {heading(level).lower()}, the largest first. The numbers are in the table that follows.",
    )
    parts_table(parts, heading(level), view.currency)
    proof(view)


def _back(picked: list[str]) -> None:
    """The way up: a button for each level above."""
    if not picked:
        return
    with st.container(horizontal=True):
        for depth, name in enumerate(["All teams", *picked[:-1]]):
            st.button(
                f":material/arrow_back: {markdown(name)}", key=f"back-{depth}", on_click=_go_to, args=(picked[:depth],)
            )


def _go_to(picked: list[str]) -> None:
    for place, level in enumerate(_LEVELS):
        st.session_state[_key(level)] = picked[place] if place < len(picked) else _ALL


def _follow(level: str, parts: list[Part]) -> None:
    """Go where somebody clicked."""
    points = st.session_state[f"level-{level}"].selection.points
    if points and (place := points[0]["point_index"]) < min(len(parts), _BARS - 1):
        st.session_state[_key(level)] = parts[place].name


def _only(report: Report, level: str, name: str) -> Report:
    at = report.columns.index(level)
    return replace(report, rows=[row for row in report.rows if label(level, row.values[at]) == name])


def _key(level: str) -> str:
    return f"drill-{level}"

"""What one order, one customer, one request costs."""

from __future__ import annotations

import streamlit as st

from cost_allocation.kpis import UnitCost, unit_costs

from .. import charts
from ..palette import COLOURS
from ..states import empty
from ..tables import table
from ..view import View
from ..wording import markdown, money

_ORGANIZATION = "the whole organization"


def draw(view: View) -> None:
    """Draw the page."""
    metrics = view.opened.study.metrics
    found = [one for one in unit_costs(view.lately, metrics) if one.currency == view.currency]
    if not found:
        empty(
            "No unit costs yet" if not metrics else "No unit costs in these months",
            "Upload business metrics in the sidebar: a CSV with month, metric, team and value.",
            "An empty team stands for the whole organization.",
        )
        return
    what, whose = st.columns(2)
    metric = what.selectbox("Business metric", sorted({one.metric for one in found}), key="unit-metric")
    found = [one for one in found if one.metric == metric]
    teams = sorted({one.team for one in found}, key=lambda team: team or "")
    team = whose.selectbox("Of", teams, format_func=lambda one: one or _ORGANIZATION, key="unit-team")
    _draw(view, [one for one in found if one.team == team])


def _draw(view: View, found: list[UnitCost]) -> None:
    """The costs of one metric and team, in the order of months."""
    newest = found[-1]
    whose = newest.team or _ORGANIZATION
    st.header(markdown(f"{_each(newest)} for each of {newest.metric} in {newest.month:%B %Y}"), anchor=False)
    points = {f"{one.month:%Y-%m}": one.per_unit for one in found if one.per_unit is not None}
    st.plotly_chart(
        charts.line(points, view.currency, COLOURS[0]),
        config=charts.CONFIG,
        key="unit-chart",
        alt=f"Line of the costs of one unit of {newest.metric} by month. The numbers are in the table that follows.",
    )
    rows = [
        {
            "Month": f"{one.month:%Y-%m}",
            "Cost": money(one.cost, one.currency),
            "Units": f"{one.units:,}",
            "Each": _each(one),
        }
        for one in reversed(found)
    ]
    table(rows, f"Unit costs of {newest.metric}, {whose}", ("Cost", "Units", "Each"))


def _each(one: UnitCost) -> str:
    return f"{one.per_unit:,.4f} {one.currency}" if one.per_unit is not None else "no unit"

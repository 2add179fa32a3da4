"""Unit costs page: cost per order, customer or request."""

from __future__ import annotations

from decimal import Decimal

import streamlit as st

from cost_allocation.analysis.kpis import UnitCost, unit_costs
from cost_allocation.analysis.report import TEAM
from taggov.costs.dashboard import charts
from taggov.costs.dashboard.comparison import whole_months
from taggov.costs.dashboard.labels import escape_markdown, money
from taggov.costs.dashboard.palette import COLOURS
from taggov.costs.dashboard.ranking import total
from taggov.costs.dashboard.states import show_empty
from taggov.costs.dashboard.tables import table
from taggov.costs.dashboard.view import View

_ORGANIZATION = "the whole organization"


def draw(view: View) -> None:
    """Draw the page."""
    metrics = view.dataset.run.metrics
    found = [one for one in unit_costs(view.recent_allocation, metrics) if one.currency == view.currency]
    if not found:
        show_empty(
            "No unit costs yet" if not metrics else "No unit costs in these months",
            "Upload business metrics in the sidebar: a CSV with month, metric, team and value.",
            "An empty team means the whole organization.",
        )
        return
    what, whose = st.columns(2)
    metric = what.selectbox("Business metric", sorted({one.metric for one in found}), key="unit-metric")
    found = [one for one in found if one.metric == metric]
    teams = sorted({one.team for one in found}, key=lambda team: team or "")
    team = whose.selectbox("Of", teams, format_func=lambda one: one or _ORGANIZATION, key="unit-team")
    _draw(view, [one for one in found if one.team == team])


def _draw(view: View, found: list[UnitCost]) -> None:
    """Draw the unit costs of one metric and team."""
    whole = whole_months(view, view.recent_allocation, {f"{one.month:%Y-%m}" for one in found})
    newest = next((one for one in reversed(found) if f"{one.month:%Y-%m}" in whole), found[-1])
    whose = newest.team or _ORGANIZATION
    st.header(escape_markdown(f"{_each(newest)} for each of {newest.metric} in {newest.month:%Y-%m}"), anchor=False)
    points = {f"{one.month:%Y-%m}": one.per_unit for one in found if one.per_unit is not None}
    st.plotly_chart(
        charts.line(points, view.currency, COLOURS[0]),
        config=charts.CONFIG,
        key="unit-chart",
        alt=f"Line of the costs of one unit of {newest.metric} by month. The numbers are in the table that follows.",
    )
    rows = [
        {
            "Month": f"{one.month:%Y-%m}" + ("" if f"{one.month:%Y-%m}" in whole else " (in part)"),
            "Cost": money(_cost(view, one), one.currency),
            "Units": f"{one.units:,}",
            "Each": _each(one),
        }
        for one in reversed(found)
    ]
    table(rows, f"Unit costs of {newest.metric}, {whose}", ("Cost", "Units", "Each"))


def _cost(view: View, unit_cost: UnitCost) -> Decimal:
    """Return the rounded cost of the month and team, as in reports."""
    rows = (row for row in view.monthly(TEAM).rows if row.values[0] == f"{unit_cost.month:%Y-%m}")
    return total(row.amounts.cost for row in rows if unit_cost.team in (None, row.values[1]))


def _each(unit_cost: UnitCost) -> str:
    return f"{unit_cost.per_unit:,.4f} {unit_cost.currency}" if unit_cost.per_unit is not None else "no unit"

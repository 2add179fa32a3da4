"""Row of pickers above each page."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import date, timedelta
from enum import StrEnum

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from cost_allocation import query
from cost_allocation.analysis.report import TEAM
from cost_allocation.query import Granularity
from taggov.costs.dashboard.dataset import Dataset, NoCosts
from taggov.costs.dashboard.view import View
from taggov.costs.periods import Period
from taggov.costs.render.labels import heading

_EVERYTHING = "Everything"
_DAYS = "Other days"


class Picker(StrEnum):
    """Pickers that only some pages have."""

    GROUP = "group"
    CURRENCY = "currency"


def draw_pickers(dataset: Dataset, source: str, pickers: Collection[Picker]) -> View:
    """Draw the pickers.

    Args:
        dataset: the costs.
        source: display name of the source.
        pickers: pickers of the page besides period and metric.

    Raises:
        NoCosts: there are no costs in the period.
    """
    _keep_choices(*Picker)
    places = dict(zip(("period", "metric", *pickers), st.columns([3] * (2 + len(pickers))), strict=True))
    days = st.container()
    with places["period"]:
        months = {str(month): month for month in dataset.months}
        usual = list(months).index(str(dataset.last_full_month))
        days_too = [_DAYS] if dataset.granularity is Granularity.DAY else []
        name = st.selectbox("Period", [*months, _EVERYTHING, *days_too], usual, key="period")
    with days:
        period = months.get(name) or (_days(dataset) if name == _DAYS else dataset.period)
    with places["metric"]:
        metric = st.selectbox("Metric", dataset.run.source.metrics, key="metric")
    group = TEAM
    if Picker.GROUP in pickers:
        with places[Picker.GROUP]:
            group = st.selectbox("Group by", dataset.groups, format_func=_title, key=Picker.GROUP)
    view = View(dataset, source, period, metric, group, "")
    currencies = sorted(view.allocation.totals, key=lambda one: (-view.allocation.totals[one].rows, one))
    if not currencies:
        raise NoCosts(f"{source} has no costs: {period}")
    currency = currencies[0]
    if Picker.CURRENCY in pickers:
        advice = "Amounts in different currencies are never added up."
        with places[Picker.CURRENCY]:
            currency = st.selectbox("Currency", currencies, key=Picker.CURRENCY, help=advice)
    return replace(view, currency=currency)


def _keep_choices(*keys: str) -> None:
    """Keep the choices of pickers that this page does not show; Streamlit would drop them."""
    for key in keys:
        if key in st.session_state:
            st.session_state[key] = st.session_state[key]


def _days(dataset: Dataset) -> Period:
    """Draw pickers for days, with the last full month as default."""
    usual = dataset.last_full_month
    begin, end = st.columns(2)
    first = _day(begin, "First day", usual.start or dataset.first, dataset)
    last = _day(end, "Last day", usual.end - timedelta(days=1) if usual.end else dataset.last, dataset)
    if last < first:
        raise NoCosts(f"The last day, {last}, is before the first day, {first}")
    return Period(first, last + timedelta(days=1))


def _day(place: DeltaGenerator, label: str, usual: date, dataset: Dataset) -> date:
    inside = max(dataset.first, min(usual, dataset.last))
    return place.date_input(label, inside, dataset.first, dataset.last, key=label, format="YYYY-MM-DD")


def _title(group: str) -> str:
    title = column_title(group)
    return title[:1].upper() + title[1:]


def column_title(group: str) -> str:
    """Return the name of a group for use in a sentence: `service`, `tag costCenter`."""
    key = query.tag_key(group)
    return f"tag {key}" if key else heading(group).lower()

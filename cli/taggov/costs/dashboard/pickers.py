"""The row of pickers above every page."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from cost_allocation import query
from cost_allocation.query import Granularity
from taggov.costs.outputs.words import heading
from taggov.costs.periods import Period

from .opened import NoCosts, Opened
from .view import View

_EVERYTHING = "Everything"
_DAYS = "Other days"


def picked(opened: Opened, source: str) -> View:
    """Draw the pickers.

    Args:
        opened: what to pick from.
        source: where it comes from, for people.

    Raises:
        NoCosts: there are none in the period.
    """
    when, by, what, money = st.columns([3, 3, 3, 2])
    days = st.container()
    with when:
        months = {str(month): month for month in opened.months}
        usual = list(months).index(str(opened.last_full_month))
        days_too = [_DAYS] if opened.granularity is Granularity.DAY else []
        name = st.selectbox("Period", [*months, _EVERYTHING, *days_too], usual, key="period")
    with days:
        period = months.get(name) or (_days(opened) if name == _DAYS else _everything(opened))
    with by:
        group = st.selectbox("Group by", opened.groups, format_func=_title, key="group")
    with what:
        metric = st.selectbox("Metric", opened.study.source.metrics, key="metric")
    view = View(opened, source, period, metric, group, "")
    currencies = sorted(view.allocation.totals, key=lambda one: (-view.allocation.totals[one].rows, one))
    if not currencies:
        raise NoCosts(f"{source} has no costs: {period}")
    with money:
        currency = st.selectbox(
            "Currency", currencies, key="currency", help="Amounts in different currencies are never added up."
        )
    return replace(view, currency=currency)


def _everything(opened: Opened) -> Period:
    return Period(opened.months[-1].start, opened.months[0].end)


def _days(opened: Opened) -> Period:
    """Any days, at first those of the last full month."""
    usual = opened.last_full_month
    begin, end = st.columns(2)
    first = _day(begin, "First day", usual.start or opened.first, opened)
    last = _day(end, "Last day", usual.end - timedelta(days=1) if usual.end else opened.last, opened)
    if last < first:
        raise NoCosts(f"The last day, {last}, is before the first day, {first}")
    return Period(first, last + timedelta(days=1))


def _day(place: DeltaGenerator, label: str, usual: date, opened: Opened) -> date:
    inside = max(opened.first, min(usual, opened.last))
    return place.date_input(label, inside, opened.first, opened.last, key=label, format="YYYY-MM-DD")


def _title(group: str) -> str:
    key = query.tag_key(group)
    return f"Tag {key}" if key else heading(group)

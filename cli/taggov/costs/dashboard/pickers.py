"""The row of pickers above every page."""

from __future__ import annotations

from datetime import date, timedelta

import streamlit as st

from cost_allocation import query
from taggov.costs.outputs.words import heading
from taggov.costs.periods import Period

from .opened import NoCosts, Opened
from .view import View

_EVERYTHING = "Everything"
_DAYS = "Other days"


def picked(opened: Opened) -> View:
    """Draw the pickers.

    Raises:
        NoCosts: there are none in the period.
    """
    when, by, what, money = st.columns([3, 3, 3, 2])
    with when:
        period = _period(opened)
    with by:
        group = st.selectbox("Group by", opened.groups, format_func=_title, key="group")
    with what:
        metric = st.selectbox("Metric", opened.study.source.metrics, key="metric")
    view = View(opened, period, metric, group, "")
    currencies = sorted(view.allocation.totals, key=lambda one: (-view.allocation.totals[one].rows, one))
    if not currencies:
        raise NoCosts(f"{opened.study.source.name} has no costs in {period}")
    with money:
        currency = st.selectbox(
            "Currency", currencies, key="currency", help="Amounts in different currencies are never added up."
        )
    return View(opened, period, metric, group, currency)


def _period(opened: Opened) -> Period:
    months = {str(month): month for month in opened.months}
    usual = list(months).index(str(opened.last_full_month))
    name = st.selectbox("Period", [*months, _EVERYTHING, _DAYS], usual, key="period")
    if name == _EVERYTHING:
        return Period(opened.months[-1].start, opened.months[0].end)
    if name != _DAYS:
        return months[name]
    usual_days = opened.last_full_month
    first = _day(opened, "First day", usual_days.start or opened.first)
    last = _day(opened, "Last day", usual_days.end - timedelta(days=1) if usual_days.end else opened.last)
    if last < first:
        raise NoCosts(f"The last day, {last}, is before the first day, {first}")
    return Period(first, last + timedelta(days=1))


def _day(opened: Opened, label: str, usual: date) -> date:
    usual = max(opened.first, min(usual, opened.last))
    return st.date_input(label, usual, opened.first, opened.last, key=label, format="YYYY-MM-DD")


def _title(group: str) -> str:
    key = query.tag_key(group)
    return f"Tag {key}" if key else heading(group)

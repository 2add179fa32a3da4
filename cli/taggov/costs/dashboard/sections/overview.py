"""Who has which share, how it went, and what changed."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import streamlit as st

from cost_allocation.coverage import GROSS, coverage
from cost_allocation.kpis import Change, changes
from cost_allocation.query import SERVICE
from cost_allocation.report import DAY, MONTH
from taggov.costs.outputs.words import heading
from taggov.costs.sources.months import months_before

from .. import charts
from ..ranking import largest, series, total
from ..tables import parts_table, table
from ..view import View
from ..wording import change, column_of, markdown, money, percent, share_of
from .proof import proof

_SLICES = 9
_BARS = 16
_BY_MONTH, _BY_DAY = "By month", "By day"


def draw(view: View) -> None:
    """Draw the page."""
    _tiles(view)
    proof(view)
    _shares(view)
    _trend(view)
    _changes(view)


def _tiles(view: View) -> None:
    its = view.total
    cost, allocated, unknown = st.columns(3)
    before = _month_before(view)
    cost.metric(
        "Total",
        money(its.output, view.currency),
        delta=f"{change(before.delta, view.currency)} ({percent(before.ratio)})" if before else None,
        delta_color="inverse",
        delta_description=f"from {months_before(view.end, 2):%B}" if before else None,
        border=True,
        height="stretch",
    )
    gross = next((one for one in coverage(view.allocation) if (one.currency, one.of) == (view.currency, GROSS)), None)
    allocated.metric(
        "Allocated, before credits",
        percent(gross.ratio if gross else None),
        border=True,
        height="stretch",
        help="The part of the costs, before credits and adjustments, that a rule gives to a team.",
    )
    unknown.metric("Of no team", money(its.unknown, view.currency), border=True, height="stretch")


def _month_before(view: View) -> Change | None:
    """The change of the whole against the month before, where both are whole months."""
    months = {part.name: part.cost for part in view.parts(view.lately, MONTH)}
    earlier, this = (f"{months_before(view.end, back):%Y-%m}" for back in (2, 1))
    if not view.is_month or earlier not in months:
        return None
    return Change(view.first, view.currency, "", months[earlier], months.get(this, Decimal(0)), ())


def _shares(view: View) -> None:
    parts = view.parts(view.allocation, view.group)
    title, first = heading(view.group), parts[0]
    share = percent(share_of(first.cost, view.total.output))
    st.header(markdown(f"{first.name} has the largest share: {share}"), anchor=False)
    left, right = st.columns([2, 3], gap="large")
    with left:
        st.plotly_chart(
            charts.pie(largest(parts, _SLICES), view.currency, view.colours),
            config=charts.CONFIG,
            key="pie",
            alt=f"Pie of costs by {title.lower()}. The numbers are in the table that follows.",
        )
        if any(part.cost < 0 for part in parts):
            st.caption("Credits that are larger than the costs are no part of a pie; the bars have them.")
    with right:
        st.plotly_chart(
            charts.bars(largest(parts, _BARS), view.currency, view.colours),
            config=charts.CONFIG,
            key="bars",
            alt=f"Bars of costs by {title.lower()}, the largest first. The numbers are in the table that follows.",
        )
    parts_table(parts, title, view.currency)


def _trend(view: View) -> None:
    title = st.container()
    by = st.segmented_control(
        "Trend", [_BY_MONTH, _BY_DAY] if view.has_days else [_BY_MONTH], default=_BY_MONTH, required=True, key="trend"
    )
    period, allocation = (DAY, view.by_day) if by == _BY_DAY else (MONTH, view.lately)
    report = view.report(allocation, period, view.group)
    names = [part.name for part in largest(view.parts(allocation, view.group), _SLICES)]
    found = series(report, period, view.group, view.currency, names)
    periods = sorted({when for amounts in found.values() for when in amounts})
    sums = [total(amounts.get(when, Decimal(0)) for amounts in found.values()) for when in periods]
    with title:
        st.header(_direction(periods, sums), anchor=False)
    st.plotly_chart(
        charts.trend(found, periods, view.currency, view.colours),
        config=charts.CONFIG,
        key="trend_chart",
        alt=f"Costs {by.lower()}, stacked by {heading(view.group).lower()}. The numbers are in the table that follows.",
    )
    if report.estimated:
        st.caption(f"Estimated, may still change: {', '.join(report.estimated)}")
    with st.expander("The numbers"):
        shown = column_of(sums, view.currency)
        rows = [
            {heading(period): when, f"Cost, {view.currency}": cost} for when, cost in zip(periods, shown, strict=True)
        ]
        table(rows, f"Costs {by.lower()}", (f"Cost, {view.currency}",))


def _direction(periods: Sequence[str], sums: Sequence[Decimal]) -> str:
    """The trend in a sentence."""
    ratio = share_of(sums[-1] - sums[0], sums[0]) if len(sums) > 1 else None
    if ratio is None:
        return f"Costs of {periods[0]}"
    went = "rose" if ratio > 0 else "fell"
    return f"Costs {went} by {percent(abs(ratio))} from {periods[0]} to {periods[-1]}"


def _changes(view: View) -> None:
    last = months_before(view.end, 0 if view.end.day > 1 else 1)
    found = [
        one
        for one in changes(view.lately, SERVICE)
        if one.month == last and one.currency == view.currency and one.delta
    ]
    if not found:
        return
    most = found[0]
    st.header(markdown(f"{most.team} changed most: {change(most.delta, most.currency)}"), anchor=False)
    rows = [
        {
            "Team": one.team,
            "Before": money(one.before, one.currency),
            f"{last:%B %Y}": money(one.after, one.currency),
            "Change": change(one.delta, one.currency),
            "In per cent": percent(one.ratio),
            "What drove it": ", ".join(f"{driver.name} {change(driver.delta, one.currency)}" for driver in one.drivers),
        }
        for one in found
    ]
    table(rows, f"Changes by team in {last:%B %Y}", tuple(rows[0])[1:-1])

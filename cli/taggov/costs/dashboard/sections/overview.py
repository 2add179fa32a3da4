"""The share of everybody, the trend, and what changed."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import streamlit as st

from cost_allocation.analysis.coverage import GROSS, coverage
from cost_allocation.analysis.kpis import changes
from cost_allocation.analysis.report import DAY, MONTH, TEAM
from cost_allocation.query import SERVICE
from taggov.costs.dashboard import charts
from taggov.costs.dashboard.comparison import month_before, newest_pair, whole_months
from taggov.costs.dashboard.labels import change, markdown, money, percent, share_of
from taggov.costs.dashboard.ranking import largest, nobody, ranked, series, total
from taggov.costs.dashboard.sections.proof import proof
from taggov.costs.dashboard.tables import parts_table, table
from taggov.costs.dashboard.view import View
from taggov.costs.render.figures import rounded
from taggov.costs.render.labels import heading
from taggov.costs.render.scale import shown as amount

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
    change_of = month_before(view)
    cost.metric(
        "Total",
        money(its.output, view.currency),
        delta=f"{change(change_of.delta, view.currency)} ({percent(change_of.ratio)})" if change_of else None,
        delta_color="inverse",
        delta_description=change_of.against if change_of else None,
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


def _shares(view: View) -> None:
    parts = view.parts(view.allocation, view.group)
    title, first = heading(view.group), parts[0]
    share = percent(share_of(first.cost, view.total.output))
    st.header(markdown(f"{first.name} has the largest share: {share}"), anchor=False)
    left, right = st.columns([2, 3], gap="large")
    with left:
        st.plotly_chart(
            charts.pie(largest(parts, _SLICES, nobody(view.group)), view.currency, view.colours),
            config=charts.CONFIG,
            key="pie",
            alt=f"Pie of costs by {title.lower()}. The numbers are in the table that follows.",
        )
        if any(part.cost < 0 for part in parts):
            st.caption("Credits that are larger than the costs are no part of a pie; the bars have them.")
    with right:
        st.plotly_chart(
            charts.bars(largest(parts, _BARS, nobody(view.group)), view.currency, view.colours),
            config=charts.CONFIG,
            key="bars",
            alt=f"Bars of costs by {title.lower()}, the largest first. The numbers are in the table that follows.",
        )
    parts_table(parts, title, view.currency)


def _trend(view: View) -> None:
    title = st.container()
    choices = [_BY_MONTH, _BY_DAY] if view.is_short else [_BY_MONTH]
    # Another key for other choices: what was chosen among some may not be there among others.
    key = f"trend-{len(choices)}"
    by = st.segmented_control("Trend", choices, default=_BY_MONTH, required=True, key=key)
    period, allocation = (DAY, view.by_day) if by == _BY_DAY else (MONTH, view.lately)
    shown = view.shown(allocation, DAY, view.group) if period == DAY else view.monthly(view.group)
    names = [part.name for part in largest(ranked(shown, view.group), _SLICES, nobody(view.group))]
    found = series(shown, period, view.group, names)
    periods = sorted({when for amounts in found.values() for when in amounts})
    sums = [total(amounts.get(when, Decimal(0)) for amounts in found.values()) for when in periods]
    whole = periods if period == DAY else whole_months(view, allocation, periods)
    with title:
        st.header(_days(periods) if period == DAY else _direction(whole, periods, sums), anchor=False)
    st.plotly_chart(
        charts.trend(found, periods, view.currency, view.colours),
        config=charts.CONFIG,
        key="trend_chart",
        alt=f"Costs {by.lower()}, stacked by {heading(view.group).lower()}. The numbers are in the table that follows.",
    )
    if part := [when for when in periods if when not in whole]:
        st.caption(f"Not over, or without costs of some days, so not compared: {', '.join(part)}")
    if estimated := {f"{day}" if period == DAY else f"{day:%Y-%m}" for day in allocation.table.estimated}:
        st.caption(f"Estimated, may still change: {', '.join(sorted(estimated))}")
    with st.expander("The numbers"):
        rows = [
            {heading(period): when, f"Cost, {view.currency}": amount(cost)}
            for when, cost in zip(periods, sums, strict=True)
        ]
        table(rows, f"Costs {by.lower()}", (f"Cost, {view.currency}",))


def _days(days: Sequence[str]) -> str:
    return f"Costs by day, {days[0]} to {days[-1]}"


def _direction(whole: Sequence[str], months: Sequence[str], sums: Sequence[Decimal]) -> str:
    """Put the trend into a sentence about the first and the last month that are whole."""
    costs = dict(zip(months, sums, strict=True))
    ratio = share_of(costs[whole[-1]] - costs[whole[0]], costs[whole[0]]) if len(whole) > 1 else None
    if ratio is None:
        return "Costs by month"
    went = "rose" if ratio > 0 else "fell"
    return f"Costs {went} by {percent(abs(ratio))} from {whole[0]} to {whole[-1]}"


def _changes(view: View) -> None:
    pair = newest_pair(view)
    found = [
        one
        for one in changes(view.lately, SERVICE)
        if pair and one.month == pair[1] and one.currency == view.currency and one.delta
    ]
    if not pair or not found:
        return
    costs = {row.values: row.amounts.cost for row in view.monthly(TEAM).rows}
    none, months = Decimal(0), [f"{month:%Y-%m}" for month in pair]
    pairs = [[costs.get((month, one.team), none) for month in months] for one in found]
    before, after = pairs[0]
    st.header(markdown(f"{found[0].team} changed most: {change(after - before, view.currency)}"), anchor=False)
    rows = [
        {
            "Team": one.team,
            months[0]: money(before, one.currency),
            months[1]: money(after, one.currency),
            "Change": change(after - before, one.currency),
            "In per cent": percent(one.ratio),
            "What drove it": ", ".join(
                f"{driver.name} {change(rounded(driver.delta, view.total.decimals), one.currency)}"
                for driver in one.drivers
            ),
        }
        for one, (before, after) in zip(found, pairs, strict=True)
    ]
    table(rows, f"Changes by team in {months[1]}", tuple(rows[0])[1:-1])

"""Overview page: shares, trend and changes."""

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
from taggov.costs.dashboard.labels import change, escape_markdown, money, percent, share_of
from taggov.costs.dashboard.ranking import largest_parts, rank_parts, series, total, unowned_names
from taggov.costs.dashboard.sections.proof import proof
from taggov.costs.dashboard.tables import parts_table, table
from taggov.costs.dashboard.view import View
from taggov.costs.render.figures import round_amount
from taggov.costs.render.labels import heading
from taggov.costs.render.scale import format_amount as amount

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
        help="Share of the costs, before credits and adjustments, that rules assign to a team.",
    )
    unknown.metric("Without a team", money(its.unknown, view.currency), border=True, height="stretch")


def _shares(view: View) -> None:
    parts = view.parts(view.allocation, view.group)
    title, first = heading(view.group), parts[0]
    share = percent(share_of(first.cost, view.total.output))
    st.header(escape_markdown(f"{first.name} has the largest share: {share}"), anchor=False)
    left, right = st.columns([2, 3], gap="large")
    with left:
        st.plotly_chart(
            charts.pie(largest_parts(parts, _SLICES, unowned_names(view.group)), view.currency, view.colours),
            config=charts.CONFIG,
            key="pie",
            alt=f"Pie of costs by {title.lower()}. The numbers are in the table that follows.",
        )
        if any(part.cost < 0 for part in parts):
            st.caption("Negative totals are not in the pie, but in the bars.")
    with right:
        st.plotly_chart(
            charts.bars(largest_parts(parts, _BARS, unowned_names(view.group)), view.currency, view.colours),
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
    period, allocation = (DAY, view.daily_allocation) if by == _BY_DAY else (MONTH, view.recent_allocation)
    shown = view.rounded_rows(allocation, DAY, view.group) if period == DAY else view.monthly(view.group)
    names = [part.name for part in largest_parts(rank_parts(shown, view.group), _SLICES, unowned_names(view.group))]
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
        st.caption(f"Incomplete, so not compared: {', '.join(part)}")
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
    """Describe the trend between the first and the last whole month."""
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
        for one in changes(view.recent_allocation, SERVICE)
        if pair and one.month == pair[1] and one.currency == view.currency and one.delta
    ]
    if not pair or not found:
        return
    costs = {row.values: row.amounts.cost for row in view.monthly(TEAM).rows}
    none, months = Decimal(0), [f"{month:%Y-%m}" for month in pair]
    pairs = [[costs.get((month, one.team), none) for month in months] for one in found]
    before, after = pairs[0]
    st.header(escape_markdown(f"{found[0].team} changed most: {change(after - before, view.currency)}"), anchor=False)
    rows = [
        {
            "Team": one.team,
            months[0]: money(before, one.currency),
            months[1]: money(after, one.currency),
            "Change": change(after - before, one.currency),
            "Percent": percent(one.ratio),
            "Drivers": ", ".join(
                f"{driver.name} {change(round_amount(driver.delta, view.total.decimals), one.currency)}"
                for driver in one.drivers
            ),
        }
        for one, (before, after) in zip(found, pairs, strict=True)
    ]
    table(rows, f"Changes by team in {months[1]}", tuple(rows[0])[1:-1])

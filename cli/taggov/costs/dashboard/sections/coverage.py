"""The costs that have a team, those that have none, and the rules that would help."""

from __future__ import annotations

import streamlit as st

from cost_allocation.analysis.coverage import GROSS, NET, coverage
from cost_allocation.analysis.untagged import suggestions, untagged
from taggov.costs.dashboard.labels import markdown, money, percent
from taggov.costs.dashboard.ranking import total
from taggov.costs.dashboard.tables import table
from taggov.costs.dashboard.view import View
from taggov.costs.render.figures import rounded, rounded_coverage, rounded_parts

_MOST_RULES = 15


def draw(view: View) -> None:
    """Draw the page."""
    _ratios(view)
    _untagged(view)
    _suggestions(view)


def _ratios(view: View) -> None:
    every = coverage(view.allocation)
    amounts = zip(every, rounded_coverage(every, view.allocation.totals), strict=True)
    mine = {one.of: (one, *pair) for one, pair in amounts if one.currency == view.currency}
    found = {of: one for of, (one, *_) in mine.items()}
    gross = found.get(GROSS)
    said = percent(gross.ratio if gross else None)
    st.header(markdown(f"{said} of the costs before credits have a team"), anchor=False)
    columns = st.columns(3)
    labels = {GROSS: "Gross: before credits and adjustments", NET: "Net: with credits and adjustments"}
    for column, (name, title) in zip(columns, labels.items(), strict=False):
        one = found.get(name)
        column.metric(title, percent(one.ratio if one else None), border=True, height="stretch")
    columns[2].metric("Of no team", money(view.total.unknown, view.currency), border=True, height="stretch")
    rows = [
        {
            "Of": labels.get(one.of, one.of),
            "Allocated": money(allocated, one.currency),
            "Total": money(whole, one.currency),
            "Coverage": percent(one.ratio),
        }
        for one, allocated, whole in mine.values()
    ]
    table(rows, "Coverage gross, net and by charge category", ("Allocated", "Total", "Coverage"))
    st.caption(
        "A credit without tags makes the net ratio misleading, up to more than 100 %; the gross ratio can not be. "
        "Where a total is zero or less there is no ratio."
    )


def _untagged(view: View) -> None:
    found = [one for one in untagged(view.allocation, view.opened.study.rules) if one.currency == view.currency]
    if not found:
        st.header("Every cost has a rule", anchor=False)
        return
    whole = rounded(total(one.cost for one in found), view.total.decimals)
    costs = rounded_parts([one.cost for one in found], whole, view.total.decimals)
    st.header(markdown(f"{money(whole, view.currency)} have no team"), anchor=False)
    rows = [
        {
            "Account": one.account or "no account",
            "Service": one.service or "no service",
            "Unknown tag value": one.value or "no tag",
            "Cost": money(cost, one.currency),
        }
        for one, cost in zip(found, costs, strict=True)
    ]
    table(rows, "Costs of no team, the largest first", ("Cost",))


def _suggestions(view: View) -> None:
    found = [one for one in suggestions(view.allocation, view.opened.study.rules) if one.currency == view.currency]
    if not found:
        return
    chosen = found[:_MOST_RULES]
    costs = [rounded(one.cost, view.total.decimals) for one in chosen]
    saved = money(total(costs), view.currency)
    st.header(markdown(f"{len(chosen)} rules would find a team for {saved}"), anchor=False)
    st.caption("Suggestions, the most valuable first. A person decides: copy what is right into the rules.")
    for one, its in zip(chosen, costs, strict=True):
        cost, reason, rule = st.columns([2, 4, 6], vertical_alignment="center")
        cost.markdown(f"**{markdown(money(its, one.currency))}**")
        reason.markdown(markdown(one.reason))
        rule.code(one.rule, language="yaml", wrap_lines=True)

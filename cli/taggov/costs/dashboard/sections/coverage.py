"""Coverage page: allocated and unallocated costs, and suggested rules."""

from __future__ import annotations

import streamlit as st

from cost_allocation.analysis.coverage import GROSS, NET, coverage
from cost_allocation.analysis.untagged import suggestions, untagged
from taggov.costs.dashboard.labels import escape_markdown, money, percent
from taggov.costs.dashboard.ranking import total
from taggov.costs.dashboard.tables import table
from taggov.costs.dashboard.view import View
from taggov.costs.render.figures import round_amount, round_coverage, round_parts

_MOST_RULES = 15


def draw(view: View) -> None:
    """Draw the page."""
    _ratios(view)
    _untagged(view)
    _suggestions(view)


def _ratios(view: View) -> None:
    every = coverage(view.allocation)
    amounts = zip(every, round_coverage(every, view.allocation.totals), strict=True)
    mine = {one.of: (one, *pair) for one, pair in amounts if one.currency == view.currency}
    found = {of: one for of, (one, *_) in mine.items()}
    gross = found.get(GROSS)
    share = percent(gross.ratio if gross else None)
    st.header(escape_markdown(f"{share} of the costs before credits have a team"), anchor=False)
    columns = st.columns(3)
    labels = {GROSS: "Gross: before credits and adjustments", NET: "Net: with credits and adjustments"}
    for column, (name, title) in zip(columns, labels.items(), strict=False):
        one = found.get(name)
        column.metric(title, percent(one.ratio if one else None), border=True, height="stretch")
    columns[2].metric("Without a team", money(view.total.unknown, view.currency), border=True, height="stretch")
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
        "Credits without tags distort the net ratio, which may exceed 100 %; they do not affect the gross ratio. "
        "There is no ratio if the total is zero or less."
    )


def _untagged(view: View) -> None:
    found = [one for one in untagged(view.allocation, view.dataset.run.rules) if one.currency == view.currency]
    if not found:
        st.header("Every cost has a rule", anchor=False)
        return
    whole = round_amount(total(one.cost for one in found), view.total.decimals)
    costs = round_parts([one.cost for one in found], whole, view.total.decimals)
    st.header(escape_markdown(f"{money(whole, view.currency)} have no team"), anchor=False)
    rows = [
        {
            "Account": one.account or "no account",
            "Service": one.service or "no service",
            "Unknown tag value": one.value or "no tag",
            "Cost": money(cost, one.currency),
        }
        for one, cost in zip(found, costs, strict=True)
    ]
    table(rows, "Costs without a team, the largest first", ("Cost",))


def _suggestions(view: View) -> None:
    found = [one for one in suggestions(view.allocation, view.dataset.run.rules) if one.currency == view.currency]
    if not found:
        return
    chosen = found[:_MOST_RULES]
    costs = [round_amount(one.cost, view.total.decimals) for one in chosen]
    saved = money(total(costs), view.currency)
    st.header(escape_markdown(f"{len(chosen)} rules would find a team for {saved}"), anchor=False)
    st.caption("Suggestions, the most valuable first. A person decides: copy what is right into the rules.")
    for one, its in zip(chosen, costs, strict=True):
        cost, reason, rule = st.columns([2, 4, 6], vertical_alignment="center")
        cost.markdown(f"**{escape_markdown(money(its, one.currency))}**")
        reason.markdown(escape_markdown(one.reason))
        rule.code(one.rule, language="yaml", wrap_lines=True)

"""Trace page: source rows, rules, pools and weights of an amount."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

import streamlit as st

from cost_allocation.analysis.report import MONTH, TEAM
from cost_allocation.analysis.trace import Tracer
from cost_allocation.model import CostRow
from cost_allocation.query import SERVICE
from taggov.costs.dashboard import charts
from taggov.costs.dashboard.labels import escape_markdown, money, percent
from taggov.costs.dashboard.palette import COLOURS
from taggov.costs.dashboard.ranking import Part, rank_parts, total
from taggov.costs.dashboard.tables import table
from taggov.costs.dashboard.view import View
from taggov.costs.render.figures import Amounts, round_amount, round_parts
from taggov.costs.render.labels import heading, label
from taggov.costs.render.scale import format_amount as amount
from taggov.costs.render.trace_summary import Direct, FromPool, TraceSummary, summarize

_ALL = "All services"
_MOST_RULES = 12


def draw(view: View) -> None:
    """Draw the page."""
    shown = view.rounded_rows(view.allocation, MONTH, TEAM, SERVICE)
    whose, when, which = st.columns(3)
    team = whose.selectbox("Team", [part.name for part in rank_parts(shown, TEAM)], key="trace-team")
    months = sorted({row.values[0] or "" for row in shown.rows}, reverse=True)
    month = when.selectbox("Month", months, key="trace-month")
    services = [part.name for part in rank_parts(shown, SERVICE)]
    service = which.selectbox("Service", [_ALL, *services], key="trace-service")
    at = view.allocation.keep.index(SERVICE)
    origins = Tracer(view.allocation).origins(
        team,
        lambda cell: (
            cell.currency == view.currency
            and f"{cell.period:%Y-%m}" == month
            and service in (_ALL, label(SERVICE, cell.values[at]))
        ),
    )
    found = summarize(origins)
    its = [
        row.amounts
        for row in shown.rows
        if row.values[:2] == (month, team) and service in (_ALL, label(SERVICE, row.values[2]))
    ]
    amounts = Amounts(total(one.direct for one in its), total(one.shared for one in its))
    places = view.total.decimals
    st.header(escape_markdown(f"{team} has {money(amounts.cost, view.currency)} in {month}"), anchor=False)
    shares = round_parts([one.cost for one in found.pools], amounts.shared, places)
    _sum(view, found, amounts, shares)
    if found.direct:
        st.subheader("Direct costs, by rule", anchor=False)
        _rules(view, found.direct, amounts.direct)
    for share, cost in zip(found.pools, shares, strict=True):
        st.subheader(escape_markdown(f"{money(cost, view.currency)} from the pool {share.pool}"), anchor=False)
        st.caption(escape_markdown(_weight_text(view, share)))
        _pool(view, share)


def _sum(view: View, found: TraceSummary, amounts: Amounts, shares: Sequence[Decimal]) -> None:
    """Draw the parts of the amount, and the proof that they add up."""
    names = [one.pool for one in found.pools]
    pools = [Part(name, Decimal(0), cost) for name, cost in zip(names, shares, strict=True)]
    st.plotly_chart(
        charts.bars([Part("directly", amounts.direct, Decimal(0)), *pools], view.currency, {"directly": COLOURS[0]}),
        config=charts.CONFIG,
        key="trace-chart",
        alt="Bars of direct costs and of each pool. The numbers are in the headings that follow.",
    )
    direct, handed_on, cost = map(amount, (amounts.direct, amounts.shared, amounts.cost))
    sound = found.adds_up
    said = "it adds up to the last digit" if sound else "it does not add up: a bug in taggov"
    line = f"{direct} {view.currency} directly + {handed_on} from shared pools = {cost}; {said}."
    st.caption(f":material/{'verified' if sound else 'error'}: {escape_markdown(line)}")


def _weight_text(view: View, share: FromPool) -> str:
    """Format the share of a pool: `25.0 % of its 29,091.75 USD: weight 1/4, fixed`."""
    whole = money(_pool_cost(view, share), view.currency)
    return (
        f"{percent(Fraction(share.weight))} of its {whole}: weight {share.weight}, {share.basis}. The pool is made of:"
    )


def _pool_cost(view: View, share: FromPool) -> Decimal:
    return round_amount(share.pool_cost, view.total.decimals)


def _pool(view: View, share: FromPool) -> None:
    """Draw the costs of a pool, including shares of other pools."""
    found, places = share.origin, view.total.decimals
    direct = round_amount(total(one.cost for one in found.direct), places)
    _rules(view, found.direct, direct)
    costs = round_parts([one.cost for one in found.pools], _pool_cost(view, share) - direct, places)
    for one, cost in zip(found.pools, costs, strict=True):
        with st.container(border=True):
            st.markdown(escape_markdown(f"{money(cost, view.currency)} of that from the pool {one.pool}"))
            st.caption(escape_markdown(_weight_text(view, one)))
            _pool(view, one)


def _rules(view: View, found: Sequence[Direct], whole: Decimal) -> None:
    costs = round_parts([one.cost for one in found], whole, view.total.decimals)
    for one, cost in list(zip(found, costs, strict=True))[:_MOST_RULES]:
        with st.expander(escape_markdown(f"{money(cost, view.currency)} by {one.rule}")):
            _rows(view, one.rows, cost)
    if rest := costs[_MOST_RULES:]:
        st.caption(escape_markdown(f"{len(rest)} more rules gave {money(total(rest), view.currency)}."))


def _rows(view: View, rows: Sequence[CostRow], whole: Decimal) -> None:
    """Draw source rows, with the dimensions that have values."""
    dimensions = view.allocation.table.dimensions
    costs = round_parts([row.cost for row in rows], whole, view.total.decimals)
    said = [place for place in range(len(dimensions)) if any(row.values[place] for row in rows)]
    table(
        [
            {
                **{heading(dimensions[place]): row.values[place] or "" for place in said},
                "Rows": f"{row.rows:,}" if row.rows else "",
                f"Cost, {row.currency}": amount(cost),
            }
            for row, cost in zip(rows, costs, strict=True)
        ],
        "Source rows of the rule, the largest first",
        ("Rows", f"Cost, {view.currency}"),
    )

"""From an amount of a team back to source rows, rules, pools and weights."""

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
from taggov.costs.dashboard.labels import markdown, money, percent
from taggov.costs.dashboard.palette import COLOURS
from taggov.costs.dashboard.ranking import Part, ranked, total
from taggov.costs.dashboard.tables import table
from taggov.costs.dashboard.view import View
from taggov.costs.render.figures import Amounts, rounded, rounded_parts
from taggov.costs.render.folded_trace import Direct, Explanation, FromPool, folded
from taggov.costs.render.labels import heading, label
from taggov.costs.render.scale import shown as amount

_ALL = "All services"
_MOST_RULES = 12


def draw(view: View) -> None:
    """Draw the page."""
    shown = view.shown(view.allocation, MONTH, TEAM, SERVICE)
    whose, when, which = st.columns(3)
    team = whose.selectbox("Team", [part.name for part in ranked(shown, TEAM)], key="trace-team")
    months = sorted({row.values[0] or "" for row in shown.rows}, reverse=True)
    month = when.selectbox("Month", months, key="trace-month")
    services = [part.name for part in ranked(shown, SERVICE)]
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
    found = folded(origins)
    its = [
        row.amounts
        for row in shown.rows
        if row.values[:2] == (month, team) and service in (_ALL, label(SERVICE, row.values[2]))
    ]
    amounts = Amounts(total(one.direct for one in its), total(one.shared for one in its))
    places = view.total.decimals
    st.header(markdown(f"{team} has {money(amounts.cost, view.currency)} in {month}"), anchor=False)
    shares = rounded_parts([one.cost for one in found.pools], amounts.shared, places)
    _sum(view, found, amounts, shares)
    if found.direct:
        st.subheader("Given directly, by these rules", anchor=False)
        _rules(view, found.direct, amounts.direct)
    for share, cost in zip(found.pools, shares, strict=True):
        st.subheader(markdown(f"{money(cost, view.currency)} from the pool {share.pool}"), anchor=False)
        st.caption(markdown(_weighed(view, share)))
        _pool(view, share)


def _sum(view: View, found: Explanation, its: Amounts, shares: Sequence[Decimal]) -> None:
    """The parts of the amount, and the proof that they are all of it."""
    names = [one.pool for one in found.pools]
    pools = [Part(name, Decimal(0), cost) for name, cost in zip(names, shares, strict=True)]
    st.plotly_chart(
        charts.bars([Part("directly", its.direct, Decimal(0)), *pools], view.currency, {"directly": COLOURS[0]}),
        config=charts.CONFIG,
        key="trace-chart",
        alt="Bars of what was given directly and by each pool. The numbers are in the headings that follow.",
    )
    direct, handed_on, cost = map(amount, (its.direct, its.shared, its.cost))
    sound = found.adds_up
    said = "it adds up to the last digit" if sound else "it does not add up: a defect of taggov"
    line = f"{direct} {view.currency} directly + {handed_on} from shared pools = {cost}; {said}."
    st.caption(f":material/{'verified' if sound else 'error'}: {markdown(line)}")


def _weighed(view: View, share: FromPool) -> str:
    """`25.0 % of its 29,091.75 USD: weight 1/4, fixed`"""
    whole = money(_held(view, share), view.currency)
    return (
        f"{percent(Fraction(share.weight))} of its {whole}: weight {share.weight}, {share.basis}. The pool is made of:"
    )


def _held(view: View, share: FromPool) -> Decimal:
    return rounded(share.held, view.total.decimals)


def _pool(view: View, share: FromPool) -> None:
    """Show what a pool is made of, the pools that handed it something among them."""
    found, places = share.origin, view.total.decimals
    direct = rounded(total(one.cost for one in found.direct), places)
    _rules(view, found.direct, direct)
    costs = rounded_parts([one.cost for one in found.pools], _held(view, share) - direct, places)
    for one, cost in zip(found.pools, costs, strict=True):
        with st.container(border=True):
            st.markdown(markdown(f"{money(cost, view.currency)} of that from the pool {one.pool}"))
            st.caption(markdown(_weighed(view, one)))
            _pool(view, one)


def _rules(view: View, found: Sequence[Direct], whole: Decimal) -> None:
    costs = rounded_parts([one.cost for one in found], whole, view.total.decimals)
    for one, cost in list(zip(found, costs, strict=True))[:_MOST_RULES]:
        with st.expander(markdown(f"{money(cost, view.currency)} by {one.rule}")):
            _rows(view, one.rows, cost)
    if rest := costs[_MOST_RULES:]:
        st.caption(markdown(f"{len(rest)} more rules gave {money(total(rest), view.currency)}."))


def _rows(view: View, rows: Sequence[CostRow], whole: Decimal) -> None:
    """Source rows, by what at least one of them has a value of."""
    dimensions = view.allocation.table.dimensions
    costs = rounded_parts([row.cost for row in rows], whole, view.total.decimals)
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

"""From an amount of a team back to source rows, rules, pools and weights."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

import streamlit as st

from cost_allocation.model import CostRow
from cost_allocation.query import SERVICE
from cost_allocation.report import MONTH, TEAM
from cost_allocation.trace import Tracer
from taggov.costs.outputs.words import heading, label

from .. import charts
from ..explanation import Direct, Explanation, FromPool, explained
from ..palette import COLOURS
from ..ranking import Part, ranked, total
from ..tables import table
from ..view import View
from ..wording import column_of, exact, markdown, money, percent

_ALL = "All services"
_MOST_RULES = 12


def draw(view: View) -> None:
    """Draw the page."""
    report = view.report(view.allocation, MONTH, TEAM, SERVICE)
    whose, when, which = st.columns(3)
    team = whose.selectbox("Team", [part.name for part in ranked(report, TEAM, view.currency)], key="trace-team")
    months = sorted({row.values[0] or "" for row in report.rows if row.currency == view.currency}, reverse=True)
    month = when.selectbox("Month", months, key="trace-month")
    services = [part.name for part in ranked(report, SERVICE, view.currency)]
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
    found = explained(origins)
    st.header(markdown(f"{team} has {money(found.cost, view.currency)} in {month}"), anchor=False)
    _sum(view, found)
    if found.direct:
        st.subheader("Given directly, by these rules", anchor=False)
        _rules(view, found.direct)
    for share in found.pools:
        st.subheader(markdown(f"{money(share.cost, view.currency)} from the pool {share.pool}"), anchor=False)
        st.caption(markdown(_weighed(view, share)))
        _pool(view, share.origin)


def _sum(view: View, found: Explanation) -> None:
    """The parts of the amount, and the proof that they are all of it."""
    direct, handed_on = (total(one.cost for one in parts) for parts in (found.direct, found.pools))
    parts = [Part("directly", direct, Decimal(0)), *(Part(one.pool, Decimal(0), one.cost) for one in found.pools)]
    st.plotly_chart(
        charts.bars(parts, view.currency, {"directly": COLOURS[0]}),
        config=charts.CONFIG,
        key="trace-chart",
        alt="Bars of what was given directly and by each pool. The numbers are in the headings that follow.",
    )
    line = f"{exact(direct)} {view.currency} directly + {exact(handed_on)} from shared pools = {exact(found.cost)}"
    sound = found.adds_up
    said = "it adds up to the last digit" if sound else "it does not add up: a defect of taggov"
    st.caption(f":material/{'verified' if sound else 'error'}: {markdown(f'{line}; {said}.')}")


def _weighed(view: View, share: FromPool) -> str:
    """`25.0 % of its 29,091.75 USD: weight 1/4, fixed`"""
    whole = money(share.held, view.currency)
    return (
        f"{percent(Fraction(share.weight))} of its {whole}: weight {share.weight}, {share.basis}. The pool is made of:"
    )


def _pool(view: View, found: Explanation) -> None:
    """What a pool is made of, the pools that handed it something among them."""
    _rules(view, found.direct)
    for share in found.pools:
        with st.container(border=True):
            st.markdown(markdown(f"{money(share.cost, view.currency)} of that from the pool {share.pool}"))
            st.caption(markdown(_weighed(view, share)))
            _pool(view, share.origin)


def _rules(view: View, found: Sequence[Direct]) -> None:
    shown = column_of([one.cost for one in found], view.currency)
    for one, cost in list(zip(found, shown, strict=True))[:_MOST_RULES]:
        with st.expander(markdown(f"{cost} {view.currency} by {one.rule}")):
            _rows(view, one.rows)
    if rest := found[_MOST_RULES:]:
        left = money(total(one.cost for one in rest), view.currency)
        st.caption(markdown(f"{len(rest)} more rules gave {left}."))


def _rows(view: View, rows: Sequence[CostRow]) -> None:
    """Source rows, by what at least one of them has a value of."""
    dimensions = view.allocation.table.dimensions
    said = [place for place in range(len(dimensions)) if any(row.values[place] for row in rows)]
    table(
        [
            {
                **{heading(dimensions[place]): row.values[place] or "" for place in said},
                "Rows": f"{row.rows:,}" if row.rows else "",
                f"Cost, {row.currency}": exact(row.cost),
            }
            for row in rows
        ],
        "Source rows of the rule, the largest first",
        ("Rows", f"Cost, {view.currency}"),
    )

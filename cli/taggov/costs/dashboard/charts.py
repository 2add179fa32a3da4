"""The charts. They draw with floats; every text in them comes from exact amounts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

import plotly.graph_objects as go

from .palette import NEUTRAL
from .ranking import Part, total
from .wording import in_chart, money, percent, share_of

CONFIG = {"displayModeBar": False, "responsive": True}
_BAR_HEIGHT = 30
_SPARE = 24
_ROOM_FOR_TEXT = 1.55
"""How much longer an axis is than its longest bar: the amount stands beside it, on a telephone too."""
_MARGIN = {"l": 4, "r": 4, "t": 8, "b": 8}


def pie(parts: Sequence[Part], currency: str, colours: Mapping[str, str]) -> go.Figure:
    """Shares of the whole. A credit can be no slice: those are left out, and the page says so."""
    slices = [part for part in parts if part.cost > 0]
    whole = total(part.cost for part in slices)
    figure = go.Figure(
        go.Pie(
            labels=[in_chart(part.name) for part in slices],
            values=[float(part.cost) for part in slices],
            customdata=[_said(part, currency, whole) for part in slices],
            hovertemplate="%{label}<br>%{customdata}<extra></extra>",
            marker={"colors": [colours[part.name] for part in slices]},
            hole=0.58,
            sort=False,
            direction="clockwise",
            texttemplate="%{percent:.1%}",
            textposition="outside",
        )
    )
    figure.update_layout(
        height=380,
        margin=_MARGIN,
        legend={"orientation": "h", "y": -0.05, "yanchor": "top", "x": 0.5, "xanchor": "center"},
    )
    return figure


def bars(parts: Sequence[Part], currency: str, colours: Mapping[str, str]) -> go.Figure:
    """Amounts ranked from top to bottom, each with its text beside it."""
    whole = total(part.cost for part in parts)
    figure = go.Figure(
        go.Bar(
            orientation="h",
            x=[float(part.cost) for part in parts],
            y=[in_chart(part.name) for part in parts],
            marker={"color": [colours.get(part.name, NEUTRAL) for part in parts]},
            text=[money(part.cost, currency) for part in parts],
            textposition="outside",
            cliponaxis=False,
            customdata=[_said(part, currency, whole) for part in parts],
            hovertemplate="%{y}<br>%{customdata}<extra></extra>",
        )
    )
    figure.update_layout(height=_SPARE + _BAR_HEIGHT * max(len(parts), 2), margin=_MARGIN, bargap=0.22)
    ends = [float(part.cost) * _ROOM_FOR_TEXT for part in parts]
    figure.update_xaxes(visible=False, range=[min(0.0, *ends), max(0.0, *ends)])
    figure.update_yaxes(autorange="reversed", automargin=True, ticks="", showgrid=False)
    return figure


def trend(
    series: Mapping[str, Mapping[str, Decimal]], periods: Sequence[str], currency: str, colours: Mapping[str, str]
) -> go.Figure:
    """Stacked bars, one for each month or day; credits stand below zero."""
    figure = go.Figure()
    for name, amounts in series.items():
        costs = [amounts.get(period, Decimal(0)) for period in periods]
        figure.add_bar(
            name=in_chart(name),
            x=list(periods),
            y=[float(cost) for cost in costs],
            marker={"color": colours.get(name, NEUTRAL)},
            customdata=[money(cost, currency) for cost in costs],
            hovertemplate="%{x}: %{customdata}<extra>%{fullData.name}</extra>",
        )
    figure.update_layout(
        barmode="relative",
        bargap=0.25,
        height=380,
        margin=_MARGIN,
        legend={"orientation": "h", "y": -0.15, "yanchor": "top", "x": 0},
    )
    figure.update_xaxes(type="category", ticks="", nticks=12, automargin=True)
    figure.update_yaxes(tickformat=",", title={"text": currency}, automargin=True)
    return figure


def line(points: Mapping[str, Decimal], currency: str, colour: str) -> go.Figure:
    """Unit costs by month."""
    figure = go.Figure(
        go.Scatter(
            x=list(points),
            y=[float(cost) for cost in points.values()],
            mode="lines+markers",
            line={"color": colour, "width": 2.5},
            marker={"size": 8},
            customdata=[f"{cost:,.4f} {currency}" for cost in points.values()],
            hovertemplate="%{x}: %{customdata}<extra></extra>",
        )
    )
    figure.update_layout(height=320, margin=_MARGIN)
    figure.update_xaxes(type="category", ticks="", automargin=True)
    figure.update_yaxes(rangemode="tozero", title={"text": f"{currency} each"}, automargin=True)
    return figure


def _said(part: Part, currency: str, whole: Decimal) -> str:
    return f"{money(part.cost, currency)}, {percent(share_of(part.cost, whole))}"

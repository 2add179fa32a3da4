"""The charts. They draw with floats; every text in them comes from exact amounts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from html import escape

import plotly.graph_objects as go

from taggov.costs.dashboard.labels import in_chart, money, percent, share_of
from taggov.costs.dashboard.palette import NEUTRAL, NOBODYS
from taggov.costs.dashboard.ranking import Part, total

CONFIG = {"displayModeBar": False, "responsive": True}
_BAR_HEIGHT = 30
_SPARE = 24
_LEGEND_HEIGHT = 16
"""Pixels of a line, of which a long name has two; on a telephone each name has a line of its own."""
_ROOM_FOR_TEXT = 1.9
"""Length of an axis as a multiple of its longest bar: the amount stands beside it, on a telephone too."""
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
            hovertemplate="%{customdata}<extra></extra>",
            marker={"colors": [colours[part.name] for part in slices], "pattern": _pattern(slices, colours)},
            hole=0.58,
            sort=False,
            direction="clockwise",
            texttemplate="%{percent:.1%}",
            textposition="outside",
        )
    )
    # The bars beside it name the colours.
    figure.update_layout(height=380, margin={"l": 48, "r": 48, "t": 24, "b": 24}, showlegend=False)
    return figure


def bars(parts: Sequence[Part], currency: str, colours: Mapping[str, str]) -> go.Figure:
    """Amounts ranked from top to bottom, each with its text beside it."""
    whole = total(part.cost for part in parts)
    figure = go.Figure(
        go.Bar(
            orientation="h",
            x=[float(part.cost) for part in parts],
            # Names that are alike when they are short are still bars of their own.
            y=list(range(len(parts))),
            marker={
                "color": [colours.get(part.name, NEUTRAL) for part in parts],
                "pattern": _pattern(parts, colours),
            },
            text=[money(part.cost, currency) for part in parts],
            textposition="outside",
            cliponaxis=False,
            customdata=[_said(part, currency, whole) for part in parts],
            hovertemplate="%{customdata}<extra></extra>",
        )
    )
    figure.update_layout(height=_SPARE + _BAR_HEIGHT * max(len(parts), 2), margin=_MARGIN, bargap=0.22)
    ends = [float(part.cost) * _ROOM_FOR_TEXT for part in parts]
    figure.update_xaxes(visible=False, range=[min(0.0, *ends), max(0.0, *ends)])
    names = [in_chart(part.name) for part in parts]
    figure.update_yaxes(tickvals=list(range(len(parts))), ticktext=names, zeroline=False)
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
            marker={"color": colours.get(name, NEUTRAL), "pattern": {"shape": _shape(name, colours)}},
            customdata=[money(cost, currency) for cost in costs],
            hovertemplate="%{x}: %{customdata}<extra>%{fullData.name}</extra>",
        )
    figure.update_layout(
        barmode="relative",
        bargap=0.25,
        height=380 + _LEGEND_HEIGHT * len(series),
        margin=_MARGIN,
        legend={
            "orientation": "h",
            "y": -0.15,
            "yanchor": "top",
            "x": 0,
            "maxheight": 2 * _LEGEND_HEIGHT * max(len(series), 1),
        },
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


def _pattern(parts: Sequence[Part], colours: Mapping[str, str]) -> dict[str, list[str]]:
    return {"shape": [_shape(part.name, colours) for part in parts]}


def _shape(name: str, colours: Mapping[str, str]) -> str:
    """Hatch what is nobody's: it is told apart without colours too."""
    return "/" if colours.get(name) == NOBODYS else ""


def _said(part: Part, currency: str, whole: Decimal) -> str:
    """Write what appears over a part: its whole name, cost and share."""
    return f"{escape(part.name, quote=False)}<br>{money(part.cost, currency)}, {percent(share_of(part.cost, whole))}"

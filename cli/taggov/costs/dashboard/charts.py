"""Charts. They are drawn with floats; texts are formatted from exact amounts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from html import escape

import plotly.graph_objects as go

from taggov.costs.dashboard.labels import chart_label, money, percent, share_of
from taggov.costs.dashboard.palette import NEUTRAL, UNOWNED
from taggov.costs.dashboard.ranking import Part, total

CONFIG = {"displayModeBar": False, "responsive": True}
_BAR_HEIGHT = 30
_SPARE = 24
_LEGEND_HEIGHT = 16
"""Height of a line in pixels. A long name has two lines; on phones each name has its own line."""
_ROOM_FOR_TEXT = 1.9
"""Length of an axis relative to its longest bar, so that the amount fits beside the bar, also on phones."""
_MARGIN = {"l": 4, "r": 4, "t": 8, "b": 8}


def pie(parts: Sequence[Part], currency: str, colours: Mapping[str, str]) -> go.Figure:
    """Draw shares of the whole. Credits cannot be slices, so they are left out; the page says so."""
    slices = [part for part in parts if part.cost > 0]
    whole = total(part.cost for part in slices)
    figure = go.Figure(
        go.Pie(
            labels=[chart_label(part.name) for part in slices],
            values=[float(part.cost) for part in slices],
            customdata=[_hover_text(part, currency, whole) for part in slices],
            hovertemplate="%{customdata}<extra></extra>",
            marker={"colors": [colours[part.name] for part in slices], "pattern": _pattern(slices, colours)},
            hole=0.58,
            sort=False,
            direction="clockwise",
            texttemplate="%{percent:.1%}",
            textposition="outside",
        )
    )
    # The bars beside it serve as legend.
    figure.update_layout(height=380, margin={"l": 48, "r": 48, "t": 24, "b": 24}, showlegend=False)
    return figure


def bars(parts: Sequence[Part], currency: str, colours: Mapping[str, str]) -> go.Figure:
    """Draw amounts as bars, the largest at the top, each with its amount."""
    whole = total(part.cost for part in parts)
    figure = go.Figure(
        go.Bar(
            orientation="h",
            x=[float(part.cost) for part in parts],
            # Use positions, because shortened names may be equal.
            y=list(range(len(parts))),
            marker={
                "color": [colours.get(part.name, NEUTRAL) for part in parts],
                "pattern": _pattern(parts, colours),
            },
            text=[money(part.cost, currency) for part in parts],
            textposition="outside",
            cliponaxis=False,
            customdata=[_hover_text(part, currency, whole) for part in parts],
            hovertemplate="%{customdata}<extra></extra>",
        )
    )
    figure.update_layout(height=_SPARE + _BAR_HEIGHT * max(len(parts), 2), margin=_MARGIN, bargap=0.22)
    ends = [float(part.cost) * _ROOM_FOR_TEXT for part in parts]
    figure.update_xaxes(visible=False, range=[min(0.0, *ends), max(0.0, *ends)])
    names = [chart_label(part.name) for part in parts]
    figure.update_yaxes(tickvals=list(range(len(parts))), ticktext=names, zeroline=False)
    figure.update_yaxes(autorange="reversed", automargin=True, ticks="", showgrid=False)
    return figure


def trend(
    series: Mapping[str, Mapping[str, Decimal]], periods: Sequence[str], currency: str, colours: Mapping[str, str]
) -> go.Figure:
    """Draw stacked bars for months or days, with credits below zero."""
    figure = go.Figure()
    for name, amounts in series.items():
        costs = [amounts.get(period, Decimal(0)) for period in periods]
        figure.add_bar(
            name=chart_label(name),
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
    """Draw unit costs by month."""
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
    """Return the pattern: hatching for unowned costs, to distinguish them without colours."""
    return "/" if colours.get(name) == UNOWNED else ""


def _hover_text(part: Part, currency: str, whole: Decimal) -> str:
    """Build the hover text of a part: full name, cost and share."""
    return f"{escape(part.name, quote=False)}<br>{money(part.cost, currency)}, {percent(share_of(part.cost, whole))}"

"""A report as a self-contained HTML file without scripts or requests."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from cost_allocation.analysis.report import Report
from taggov.costs.render.figures import Figures, figures
from taggov.costs.render.labels import AMOUNTS, About, heading
from taggov.costs.render.scale import format_amount
from taggov.costs.reports.atomic import whole_file
from taggov.costs.reports.breakdown import breakdown

TEMPLATE = "report.html.j2"
MOST_BARS = 12
"""Maximum number of bars of a chart; the others are summed in one more."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar of a chart, in percent of the width of the chart."""

    name: str
    amount: str
    start: float
    length: float
    negative: bool


@dataclass(frozen=True, slots=True)
class Chart:
    """Chart of one currency."""

    title: str
    bars: list[Bar]


def write_html(report: Report, about: About, path: Path) -> None:
    """Write a report as a page for screens of any width, dark or light mode, and print.

    Raises:
        OutputError: the file cannot be written.
    """
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"heading": heading, "format_amount": format_amount}
    by_currency = figures(report)
    amounts = {currency.currency: iter(currency.rows) for currency in by_currency}
    page = environment.get_template(TEMPLATE).render(
        report=report,
        about=about,
        figures=by_currency,
        rows=[(row, next(amounts[row.currency])) for row in report.rows],
        amounts=AMOUNTS,
        charts=[_chart(report, currency) for currency in by_currency],
    )
    with whole_file(path) as temporary:
        temporary.write_text(page, encoding="utf-8")


def _chart(report: Report, currency: Figures) -> Chart:
    broken_down = breakdown(report, currency)
    bars = [*broken_down.bars[:MOST_BARS], *filter(None, [broken_down.rest(MOST_BARS)])]
    costs = [bar.cost for bar in bars]
    lowest, highest = min([Decimal(0), *costs]), max([Decimal(0), *costs])
    width = highest - lowest or Decimal(1)
    return Chart(
        f"Cost by {broken_down.column.replace('_', ' ')} in {currency.currency}",
        [
            Bar(
                bar.name,
                format_amount(cost),
                float((min(cost, Decimal(0)) - lowest) / width * 100),
                float(abs(cost) / width * 100),
                cost < 0,
            )
            for bar, cost in zip(bars, costs, strict=True)
        ],
    )

"""`taggov costs reconcile`: do different ways to ask agree?"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal, localcontext
from typing import Annotated

import typer

from cost_allocation import query
from cost_allocation.exact import EXACT, text
from cost_allocation.model import CostTable
from taggov.costs.exit_codes import explained, studied, warn
from taggov.costs.options import Json, Options, with_options
from taggov.costs.render.comparisons import Sums, reconciliation
from taggov.costs.sources.months import next_month
from taggov.costs.study import amount
from taggov.terminal import ExitCode, complain, console, refuse


@with_options
def reconcile(
    options: Options,
    cost_explorer: Annotated[
        bool, typer.Option("--cost-explorer", help="Compare with Cost Explorer as well, for AWS in files or Athena.")
    ] = False,
    tolerance: Annotated[
        str, typer.Option(metavar="AMOUNT", help="What a month may differ by, in its currency.")
    ] = "0.01",
    as_json: Json = False,
) -> None:
    """Compare totals that are asked in different ways.

    The ungrouped total with the sum by service and account, and with Cost Explorer. Exits with 3 when they differ.
    """
    with explained():
        allowed = amount("--tolerance", tolerance, "that is not negative, such as 0.01")
    readings: dict[str, Sums] = {}
    warnings: list[str] = []
    with studied(options) as study:
        for name, dimensions in (("total", ()), ("sum by service and account", (query.SERVICE, query.ACCOUNT))):
            table = study.table(dimensions)
            readings[f"{study.source.name}, {name}"] = _sums(table)
            warnings += table.warnings
    if cost_explorer:
        start, end = _months(readings)
        asked = replace(options, focus=None, sample=False, athena=None, metric=None, month=None, start=start, end=end)
        with studied(asked) as study:
            table = study.table(())
            readings[f"{study.source.name}, total"] = _sums(table)
            warnings += table.warnings
    first = next(iter(readings.values()))
    keys = sorted({key for sums in readings.values() for key in sums})
    with localcontext(EXACT):
        off = {
            key: max(abs(sums.get(key, Decimal(0)) - first.get(key, Decimal(0))) for sums in readings.values())
            for key in keys
        }
    told = tuple(dict.fromkeys(warnings))
    agree = all(difference <= allowed for difference in off.values())
    if as_json:
        checks = [
            {
                "month": f"{month:%Y-%m}",
                "currency": currency,
                "readings": {name: text(sums.get((month, currency), Decimal(0))) for name, sums in readings.items()},
                "difference": text(off[month, currency]),
            }
            for month, currency in keys
        ]
        document = {"agree": agree, "tolerance": text(allowed), "warnings": told, "checks": checks}
        typer.echo(json.dumps(document, indent=2))
    else:
        console().print(reconciliation(readings, off, allowed))
        warn(told)
    if not agree:
        complain(f"the readings differ by more than {text(allowed)}")
        raise typer.Exit(ExitCode.CHECK_FAILED)


def _sums(table: CostTable) -> Sums:
    sums: dict[tuple[date, str], Decimal] = {}
    with localcontext(EXACT):
        for row in table.rows:
            key = (row.period.replace(day=1), row.currency)
            sums[key] = sums.get(key, Decimal(0)) + row.cost
    return sums


def _months(readings: Mapping[str, Sums]) -> tuple[str, str]:
    """The months that there is something of, as `--start` and `--end`."""
    months = sorted({month for sums in readings.values() for month, _ in sums})
    if not months:
        refuse("there are no costs to compare with Cost Explorer")
    return months[0].isoformat(), next_month(months[-1]).isoformat()

"""`taggov costs reconcile`: comparison of totals from different queries."""

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
from taggov.costs.allocation_run import amount
from taggov.costs.exit_codes import allocation_run, exit_on_error, print_warnings
from taggov.costs.options import Json, Options, with_options
from taggov.costs.render.comparisons import Sums, reconciliation
from taggov.costs.sources.months import next_month
from taggov.terminal import ExitCode, console, exit_with_error, print_notice


@with_options
def reconcile(
    options: Options,
    cost_explorer: Annotated[
        bool, typer.Option("--cost-explorer", help="Compare with Cost Explorer as well, for AWS in files or Athena.")
    ] = False,
    tolerance: Annotated[
        str, typer.Option(metavar="AMOUNT", help="Allowed difference of a month, in its currency.")
    ] = "0.01",
    as_json: Json = False,
) -> None:
    """Compare totals from different queries.

    Compares the ungrouped total with the sum by service and account, and with Cost Explorer. Exits with 3 if they
    differ.
    """
    with exit_on_error():
        allowed = amount("--tolerance", tolerance, "that is not negative, such as 0.01")
    readings: dict[str, Sums] = {}
    warnings: list[str] = []
    with allocation_run(options) as run:
        for name, dimensions in (("total", ()), ("sum by service and account", (query.SERVICE, query.ACCOUNT))):
            table = run.table(dimensions)
            readings[f"{run.source.name}, {name}"] = _sums(table)
            warnings += table.warnings
    if cost_explorer:
        start, end = _months(readings)
        asked = replace(options, focus=None, sample=False, athena=None, metric=None, month=None, start=start, end=end)
        with allocation_run(asked) as run:
            table = run.table(())
            readings[f"{run.source.name}, total"] = _sums(table)
            warnings += table.warnings
    first = next(iter(readings.values()))
    keys = sorted({key for sums in readings.values() for key in sums})
    with localcontext(EXACT):
        off = {
            key: max(abs(sums.get(key, Decimal(0)) - first.get(key, Decimal(0))) for sums in readings.values())
            for key in keys
        }
    all_warnings = tuple(dict.fromkeys(warnings))
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
        document = {"agree": agree, "tolerance": text(allowed), "warnings": all_warnings, "checks": checks}
        typer.echo(json.dumps(document, indent=2))
    else:
        console().print(reconciliation(readings, off, allowed))
        print_warnings(all_warnings)
    if not agree:
        print_notice(f"the totals differ by more than {text(allowed)}")
        raise typer.Exit(ExitCode.CHECK_FAILED)


def _sums(table: CostTable) -> Sums:
    sums: dict[tuple[date, str], Decimal] = {}
    with localcontext(EXACT):
        for row in table.rows:
            key = (row.period.replace(day=1), row.currency)
            sums[key] = sums.get(key, Decimal(0)) + row.cost
    return sums


def _months(readings: Mapping[str, Sums]) -> tuple[str, str]:
    """Return the first month with costs, and the month after the last, as `--start` and `--end`."""
    months = sorted({month for sums in readings.values() for month, _ in sums})
    if not months:
        exit_with_error("there are no costs to compare with Cost Explorer")
    return months[0].isoformat(), next_month(months[-1]).isoformat()

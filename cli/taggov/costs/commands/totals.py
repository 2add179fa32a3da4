"""`taggov costs total` and `by-tag`: costs of the source without rules."""

from __future__ import annotations

import json
from decimal import Decimal, localcontext
from typing import Annotated

import typer

from cost_allocation import query
from cost_allocation.exact import EXACT, text
from cost_allocation.model import CostTable
from taggov.costs.exit_codes import allocation_run, print_warnings
from taggov.costs.options import Json, Options, with_options
from taggov.costs.periods import closed_period
from taggov.costs.render import documents, tables
from taggov.terminal import console


@with_options
def total(options: Options, as_json: Json = False) -> None:
    """Print the total of each month."""
    with allocation_run(options) as run:
        table = run.table(())
    if as_json:
        document = {
            **documents.head(table, run.period),
            "totals": [{"currency": currency, "cost": text(cost)} for currency, cost in table.sums().items()],
            "months": [
                {"month": f"{row.period:%Y-%m}", "currency": row.currency, "cost": text(row.cost), "rows": row.rows}
                for row in table.rows
            ],
        }
        typer.echo(json.dumps(document, indent=2))
        return
    console().print(tables.totals(table, closed_period(run.period, table)))
    print_warnings(table.warnings)


@with_options
def by_tag(
    key: Annotated[str, typer.Argument(metavar="KEY", help="A tag key, in its exact spelling.")],
    options: Options,
    as_json: Json = False,
) -> None:
    """Print the costs of each value of a tag."""
    with allocation_run(options) as run:
        table = run.table((query.tag(key),))
    values = _by_value(table)
    if as_json:
        document = {
            **documents.head(table, run.period),
            "tag": key,
            "totals": [{"currency": currency, "cost": text(cost)} for currency, cost in table.sums().items()],
            "values": [{"value": value, "currency": currency, "cost": text(cost)} for value, currency, cost in values],
        }
        typer.echo(json.dumps(document, indent=2))
        return
    console().print(tables.by_tag(key, values, table, closed_period(run.period, table)))
    print_warnings(table.warnings)


def _by_value(table: CostTable) -> list[tuple[str | None, str, Decimal]]:
    """Sum costs by value and currency over all months. The value of costs without the tag is None."""
    sums: dict[tuple[str | None, str], Decimal] = {}
    with localcontext(EXACT):
        for row in table.rows:
            key = (row.values[0], row.currency)
            sums[key] = sums.get(key, Decimal(0)) + row.cost
    found = [(value, currency, cost) for (value, currency), cost in sums.items()]
    return sorted(found, key=lambda one: (one[1], -one[2], one[0] or ""))

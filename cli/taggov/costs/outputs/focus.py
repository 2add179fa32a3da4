"""Allocated rows in the shape of FOCUS 1.2 or 1.3, as CSV or Parquet.

Every mandatory column of FOCUS 1.2 (https://focus.finops.org/focus-specification/v1-2/) is there, and what allocation
adds stands after them in custom columns with the prefix `x_`. Sums by period are coarser than charges, so the file
does not conform where FOCUS wants a value that the sums have lost: `BillingAccountId`, `InvoiceIssuerName`,
`PublisherName`, `ServiceCategory`, and of the four costs those that the report is not in, are null. So are
`ChargeCategory`, `ProviderName` and `ServiceName` in rows whose source did not name them. `PricingQuantity` and
`PricingUnit` are null as FOCUS allows it. The billing period is the month of the charge.

FOCUS 1.3 has the same columns and some more: splits stand in its `Allocated` columns too. Its `HostProviderName` is
null.

Values stand as the source spells them, so that the file joins with other FOCUS data; the CSV format `csv` is the one
that is guarded for spreadsheets.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from cost_allocation import query
from cost_allocation.exact import text
from cost_allocation.model import Allocation
from cost_allocation.query import Granularity
from cost_allocation.rules import Rules

from ..sources.months import next_month
from .atomic import OutputError
from .csv_file import write_rows
from .focus_allocated import COLUMNS as ALLOCATED
from .focus_allocated import Allocated
from .kept import Kept, description, midnight
from .parquet import TEXT, TIME, decimal_type, write_columns

COSTS = ("BilledCost", "ContractedCost", "EffectiveCost", "ListCost")
METRICS: Mapping[str, str] = {
    **{cost: cost for cost in COSTS},
    "UnblendedCost": "BilledCost",
    "NetUnblendedCost": "BilledCost",
    "AmortizedCost": "EffectiveCost",
    "NetAmortizedCost": "EffectiveCost",
}
"""The cost column of FOCUS for a metric. Cost Explorer's by what FOCUS 1.2 with AWS columns makes them of: billed is
what the invoice says, effective spreads prepaid fees over their term."""

TIMES = ("BillingPeriodEnd", "BillingPeriodStart", "ChargePeriodEnd", "ChargePeriodStart")

COLUMNS = (
    "BilledCost",
    "BillingAccountId",
    "BillingAccountName",
    "BillingCurrency",
    "BillingPeriodEnd",
    "BillingPeriodStart",
    "ChargeCategory",
    "ChargeClass",
    "ChargeDescription",
    "ChargePeriodEnd",
    "ChargePeriodStart",
    "ContractedCost",
    "EffectiveCost",
    "InvoiceIssuerName",
    "ListCost",
    "PricingQuantity",
    "PricingUnit",
    "ProviderName",
    "PublisherName",
    "RegionId",
    "ServiceCategory",
    "ServiceName",
    "SubAccountId",
    "Tags",
    "x_Customer",
    "x_Environment",
    "x_Owner",
    "x_Pool",
    "x_Project",
    "x_Team",
)

COLUMNS_1_3 = tuple(
    sorted(
        (*COLUMNS, *ALLOCATED, "HostProviderName", "ServiceProviderName"), key=lambda its: (its.startswith("x_"), its)
    )
)


def write_focus(
    allocation: Allocation, rules: Rules, granularity: Granularity, path: Path, *, splits: bool = False
) -> None:
    """Write allocated rows, as Parquet when the name ends in `.parquet`, else as CSV (`.gz` compresses it).

    Costs that filters of the rules left out are not allocated, so they are not in the file.

    Args:
        allocation: it should have kept service, account, region, charge category, provider and the tags of
            environments and customers.
        granularity: of the query that gave the costs; it says how long a charge period is.
        path: where to.
        splits: as FOCUS 1.3, with the columns of `focus_allocated`.

    Raises:
        OutputError: the metric has no column in FOCUS, or the file can not be written.
    """
    metric = allocation.table.metric
    if metric not in METRICS:
        raise OutputError(f'metric "{metric}" has no column in FOCUS; allowed are {", ".join(METRICS)}')
    rows = _rows(allocation, Kept(allocation, rules, granularity), METRICS[metric])
    columns: Sequence[str] = COLUMNS
    if splits:
        columns, rows = COLUMNS_1_3, _with_splits(allocation, rules, rows)
    if path.suffix != ".parquet":
        write_rows(path, columns, ([row.get(column) for column in columns] for row in rows))
        return
    listed = list(rows)
    cost = decimal_type(path, (row.cost for row in allocation.rows))
    types = dict.fromkeys(columns, TEXT) | dict.fromkeys(TIMES, TIME) | dict.fromkeys((*COSTS, "PricingQuantity"), cost)
    write_columns(path, {column: [row.get(column) for row in listed] for column in columns}, types)


def _with_splits(
    allocation: Allocation, rules: Rules, rows: Iterable[Mapping[str, str | None]]
) -> Iterator[Mapping[str, str | None]]:
    allocated = Allocated(allocation, rules)
    for row, columns in zip(allocation.rows, rows, strict=True):
        tags = json.loads(columns["Tags"] or "{}")
        yield {**columns, **allocated.columns(row, tags), "ServiceProviderName": columns["ProviderName"]}


def _rows(allocation: Allocation, kept: Kept, cost_column: str) -> Iterator[Mapping[str, str | None]]:
    for row in allocation.rows:
        start = row.cell.period
        yield {
            cost_column: text(row.cost),
            "BillingCurrency": row.cell.currency,
            "BillingPeriodStart": midnight(start.replace(day=1)),
            "BillingPeriodEnd": midnight(next_month(start)),
            "ChargePeriodStart": midnight(start),
            "ChargePeriodEnd": midnight(kept.end(row)),
            "ChargeCategory": kept.value(row, query.CHARGE_CATEGORY),
            "ChargeDescription": description(row) or f"Direct costs of {row.team}",
            "ProviderName": kept.value(row, query.PROVIDER),
            "RegionId": kept.value(row, query.REGION),
            "ServiceName": kept.value(row, query.SERVICE),
            "SubAccountId": kept.value(row, query.ACCOUNT),
            "Tags": json.dumps(tags, ensure_ascii=False) if (tags := kept.tags(row)) else None,
            "x_Customer": kept.customer(row),
            "x_Environment": kept.environment(row),
            "x_Owner": row.owner,
            "x_Pool": row.pool,
            "x_Project": row.project,
            "x_Team": row.team,
        }

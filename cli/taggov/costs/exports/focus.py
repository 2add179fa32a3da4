"""Allocated rows as FOCUS 1.2 or 1.3, in CSV or Parquet.

The file has all mandatory columns of FOCUS 1.2 (https://focus.finops.org/focus-specification/v1-2/). Results of the
allocation follow in custom columns with the prefix `x_`. Values that the source does not have are null: Cost Explorer
has no `CHARGE_COLUMNS` and only one metric. `PricingQuantity` and `PricingUnit` are null, because rows are sums of
charges; FOCUS allows this. The billing period is the month of the charge.

Each metric is allocated separately, as in a report in that metric.

FOCUS 1.3 adds the `Allocated` columns, which describe splits.

Values are not escaped for spreadsheets, so that the file can be joined with other FOCUS data. The format `csv` is
escaped.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path

from cost_allocation import query
from cost_allocation.exact import text
from cost_allocation.model import AllocatedRow, Allocation
from cost_allocation.query import Granularity
from cost_allocation.rules.model import Rules
from taggov.costs.exports.focus_allocated import COLUMNS as ALLOCATED
from taggov.costs.exports.focus_allocated import METRICS as METRICS_ALONE
from taggov.costs.exports.focus_allocated import AllocatedColumns, MetricGroup
from taggov.costs.exports.row_fields import RowFields, description, midnight
from taggov.costs.reports.atomic import OutputError
from taggov.costs.reports.csv_file import write_rows
from taggov.costs.reports.parquet import TEXT, TIME, decimal_type, write_columns
from taggov.costs.sources.months import next_month

COSTS = ("BilledCost", "ContractedCost", "EffectiveCost", "ListCost")
METRICS: Mapping[str, str] = {
    **{cost: cost for cost in COSTS},
    "UnblendedCost": "BilledCost",
    "NetUnblendedCost": "BilledCost",
    "AmortizedCost": "EffectiveCost",
    "NetAmortizedCost": "EffectiveCost",
}
"""FOCUS cost column by metric. Metrics of Cost Explorer follow FOCUS 1.2 with AWS columns: billed costs are those of
the invoice, effective costs spread prepaid fees over their term."""

_NOTHING = Decimal(0)
"""Cost of rows that are compared without their cost."""

TIMES = ("BillingPeriodEnd", "BillingPeriodStart", "ChargePeriodEnd", "ChargePeriodStart")

CHARGE_COLUMNS = (
    "BillingAccountId",
    "BillingAccountName",
    "ChargeClass",
    "ChargeFrequency",
    "HostProviderName",
    "InvoiceId",
    "InvoiceIssuerName",
    "PublisherName",
    "RegionName",
    "ServiceCategory",
    "ServiceSubcategory",
    "SubAccountName",
)
"""Columns that FOCUS sources provide besides the dimensions of all sources."""

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

COLUMNS_1_3 = (*COLUMNS, *ALLOCATED, "HostProviderName", "ServiceProviderName", METRICS_ALONE)
OPTIONAL = ("ChargeFrequency", "InvoiceId", "RegionName", "ServiceSubcategory", "SubAccountName")
"""Columns that FOCUS requires only if they have values."""


def write_focus(
    allocations: Sequence[Allocation], rules: Rules, granularity: Granularity, path: Path, *, splits: bool = False
) -> int:
    """Write allocated rows: as Parquet if the name ends in `.parquet`, otherwise as CSV (compressed for `.gz`).

    Costs that filters of the rules left out are not allocated, so they are not in the file.

    Args:
        allocations: allocations of the same costs, one for each metric. Each should keep service, account, region,
            charge category, provider, the tags of environments and customers, and `CHARGE_COLUMNS` if the source has
            them.
        granularity: granularity of the query, which is the length of charge periods.
        path: target file.
        splits: write FOCUS 1.3, with the columns of `focus_allocated`.

    Returns:
        the number of rows in the file.

    Raises:
        OutputError: a metric has no column in FOCUS, or the file cannot be written.
    """
    for one in allocations:
        if one.table.metric not in METRICS:
            raise OutputError(f'metric "{one.table.metric}" has no column in FOCUS; allowed are {", ".join(METRICS)}')
    named = (
        name
        for name in OPTIONAL
        if any(RowFields(one, rules, granularity).has(query.column(name)) for one in allocations)
    )
    columns = sorted({*(COLUMNS_1_3 if splits else COLUMNS), *named}, key=lambda its: (its.startswith("x_"), its))
    rows = _rows(allocations, rules, granularity, splits)
    if path.suffix != ".parquet":
        return write_rows(path, columns, ([row.get(column) for column in columns] for row in rows))
    listed = list(rows)
    cost = decimal_type(path, (row.cost for one in allocations for row in one.rows))
    types = dict.fromkeys(columns, TEXT) | dict.fromkeys(TIMES, TIME) | dict.fromkeys((*COSTS, "PricingQuantity"), cost)
    write_columns(path, {column: [row.get(column) for row in listed] for column in columns}, types)
    return len(listed)


def _rows(
    allocations: Sequence[Allocation], rules: Rules, granularity: Granularity, splits: bool
) -> Iterator[Mapping[str, str | None]]:
    """Yield rows by column: those of the first allocation, then those that only another one has."""
    costs = [{row._replace(cost=_NOTHING): row.cost for row in one.rows} for one in allocations]
    allocated = AllocatedColumns(allocations, rules) if splits else None
    every = [MetricGroup(tuple(range(len(allocations))), {}, alone=False)]
    written: set[AllocatedRow] = set()
    for its, allocation in zip(costs, allocations, strict=True):
        fields = RowFields(allocation, rules, granularity)
        for row in (one for one in its if one not in written):
            for one in allocated.metric_groups(row) if allocated else every:
                columns = dict(_columns(row, fields))
                # The row may be missing in another metric: its cost is 0 there.
                for metric, amounts in enumerate(costs):
                    cost = amounts.get(row, _NOTHING) if metric in one.metrics else _NOTHING
                    columns[METRICS[allocations[metric].table.metric]] = text(cost)
                if allocated:
                    columns |= allocated.columns(row, one, fields.tags(row))
                yield columns
        written.update(its)


def _columns(row: AllocatedRow, fields: RowFields) -> Iterator[tuple[str, str | None]]:
    start, provider = row.cell.period, fields.value(row, query.PROVIDER)
    tags = fields.tags(row)
    yield from ((name, fields.value(row, query.column(name))) for name in CHARGE_COLUMNS)
    yield "BillingCurrency", row.cell.currency
    yield "BillingPeriodStart", midnight(start.replace(day=1))
    yield "BillingPeriodEnd", midnight(next_month(start))
    yield "ChargePeriodStart", midnight(start)
    yield "ChargePeriodEnd", midnight(fields.end(row))
    yield "ChargeCategory", fields.value(row, query.CHARGE_CATEGORY)
    yield "ChargeDescription", description(row) or f"Direct costs of {row.team}"
    yield "ProviderName", provider
    yield "ServiceProviderName", provider
    yield "RegionId", fields.value(row, query.REGION)
    yield "ServiceName", fields.value(row, query.SERVICE)
    yield "SubAccountId", fields.value(row, query.ACCOUNT)
    yield "Tags", json.dumps(tags, ensure_ascii=False) if tags else None
    yield "x_Customer", fields.customer(row)
    yield "x_Environment", fields.environment(row)
    yield "x_Owner", row.owner
    yield "x_Pool", row.pool
    yield "x_Project", row.project
    yield "x_Team", row.team

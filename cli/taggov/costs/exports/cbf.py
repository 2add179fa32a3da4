"""Allocated rows in CloudZero's Common Bill Format.

Source: https://docs.cloudzero.com/docs/anycost-common-bill-format-cbf. The format is CSV with times in UTC, at most a
million rows per file and one month per file drop. A resource has one value for each tag. So `resource/id` identifies
the combination of everything in the row except time, type and cost; its tags have the results of the rules. `cost/cost`
is the metric of the allocation; CloudZero uses it for all other kinds of cost too.

Values are not escaped for spreadsheets, because CloudZero reads the file.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from cost_allocation import query
from cost_allocation.exact import text
from cost_allocation.model import Allocation
from cost_allocation.query import ChargeCategory, Granularity
from cost_allocation.rules.model import Rules
from taggov.costs.exports.row_fields import RowFields, description, midnight
from taggov.costs.reports.atomic import OutputError
from taggov.costs.reports.csv_file import write_rows

MOST_ROWS = 1_000_000

TYPES: Mapping[str | None, str] = {
    ChargeCategory.USAGE: "Usage",
    ChargeCategory.PURCHASE: "Purchase",
    ChargeCategory.TAX: "Tax",
    ChargeCategory.CREDIT: "Credit",
    ChargeCategory.ADJUSTMENT: "Adjustment",
}
"""Line item type by charge category. The default of CloudZero is usage."""

COLUMNS = (
    "lineitem/type",
    "lineitem/description",
    "lineitem/cloud_provider",
    "time/usage_start",
    "time/usage_end",
    "resource/id",
    "resource/service",
    "resource/account",
    "resource/region",
    "resource/tag:team",
    "resource/tag:owner",
    "resource/tag:project",
    "resource/tag:pool",
    "resource/tag:environment",
    "resource/tag:customer",
    "cost/cost",
)


def write_cbf(allocation: Allocation, rules: Rules, granularity: Granularity, path: Path) -> None:
    """Write allocated rows of one month and one currency as CSV, compressed if the name ends in `.gz`.

    Costs that filters of the rules left out are not allocated, so they are not in the file.

    Args:
        allocation: it should have kept service, account, region, charge category, provider and the tags of
            environments and customers.
        granularity: of the query that gave the costs.

    Raises:
        OutputError: there are several currencies or months, or too many rows, or the file cannot be written.
    """
    currencies = sorted({row.cell.currency for row in allocation.rows})
    if len(currencies) > 1:
        raise OutputError(
            f"the Common Bill Format has no currency column, and the costs are in {', '.join(currencies)}; "
            "choose one with --currency"
        )
    months = sorted({f"{row.cell.period:%Y-%m}" for row in allocation.rows})
    if len(months) > 1:
        raise OutputError(
            f"a file in the Common Bill Format holds one month, and the costs are of {months[0]} to {months[-1]}; "
            "export each month separately"
        )
    if len(allocation.rows) > MOST_ROWS:
        raise OutputError(
            f"a file in the Common Bill Format holds {MOST_ROWS:,} rows, and there are {len(allocation.rows):,}; "
            "export months instead of days"
        )
    write_rows(path, COLUMNS, _rows(allocation, RowFields(allocation, rules, granularity)))


def _rows(allocation: Allocation, fields: RowFields) -> Iterator[list[str | None]]:
    for row in allocation.rows:
        where = [fields.value(row, dimension) for dimension in (query.SERVICE, query.ACCOUNT, query.REGION)]
        whom = [row.team, row.owner, row.project, row.pool, fields.environment(row), fields.customer(row)]
        provider = fields.value(row, query.PROVIDER)
        yield [
            TYPES.get(fields.value(row, query.CHARGE_CATEGORY)),
            description(row),
            provider,
            midnight(row.cell.period),
            midnight(fields.end(row)),
            _resource([provider, *where, *whom]),
            *where,
            *whom,
            text(row.cost),
        ]


def _resource(values: list[str | None]) -> str:
    """Build an id that is the same in every file. CloudZero uses the part before the slash as the type."""
    return "allocation/" + hashlib.sha256(json.dumps(values).encode()).hexdigest()[:32]

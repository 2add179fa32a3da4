"""JSON documents of the commands, except reports. Amounts are exact, as text."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import Any

from cost_allocation.analysis.coverage import Coverage
from cost_allocation.analysis.kpis import Change, UnitCost
from cost_allocation.analysis.movement import Movement
from cost_allocation.analysis.trace import Origin
from cost_allocation.analysis.untagged import Suggestion, Untagged
from cost_allocation.exact import text
from cost_allocation.model import CostRow, CostTable
from taggov.costs.periods import Period, closed_period
from taggov.costs.sources.base import SourceRow

_RATIO_DECIMALS = 6


def head(table: CostTable, period: Period, warnings: Sequence[str] = ()) -> dict[str, Any]:
    """Build the common fields of all documents. `end` is exclusive."""
    period = closed_period(period, table)
    return {
        "metric": table.metric,
        "source": table.source,
        "start": period.start.isoformat() if period.start else None,
        "end": period.end.isoformat() if period.end else None,
        "estimated": sorted(f"{day:%Y-%m}" for day in {day.replace(day=1) for day in table.estimated}),
        "warnings": [*table.warnings, *warnings],
    }


def ratio(value: Fraction | None) -> float | None:
    """Round a ratio to six decimals."""
    return None if value is None else round(float(value), _RATIO_DECIMALS)


def coverages(found: Sequence[Coverage]) -> list[dict[str, Any]]:
    """Build the rows for coverage, by currency and kind."""
    return [
        {
            "currency": one.currency,
            "of": one.of,
            "allocated": text(one.allocated),
            "total": text(one.total),
            "ratio": ratio(one.ratio),
        }
        for one in found
    ]


def untagged_costs(found: Sequence[Untagged]) -> list[dict[str, Any]]:
    """Build the rows for unknown costs."""
    return [
        {
            "account": one.account,
            "service": one.service,
            "value": one.value,
            "currency": one.currency,
            "cost": text(one.cost),
            "rows": one.rows,
        }
        for one in found
    ]


def suggested_rules(found: Sequence[Suggestion]) -> list[dict[str, Any]]:
    """Build the rows for suggested rules."""
    return [{"rule": one.rule, "reason": one.reason, "currency": one.currency, "cost": text(one.cost)} for one in found]


def unit_cost_rows(found: Sequence[UnitCost]) -> list[dict[str, Any]]:
    """Build the rows for unit costs."""
    return [
        {
            "month": f"{one.month:%Y-%m}",
            "metric": one.metric,
            "team": one.team,
            "currency": one.currency,
            "cost": text(one.cost),
            "units": text(one.units),
            "per_unit": None if one.per_unit is None else text(one.per_unit),
        }
        for one in found
    ]


def change_rows(found: Sequence[Change], estimated: Collection[date]) -> list[dict[str, Any]]:
    """Build the rows for changes from month to month. `estimated` marks months that are not final."""
    months = {day.replace(day=1) for day in estimated}
    return [
        {
            "month": f"{one.month:%Y-%m}",
            "team": one.team,
            "currency": one.currency,
            "before": text(one.before),
            "after": text(one.after),
            "delta": text(one.delta),
            "ratio": ratio(one.ratio),
            "estimated": one.month in months,
            "drivers": [{"name": driver.name, "delta": text(driver.delta)} for driver in one.drivers],
        }
        for one in found
    ]


def movement_document(found: Movement) -> dict[str, Any]:
    """Build the document for costs that move between teams."""
    return {
        "teams": [
            {
                "team": one.team,
                "currency": one.currency,
                "before": text(one.before),
                "after": text(one.after),
                "delta": text(one.delta),
            }
            for one in found.balances
        ],
        "moves": [
            {"from": one.source, "to": one.target, "currency": one.currency, "cost": text(one.cost)}
            for one in found.moves
        ],
        "rules": [
            {"before": one.before, "after": one.after, "currency": one.currency, "cost": text(one.cost)}
            for one in found.reasons
        ],
    }


def origin(
    found: Origin, dimensions: Sequence[str], behind: Callable[[CostRow], Sequence[SourceRow]], *, days: bool
) -> dict[str, Any]:
    """Build the document for the origin of an amount. `rows` and `shares` add up to `cost`.

    Args:
        dimensions: dimensions of the table.
        days: True for costs by day; then `day` is set.
        behind: returns the source rows of a sum.
    """
    return {
        "month": f"{found.cell.period:%Y-%m}",
        "day": found.cell.period.isoformat() if days else None,
        "currency": found.cell.currency,
        "values": list(found.cell.values),
        "cost": text(found.cost),
        "rows": [
            {
                "rule": one.rule,
                "cost": text(one.row.cost),
                "rows": one.row.rows,
                **_row_fields(one.row, dimensions),
                "source_rows": [row._asdict() for row in behind(one.row)],
            }
            for one in found.rows
        ],
        "shares": [
            {
                "pool": share.transfer.pool,
                "weight": share.transfer.weight,
                "basis": share.transfer.basis,
                "of": text(share.pool_cost),
                "cost": text(share.transfer.cost),
                "pool_costs": origin(share.pool, dimensions, behind, days=days),
            }
            for share in found.shares
        ],
    }


def _row_fields(row: CostRow, dimensions: Sequence[str]) -> Mapping[str, Any]:
    return {"period": row.period.isoformat(), **dict(zip(dimensions, row.values, strict=True))}

"""The JSON documents of the commands, except that of a report. Amounts are exact, as text."""

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
from taggov.costs.periods import Period, covered
from taggov.costs.sources.base import SourceRow

_RATIO_DECIMALS = 6


def head(table: CostTable, period: Period, warnings: Sequence[str] = ()) -> dict[str, Any]:
    """Build the beginning of every document; the period ends before `end`."""
    period = covered(period, table)
    return {
        "metric": table.metric,
        "source": table.source,
        "start": period.start.isoformat() if period.start else None,
        "end": period.end.isoformat() if period.end else None,
        "estimated": sorted(f"{day:%Y-%m}" for day in {day.replace(day=1) for day in table.estimated}),
        "warnings": [*table.warnings, *warnings],
    }


def ratio(value: Fraction | None) -> float | None:
    """A ratio, rounded to six decimals."""
    return None if value is None else round(float(value), _RATIO_DECIMALS)


def coverages(found: Sequence[Coverage]) -> list[dict[str, Any]]:
    """Coverage, a row for each currency and kind."""
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
    """Unknown costs, the largest first."""
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
    """Rules to add."""
    return [{"rule": one.rule, "reason": one.reason, "currency": one.currency, "cost": text(one.cost)} for one in found]


def unit_cost_rows(found: Sequence[UnitCost]) -> list[dict[str, Any]]:
    """Unit costs."""
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
    """Changes from month to month with what drove them; one of an estimated month is not over yet."""
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
    """Describe what moves between teams."""
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
    """Build the origin of an amount; `rows` and `shares` add up to `cost`.

    Args:
        dimensions: of the table.
        days: whether the costs came by day: then `day` says which.
        behind: gives rows of the source for a sum.
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
                **_named(one.row, dimensions),
                "source_rows": [row._asdict() for row in behind(one.row)],
            }
            for one in found.rows
        ],
        "shares": [
            {
                "pool": share.transfer.pool,
                "weight": share.transfer.weight,
                "basis": share.transfer.basis,
                "of": text(share.held),
                "cost": text(share.transfer.cost),
                "pool_costs": origin(share.pool, dimensions, behind, days=days),
            }
            for share in found.shares
        ],
    }


def _named(row: CostRow, dimensions: Sequence[str]) -> Mapping[str, Any]:
    return {"period": row.period.isoformat(), **dict(zip(dimensions, row.values, strict=True))}

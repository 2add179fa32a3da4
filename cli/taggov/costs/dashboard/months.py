"""Some months of an allocation, as if they had been allocated by themselves."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import replace
from datetime import date
from decimal import Decimal, localcontext

from cost_allocation.exact import EXACT
from cost_allocation.model import UNKNOWN, AllocatedRow, Allocation, CostRow, Total


def months_of(allocation: Allocation) -> list[date]:
    """The months that have costs, by their first days, in their order."""
    return sorted({row.period.replace(day=1) for row in allocation.table.rows})


def only(allocation: Allocation, months: Collection[date]) -> Allocation:
    """Keep some months: shares of pools are those of each month, so no other month has a part in them.

    Args:
        allocation: of whole months.
        months: their first days.
    """
    places = [place for place, row in enumerate(allocation.table.rows) if row.period.replace(day=1) in months]
    given = [allocation.table.rows[place] for place in places]
    rows = [row for row in allocation.rows if row.cell.period.replace(day=1) in months]
    return replace(
        allocation,
        rows=rows,
        transfers=[one for one in allocation.transfers if one.cell.period.replace(day=1) in months],
        attributions=[allocation.attributions[place] for place in places],
        cells=[allocation.cells[place] for place in places],
        table=replace(allocation.table, rows=given),
        totals=_totals(given, rows),
    )


def _totals(given: Collection[CostRow], allocated: Collection[AllocatedRow]) -> dict[str, Total]:
    inputs: dict[str, Decimal] = defaultdict(Decimal)
    outputs: dict[str, Decimal] = defaultdict(Decimal)
    unknown: dict[str, Decimal] = defaultdict(Decimal)
    counted: dict[str, int] = defaultdict(int)
    with localcontext(EXACT):
        for source in given:
            inputs[source.currency] += source.cost
            counted[source.currency] += source.rows
        for row in allocated:
            outputs[row.cell.currency] += row.cost
            if row.team == UNKNOWN:
                unknown[row.cell.currency] += row.cost
        return {
            its: Total(its, inputs[its], inputs[its] - outputs[its], outputs[its], unknown[its], counted[its])
            for its in sorted(inputs)
        }

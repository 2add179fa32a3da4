"""Months of an allocation, as if each had been allocated by itself."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal, localcontext
from functools import cache

from cost_allocation.exact import EXACT
from cost_allocation.model import UNKNOWN, AllocatedRow, Allocation, CostRow, Total, Transfer


@cache
def month(day: date) -> date:
    """The first day of the month. Rows are many, days are few."""
    return day.replace(day=1)


def months_of(allocation: Allocation) -> list[date]:
    """The months that have costs, by their first days, in their order."""
    return sorted({month(row.period) for row in allocation.table.rows})


def by_month(allocation: Allocation) -> dict[date, Allocation]:
    """Each month that has costs: shares of pools are those of a month, so no other month has a part in it.

    Args:
        allocation: of whole months.
    """
    rows: dict[date, list[AllocatedRow]] = defaultdict(list)
    transfers: dict[date, list[Transfer]] = defaultdict(list)
    places: dict[date, list[int]] = defaultdict(list)
    for place, source in enumerate(allocation.table.rows):
        places[month(source.period)].append(place)
    for row in allocation.rows:
        rows[month(row.cell.period)].append(row)
    for transfer in allocation.transfers:
        transfers[month(transfer.cell.period)].append(transfer)
    return {its: _part(allocation, rows[its], transfers[its], places[its]) for its in sorted(places)}


def only(allocation: Allocation, months: Collection[date]) -> Allocation:
    """Keep some months: shares of pools are those of each month, so no other month has a part in them.

    Args:
        allocation: of whole months.
        months: their first days.
    """
    if {*months} >= {*months_of(allocation)}:
        return allocation
    places = [place for place, row in enumerate(allocation.table.rows) if month(row.period) in months]
    rows = [row for row in allocation.rows if month(row.cell.period) in months]
    transfers = [one for one in allocation.transfers if month(one.cell.period) in months]
    return _part(allocation, rows, transfers, places)


def _part(
    allocation: Allocation, rows: Sequence[AllocatedRow], transfers: Sequence[Transfer], places: Sequence[int]
) -> Allocation:
    """A part of an allocation; `places` are those of its source rows."""
    given = [allocation.table.rows[place] for place in places]
    return replace(
        allocation,
        rows=rows,
        transfers=transfers,
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

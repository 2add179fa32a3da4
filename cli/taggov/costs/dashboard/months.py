"""Selection of months from an allocation, as if they were allocated separately."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date
from decimal import Decimal, localcontext
from functools import cache

from cost_allocation.exact import EXACT
from cost_allocation.model import UNKNOWN, AllocatedRow, Allocation, CostRow, Total, Transfer


@cache
def month(day: date) -> date:
    """Return the first day of the month. Cached, because there are many rows and few days."""
    return day.replace(day=1)


def months_of(allocation: Allocation) -> list[date]:
    """Return the sorted first days of the months with costs."""
    return sorted({month(row.period) for row in allocation.table.rows})


def by_month(allocation: Allocation) -> dict[date, Allocation]:
    """Split an allocation by month. Shares of pools are computed by month, so months are independent.

    Args:
        allocation: an allocation of whole months.
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


def select_months(allocation: Allocation, months: Collection[date]) -> Allocation:
    """Select some months. Shares of pools are computed by month, so months are independent.

    Args:
        allocation: an allocation of whole months.
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
    """Cut out a part, and compute its totals; `places` are those of its source rows."""
    totals = _totals([allocation.table.rows[place] for place in places], rows)
    return allocation.part(places, rows, transfers, totals)


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

"""Allocation coverage: the share of the costs that have a team.

Credits without tags distort the ratio: they shrink the denominator, so that it may exceed 100 %. So there are several
ratios: gross (before credits and adjustments), net (all costs), and one for each charge category.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, localcontext
from fractions import Fraction
from functools import cache
from itertools import groupby

from cost_allocation.engine.attribute import MissingDimension
from cost_allocation.exact import EXACT, scale_of, split
from cost_allocation.model import Allocation, Kind
from cost_allocation.query import CHARGE_CATEGORY, ChargeCategory

GROSS, NET = "gross", "net"
CREDIT_CATEGORIES: frozenset[str] = frozenset({ChargeCategory.CREDIT, ChargeCategory.ADJUSTMENT})
"""Charge categories that gross coverage leaves out."""

_Part = tuple[int, int]
"""Two weights: the allocated and the unallocated part of a cost."""
_ALL: _Part = (1, 0)
_NONE: _Part = (0, 1)


@dataclass(frozen=True, slots=True)
class Coverage:
    """Coverage in one currency."""

    currency: str
    of: str
    """`gross`, `net`, or the charge category."""
    allocated: Decimal
    """Costs that have a team by any rule, without the parts of pools that stay unknown. Rounded like splits."""
    total: Decimal
    """All costs without excluded ones."""

    @property
    def ratio(self) -> Fraction | None:
        """Ratio of allocated to total costs; None if the total is zero or less.

        It is between 0 and 1 if all costs have the same sign, as usual for gross coverage. Net coverage may be any
        number.
        """
        return Fraction(self.allocated) / Fraction(self.total) if self.total > 0 else None


def coverage(allocation: Allocation) -> list[Coverage]:
    """Compute gross, net and charge category coverage, by currency.

    Raises:
        MissingDimension: the costs are not grouped by charge category.
    """
    at = allocation.table.position(CHARGE_CATEGORY)
    if at is None:
        raise MissingDimension(f"coverage needs {CHARGE_CATEGORY}, but the costs are not grouped by it")
    pools = _pools(allocation)
    sums: dict[tuple[str, str, _Part], Decimal] = defaultdict(Decimal)
    with localcontext(EXACT):
        for row, attribution in zip(allocation.table.rows, allocation.attributions, strict=True):
            kind, name = attribution.target
            if kind is Kind.EXCLUDED:
                continue
            part = _NONE if kind is Kind.UNKNOWN else _ALL
            if kind is Kind.POOL:
                part = pools[name, row.period, row.currency]
            sums[row.currency, row.values[at] or "none", part] += row.cost
        found = []
        for currency, own in groupby(sorted(sums.items()), key=lambda item: item[0][0]):
            costs = [(category, part, cost) for (_, category, part), cost in own]
            gross = [(part, cost) for category, part, cost in costs if category not in CREDIT_CATEGORIES]
            found += [
                _coverage(currency, GROSS, gross),
                _coverage(currency, NET, [(part, cost) for _, part, cost in costs]),
            ]
            for category, mine in groupby(costs, key=lambda cost: cost[0]):
                found.append(_coverage(currency, category, [(part, cost) for _, part, cost in mine]))
    return found


def _coverage(currency: str, of: str, costs: Iterable[tuple[_Part, Decimal]]) -> Coverage:
    by_part: dict[_Part, Decimal] = defaultdict(Decimal)
    for part, cost in costs:
        by_part[part] += cost
    allocated = (split(cost, part, scale_of((cost,)))[0] for part, cost in by_part.items())
    return Coverage(currency, of, sum(allocated, Decimal(0)), sum(by_part.values(), Decimal(0)))


def _pools(allocation: Allocation) -> Mapping[tuple[str, date, str], _Part]:
    """Compute the part of each pool that teams get in the end, by period and currency."""
    shares: dict[tuple[str, date, str], dict[tuple[Kind, str], Fraction]] = defaultdict(dict)
    for transfer in allocation.transfers:
        mine = shares[transfer.pool, transfer.cell.period, transfer.cell.currency]
        if transfer.target not in mine:
            mine[transfer.target] = Fraction(transfer.weight)

    @cache
    def allocated_part(pool: str, period: date, currency: str) -> Fraction:
        total = Fraction(0)
        for (kind, name), share in shares[pool, period, currency].items():
            if kind is Kind.POOL:
                total += share * allocated_part(name, period, currency)
            elif kind is Kind.TEAM:
                total += share
        return total

    parts = {key: allocated_part(*key) for key in shares}
    return {key: (part.numerator, part.denominator - part.numerator) for key, part in parts.items()}

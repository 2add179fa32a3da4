"""How much of the costs has somebody to answer for it.

A credit without tags makes the plain ratio meaningless: it shrinks the denominator, up to more than 100 %. So there are
three: gross (before credits and adjustments), net (everything), and each charge category by itself.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from fractions import Fraction

from .attribute import MissingDimension
from .exact import EXACT
from .model import Allocation, Kind
from .query import CHARGE_CATEGORY, ChargeCategory

GROSS, NET = "gross", "net"
_GIVEN_BACK = frozenset({ChargeCategory.CREDIT, ChargeCategory.ADJUSTMENT})


@dataclass(frozen=True, slots=True)
class Coverage:
    """One ratio, in one currency."""

    currency: str
    of: str
    """`gross`, `net`, or the charge category."""
    allocated: Decimal
    """To a team or a pool, by any rule."""
    total: Decimal
    """Without what filters left out."""

    @property
    def ratio(self) -> Fraction | None:
        """From 0 to 1 for gross; None where the total is zero or less, as nothing can be a part of that."""
        return Fraction(self.allocated) / Fraction(self.total) if self.total > 0 else None


def coverage(allocation: Allocation) -> list[Coverage]:
    """Gross, net and each charge category, by currency.

    Raises:
        MissingDimension: the costs do not say their charge category.
    """
    at = allocation.table.position(CHARGE_CATEGORY)
    if at is None:
        raise MissingDimension(f"coverage looks at {CHARGE_CATEGORY}, which the costs did not come by")
    sums: dict[tuple[str, str], list[Decimal]] = defaultdict(lambda: [Decimal(0), Decimal(0)])
    with localcontext(EXACT):
        for row, attribution in zip(allocation.table.rows, allocation.attributions, strict=True):
            kind = attribution.target.kind
            if kind is Kind.EXCLUDED:
                continue
            category = row.values[at] or "none"
            for name in (NET, category) if category in _GIVEN_BACK else (GROSS, NET, category):
                amounts = sums[row.currency, name]
                amounts[1] += row.cost
                if kind is not Kind.UNKNOWN:
                    amounts[0] += row.cost
    found = [Coverage(currency, name, *amounts) for (currency, name), amounts in sums.items()]
    first: Sequence[str] = (GROSS, NET)
    return sorted(found, key=lambda one: (one.currency, first.index(one.of) if one.of in first else 2, one.of))

"""Summary of a trace: direct costs by rule and shared costs by pool, as a tree."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext

from cost_allocation.analysis.trace import Origin, Share
from cost_allocation.exact import EXACT
from cost_allocation.model import CostRow


@dataclass(frozen=True, slots=True)
class Direct:
    """Source rows that one rule assigned."""

    rule: str
    cost: Decimal
    rows: Sequence[CostRow]
    """Largest first."""


@dataclass(frozen=True, slots=True)
class FromPool:
    """A share of a pool: its weight, and the whole cost of the pool."""

    pool: str
    weight: str
    basis: str
    cost: Decimal
    pool_cost: Decimal
    origin: TraceSummary


@dataclass(frozen=True, slots=True)
class TraceSummary:
    """Origin of an amount. `cost` equals the sum of `direct` and `pools` to the last digit."""

    cost: Decimal
    direct: Sequence[Direct]
    pools: Sequence[FromPool]

    @property
    def adds_up(self) -> bool:
        """True if the sums match at every level."""
        parts = _total([*(one.cost for one in self.direct), *(one.cost for one in self.pools)])
        return parts == self.cost and all(one.pool_cost == one.origin.cost and one.origin.adds_up for one in self.pools)


def summarize(origins: Sequence[Origin]) -> TraceSummary:
    """Summarize several origins: sum rules and pools that occur in several cells."""
    by_rule: dict[str, list[CostRow]] = defaultdict(list)
    by_pool: dict[tuple[str, str, str], list[Share]] = defaultdict(list)
    for origin in origins:
        for source in origin.rows:
            by_rule[source.rule].append(source.row)
        for share in origin.shares:
            by_pool[share.transfer.pool, share.transfer.weight, share.transfer.basis].append(share)
    direct = [
        Direct(rule, _total(row.cost for row in rows), sorted(rows, key=lambda row: -abs(row.cost)))
        for rule, rows in by_rule.items()
    ]
    pools = [
        FromPool(
            *key,
            _total(share.transfer.cost for share in shares),
            _total(share.pool_cost for share in shares),
            summarize([share.pool for share in shares]),
        )
        for key, shares in by_pool.items()
    ]
    return TraceSummary(
        _total(origin.cost for origin in origins),
        sorted(direct, key=lambda one: -abs(one.cost)),
        sorted(pools, key=lambda one: (-abs(one.cost), one.pool)),
    )


def _total(costs: Iterable[Decimal]) -> Decimal:
    """Return the exact sum."""
    with localcontext(EXACT):
        return sum(costs, Decimal(0))

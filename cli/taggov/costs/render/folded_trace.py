"""A trace as a tree that people can read: what was given directly, and what each pool handed on."""

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
    """Source rows that one rule gave."""

    rule: str
    cost: Decimal
    rows: Sequence[CostRow]
    """The largest first."""


@dataclass(frozen=True, slots=True)
class FromPool:
    """Part that a pool handed on by a weight, and all that it had."""

    pool: str
    weight: str
    basis: str
    cost: Decimal
    held: Decimal
    origin: Explanation


@dataclass(frozen=True, slots=True)
class Explanation:
    """Origin of an amount. It adds up: `cost` is the sum of `direct` and `pools` to the last digit."""

    cost: Decimal
    direct: Sequence[Direct]
    pools: Sequence[FromPool]

    @property
    def adds_up(self) -> bool:
        """True where it does, at every level."""
        parts = _total([*(one.cost for one in self.direct), *(one.cost for one in self.pools)])
        return parts == self.cost and all(one.held == one.origin.cost and one.origin.adds_up for one in self.pools)


def folded(origins: Sequence[Origin]) -> Explanation:
    """Explain several origins together: rules and pools that occur in many cells are added up."""
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
            _total(share.held for share in shares),
            folded([share.pool for share in shares]),
        )
        for key, shares in by_pool.items()
    ]
    return Explanation(
        _total(origin.cost for origin in origins),
        sorted(direct, key=lambda one: -abs(one.cost)),
        sorted(pools, key=lambda one: (-abs(one.cost), one.pool)),
    )


def _total(costs: Iterable[Decimal]) -> Decimal:
    """Add up exactly."""
    with localcontext(EXACT):
        return sum(costs, Decimal(0))

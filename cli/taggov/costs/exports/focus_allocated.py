"""Splits of the rules as the `Allocated` columns of FOCUS 1.3.

FOCUS has these columns for splits that the provider calculates
(https://focus.finops.org/focus-specification/v1-3/). `AllocatedMethodId` says that these are not the provider's.

The rows of one pool that agree in everything but team, owner and the `Allocated` columns are the allocated charges of
one origin charge: what the pool held there, less what it handed to other pools. Their costs add up to it, and their
ratios to 1. The part that nobody gets has no `AllocatedResourceId`, as FOCUS wants it of what is not allocated.

One ratio can not speak for costs that a pool splits differently, such as a billed and an effective cost in proportion
to what each team has of it. These are origin charges of their own: each has rows with its costs alone, which
`x_Metrics` names, and 0 in the others.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from cost_allocation.exact import FINEST, integer_weights, split
from cost_allocation.model import UNKNOWN, AllocatedRow, Allocation, Cell, Kind, Transfer
from cost_allocation.rules.model import Rules

METHOD = "taggov"
"""Before the kind of split in `AllocatedMethodId`, such as `taggov:even`."""

COLUMNS = (
    "AllocatedMethodDetails",
    "AllocatedMethodId",
    "AllocatedResourceId",
    "AllocatedResourceName",
    "AllocatedTags",
)
METRICS = "x_Metrics"
"""The column that names the costs of an origin charge that does not have all of them."""

_Origin = tuple[str, Cell]


@dataclass(frozen=True, slots=True)
class Together:
    """Costs that a pool splits alike, or those of a row that no pool handed on."""

    metrics: tuple[int, ...]
    """Positions of the allocations."""
    details: Mapping[str, str]
    """By target, the value of `AllocatedMethodDetails`."""
    alone: bool
    """Other metrics are split otherwise."""


class Allocated:
    """The columns of each row of some allocations of the same costs in different metrics."""

    def __init__(self, allocations: Sequence[Allocation], rules: Rules) -> None:
        self._rules = rules
        self._names = [one.table.metric for one in allocations]
        self._direct = (Together(tuple(range(len(allocations))), {}, alone=False),)
        splits: dict[_Origin, dict[int, list[Transfer]]] = defaultdict(lambda: defaultdict(list))
        for metric, allocation in enumerate(allocations):
            for transfer in allocation.transfers:
                if transfer.target.kind is not Kind.POOL:
                    splits[transfer.pool, transfer.cell][metric].append(transfer)
        self._origins = {origin: self._alike(by_metric) for origin, by_metric in splits.items()}

    def _alike(self, by_metric: Mapping[int, list[Transfer]]) -> tuple[Together, ...]:
        """Put together the metrics that one origin splits by the same weights; without costs any weights are right."""
        priced = [metric for metric, its in by_metric.items() if any(one.cost for one in its)] or [*by_metric][:1]
        groups: dict[tuple[tuple[str, str], ...], list[int]] = defaultdict(list)
        for metric in priced:
            groups[tuple(sorted((one.target.name, one.weight) for one in by_metric[metric]))].append(metric)
        return tuple(
            Together(tuple(metrics), _details(by_metric[metrics[0]]), alone=len(groups) > 1)
            for metrics in groups.values()
        )

    def together(self, row: AllocatedRow) -> Sequence[Together]:
        """The rows that a row of any of the allocations becomes: one for each group of costs that are split alike."""
        if row.pool is None:
            return self._direct
        return [one for one in self._origins[row.pool, row.cell] if row.team in one.details]

    def columns(self, row: AllocatedRow, its: Together, tags: Mapping[str, str]) -> dict[str, str | None]:
        """The values of `COLUMNS` and `METRICS`; none for a direct cost.

        Args:
            row: of an allocation.
            its: what the row has.
            tags: those in its `Tags`, which FOCUS wants not to be repeated.
        """
        if row.pool is None:
            return {}
        whom = None if row.team == UNKNOWN else row.team
        given = {key: row.team for key in self._rules.team_tags[:1] if whom and tags.get(key) != row.team}
        return {
            METRICS: ", ".join(sorted(self._names[metric] for metric in its.metrics)) if its.alone else None,
            "AllocatedMethodDetails": its.details[row.team],
            "AllocatedMethodId": f"{METHOD}:{self._rules.on(row.cell.period).pools[row.pool].split}",
            "AllocatedResourceId": whom,
            "AllocatedResourceName": whom,
            "AllocatedTags": json.dumps(given, ensure_ascii=False) if given else None,
        }


def _details(transfers: list[Transfer]) -> dict[str, str]:
    return {
        transfer.target.name: json.dumps({"Elements": [{"AllocatedRatio": float(ratio), "x_Basis": transfer.basis}]})
        for transfer, ratio in zip(transfers, _ratios(transfers), strict=True)
    }


def _ratios(transfers: list[Transfer]) -> list[Decimal]:
    """The part of each transfer; together exactly 1."""
    return split(Decimal(1), integer_weights([Fraction(transfer.weight) for transfer in transfers]), FINEST)

"""Splits of the rules as the `Allocated` columns of FOCUS 1.3.

FOCUS defines these columns for splits by the provider (https://focus.finops.org/focus-specification/v1-3/).
`AllocatedMethodId` shows that these splits are not by the provider.

Rows of one pool that differ only in team, owner and the `Allocated` columns are the allocated charges of one origin
charge: the cost of the pool, minus the cost that it distributed to other pools. Their costs add up to the origin
charge, and their ratios to 1. The part that stays unknown has no `AllocatedResourceId`, as FOCUS requires for
unallocated costs.

A ratio is only valid for costs that a pool splits in the same way. Billed and effective costs may differ, for example
in a split by direct cost. Then each is an origin charge with separate rows: `x_Metrics` names its costs, and the others
are 0.
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
"""Prefix of the kind of split in `AllocatedMethodId`, such as `taggov:even`."""

COLUMNS = (
    "AllocatedMethodDetails",
    "AllocatedMethodId",
    "AllocatedResourceId",
    "AllocatedResourceName",
    "AllocatedTags",
)
METRICS = "x_Metrics"
"""Column with the costs of an origin charge, if it does not have all of them."""

_Origin = tuple[str, Cell]


@dataclass(frozen=True, slots=True)
class MetricGroup:
    """Metrics that a pool splits in the same way, or all metrics of a direct cost."""

    metrics: tuple[int, ...]
    """Indexes of the allocations."""
    details: Mapping[str, str]
    """Value of `AllocatedMethodDetails` by target."""
    alone: bool
    """True if other metrics are split differently."""


class AllocatedColumns:
    """`Allocated` columns for the rows of allocations of the same costs in different metrics."""

    def __init__(self, allocations: Sequence[Allocation], rules: Rules) -> None:
        self._rules = rules
        self._names = [one.table.metric for one in allocations]
        self._direct = (MetricGroup(tuple(range(len(allocations))), {}, alone=False),)
        splits: dict[_Origin, dict[int, list[Transfer]]] = defaultdict(lambda: defaultdict(list))
        for metric, allocation in enumerate(allocations):
            for transfer in allocation.transfers:
                if transfer.target.kind is not Kind.POOL:
                    splits[transfer.pool, transfer.cell][metric].append(transfer)
        self._origins = {origin: self._group_metrics(by_metric) for origin, by_metric in splits.items()}

    def _group_metrics(self, by_metric: Mapping[int, list[Transfer]]) -> tuple[MetricGroup, ...]:
        """Group the metrics that one origin splits by the same weights. Metrics without costs fit any weights."""
        priced = [metric for metric, its in by_metric.items() if any(one.cost for one in its)] or [*by_metric][:1]
        groups: dict[tuple[tuple[str, str], ...], list[int]] = defaultdict(list)
        for metric in priced:
            groups[tuple(sorted((one.target.name, one.weight) for one in by_metric[metric]))].append(metric)
        return tuple(
            MetricGroup(tuple(metrics), _details(by_metric[metrics[0]]), alone=len(groups) > 1)
            for metrics in groups.values()
        )

    def metric_groups(self, row: AllocatedRow) -> Sequence[MetricGroup]:
        """Return the groups of metrics of a row. Each becomes a row of the file."""
        if row.pool is None:
            return self._direct
        return [one for one in self._origins[row.pool, row.cell] if row.team in one.details]

    def columns(self, row: AllocatedRow, group: MetricGroup, tags: Mapping[str, str]) -> dict[str, str | None]:
        """Return the values of `COLUMNS` and `METRICS`; empty for a direct cost.

        Args:
            row: row of an allocation.
            group: metrics of the row.
            tags: tags in the `Tags` column, which must not be repeated.
        """
        if row.pool is None:
            return {}
        whom = None if row.team == UNKNOWN else row.team
        given = {key: row.team for key in self._rules.team_tags[:1] if whom and tags.get(key) != row.team}
        return {
            METRICS: ", ".join(sorted(self._names[metric] for metric in group.metrics)) if group.alone else None,
            "AllocatedMethodDetails": group.details[row.team],
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
    """Return the ratio of each transfer. The ratios add up to exactly 1."""
    return split(Decimal(1), integer_weights([Fraction(transfer.weight) for transfer in transfers]), FINEST)

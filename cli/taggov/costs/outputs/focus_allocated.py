"""Splits of the rules as the `Allocated` columns of FOCUS 1.3.

FOCUS has these columns for splits that the provider calculates
(https://focus.finops.org/focus-specification/v1-3/). `AllocatedMethodId` says that these are not the provider's.

The rows of one pool that agree in everything but team, owner and the `Allocated` columns are the allocated charges of
one origin charge: what the pool held there, less what it handed to other pools. Their costs add up to it, and their
ratios to 1. The part that nobody gets has no `AllocatedResourceId`, as FOCUS wants it of what is not allocated.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction

from cost_allocation.exact import FINEST, integer_weights, split
from cost_allocation.model import UNKNOWN, AllocatedRow, Allocation, Cell, Kind, Transfer
from cost_allocation.rules import Rules

METHOD = "taggov"
"""Before the kind of split in `AllocatedMethodId`, such as `taggov:even`."""

COLUMNS = (
    "AllocatedMethodDetails",
    "AllocatedMethodId",
    "AllocatedResourceId",
    "AllocatedResourceName",
    "AllocatedTags",
)


class Allocated:
    """The columns of each row of one allocation."""

    def __init__(self, allocation: Allocation, rules: Rules) -> None:
        self._rules = rules
        groups: dict[tuple[str, Cell], list[Transfer]] = defaultdict(list)
        for transfer in allocation.transfers:
            if transfer.target.kind is not Kind.POOL:
                groups[transfer.pool, transfer.cell].append(transfer)
        self._details = {
            (pool, cell, transfer.target.name): json.dumps(
                {"Elements": [{"AllocatedRatio": float(ratio), "x_Basis": transfer.basis}]}
            )
            for (pool, cell), transfers in groups.items()
            for transfer, ratio in zip(transfers, _ratios(transfers), strict=True)
        }

    def columns(self, row: AllocatedRow, tags: Mapping[str, str]) -> dict[str, str | None]:
        """The values of `COLUMNS`; none for a direct cost.

        Args:
            row: of the allocation.
            tags: those in its `Tags`, which FOCUS wants not to be repeated.
        """
        if row.pool is None:
            return {}
        whom = None if row.team == UNKNOWN else row.team
        given = {key: row.team for key in self._rules.team_tags[:1] if whom and tags.get(key) != row.team}
        return {
            "AllocatedMethodDetails": self._details[row.pool, row.cell, row.team],
            "AllocatedMethodId": f"{METHOD}:{self._rules.on(row.cell.period).pools[row.pool].split}",
            "AllocatedResourceId": whom,
            "AllocatedResourceName": whom,
            "AllocatedTags": json.dumps(given, ensure_ascii=False) if given else None,
        }


def _ratios(transfers: list[Transfer]) -> list[Decimal]:
    """The part of each transfer; together exactly 1."""
    return split(Decimal(1), integer_weights([Fraction(transfer.weight) for transfer in transfers]), FINEST)

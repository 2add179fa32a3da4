"""Unknown costs of an allocation."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from cost_allocation import query
from cost_allocation.engine.attribute import MissingDimension
from cost_allocation.model import UNKNOWN, Allocation, CostRow, Kind
from cost_allocation.rules.model import Rules

DIMENSIONS = (query.ACCOUNT, query.SERVICE)
"""Dimensions that are needed besides those of the rules."""


class UnknownCost(NamedTuple):
    """Row without a team."""

    row: CostRow
    account: str | None
    service: str | None
    projects: tuple[str, ...]
    """Values of project tags, in order of preference."""
    teams: tuple[str, ...]
    by_rule: bool
    """True if a rule leads to unknown, such as a pool that is not in effect. Then no other rule helps."""


def unknown_costs(allocation: Allocation, rules: Rules) -> Iterator[UnknownCost]:
    """Yield the rows without a team, without unknown shares of pools.

    Raises:
        MissingDimension: the costs are not grouped by account and service.
    """
    account, service = (position(allocation, dimension) for dimension in DIMENSIONS)
    projects, teams = (_tags(allocation, keys) for keys in (rules.project_tags, rules.team_tags))
    for row, attribution in zip(allocation.table.rows, allocation.attributions, strict=True):
        if attribution.target.kind is Kind.UNKNOWN:
            values = row.values
            yield UnknownCost(
                row,
                values[account],
                values[service],
                _tag_values(rules, allocation, projects, values),
                _tag_values(rules, allocation, teams, values),
                not attribution.rule.startswith(UNKNOWN),
            )


def position(allocation: Allocation, dimension: str) -> int:
    """Return the position of a dimension in the values of a row.

    Raises:
        MissingDimension: the costs are not grouped by it.
    """
    at = allocation.table.position(dimension)
    if at is None:
        came_by = ", ".join(allocation.table.dimensions) or "nothing"
        raise MissingDimension(f"unknown costs are listed by {dimension}, but the costs are grouped by {came_by}")
    return at


def _tag_values(
    rules: Rules, allocation: Allocation, places: list[int], values: tuple[str | None, ...]
) -> tuple[str, ...]:
    dimensions = allocation.table.dimensions
    return tuple([rules.readings(dimensions[at], value)[0] for at in places if (value := values[at]) is not None])


def _tags(allocation: Allocation, keys: tuple[str, ...]) -> list[int]:
    places = (allocation.table.position(query.tag(key)) for key in keys)
    return [at for at in places if at is not None]

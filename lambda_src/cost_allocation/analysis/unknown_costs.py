"""The part of an allocation that no rule gave to anybody."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from cost_allocation import query
from cost_allocation.engine.attribute import MissingDimension
from cost_allocation.model import UNKNOWN, Allocation, CostRow, Kind
from cost_allocation.rules.model import Rules

DIMENSIONS = (query.ACCOUNT, query.SERVICE)
"""Dimensions that a table needs besides the rules' own."""


class UnknownCost(NamedTuple):
    """A row of the unknown bucket."""

    row: CostRow
    account: str | None
    service: str | None
    projects: tuple[str, ...]
    """Values of project tags, in the order of preference."""
    teams: tuple[str, ...]
    ruled: bool
    """True where a rule itself says unknown: a pool that is not in effect. No other rule helps there."""


def unknown_costs(allocation: Allocation, rules: Rules) -> Iterator[UnknownCost]:
    """The rows that were attributed to nobody; what pools hand to nobody is not among them.

    Raises:
        MissingDimension: the costs do not say account and service.
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
                _meant(rules, allocation, projects, values),
                _meant(rules, allocation, teams, values),
                not attribution.rule.startswith(UNKNOWN),
            )


def position(allocation: Allocation, dimension: str) -> int:
    """Find the place of the dimension in the values of a row.

    Raises:
        MissingDimension: the costs do not say it.
    """
    at = allocation.table.position(dimension)
    if at is None:
        came_by = ", ".join(allocation.table.dimensions) or "nothing"
        raise MissingDimension(f"unknown costs are told apart by {dimension}, and the costs came by {came_by}")
    return at


def _meant(rules: Rules, allocation: Allocation, places: list[int], values: tuple[str | None, ...]) -> tuple[str, ...]:
    dimensions = allocation.table.dimensions
    return tuple([rules.readings(dimensions[at], value)[0] for at in places if (value := values[at]) is not None])


def _tags(allocation: Allocation, keys: tuple[str, ...]) -> list[int]:
    places = (allocation.table.position(query.tag(key)) for key in keys)
    return [at for at in places if at is not None]

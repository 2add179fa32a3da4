"""Spellings of tag keys: Cost Explorer tells letter case apart, so the one that there is gets asked for."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from cost_allocation.query import CostQuery, tag
from taggov.costs.sources.cost_explorer.client import NAME
from taggov.costs.sources.tag_keys import asked_keys, listed, spellings


@dataclass(frozen=True, slots=True)
class Respelled:
    """A query in the spellings of Cost Explorer."""

    query: CostQuery
    dimensions: tuple[str, ...]
    """For each dimension that was asked for, the one in which its values come."""
    notices: tuple[str, ...]


def respelled(query: CostQuery, known: Collection[str]) -> Respelled:
    """Ask for the keys that there are, and name those that are left out.

    Args:
        query: what was asked for.
        known: the tag keys of its period.
    """
    asked = asked_keys(query)
    existing = {key: [name for name in spellings(key, known) if name in known] for key in asked}
    names = {tag(key): tag(found[0]) for key, found in existing.items() if found}
    dimensions = tuple(names.get(one, one) for one in query.dimensions)
    filters = tuple(replace(one, dimension=names.get(one.dimension, one.dimension)) for one in query.filters)
    return Respelled(
        replace(query, dimensions=dimensions, filters=filters),
        dimensions,
        tuple(_notices(existing, {name for found in existing.values() for name in found[:1]})),
    )


def _notices(existing: Mapping[str, list[str]], read: Collection[str]) -> list[str]:
    notices = []
    for key, found in existing.items():
        if found and found[0] != key:
            notices.append(f'{NAME} spells the tag key "{key}" as {listed(found[:1])}: read under that name')
        if others := [name for name in found[1:] if name not in read]:
            notices.append(
                f"{NAME} reads a tag key in one spelling, {listed(found[:1])}, and there are costs under "
                f"{listed(others)} too: name them under tag_keys as well"
            )
    return notices

"""Spellings of tag keys. Cost Explorer is case sensitive, so a query must use the spelling that exists."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from cost_allocation.query import CostQuery, tag
from taggov.costs.sources.cost_explorer.client import NAME
from taggov.costs.sources.tag_keys import asked_keys, quoted_list, spellings


@dataclass(frozen=True, slots=True)
class RespelledQuery:
    """A query with the spellings that exist in Cost Explorer."""

    query: CostQuery
    dimensions: tuple[str, ...]
    """For each requested dimension, the one that has its values in the answer."""
    notices: tuple[str, ...]


def respell(query: CostQuery, known: Collection[str]) -> RespelledQuery:
    """Replace requested tag keys by existing spellings, and list the spellings that are left out.

    Args:
        query: the requested query.
        known: the tag keys in its period.
    """
    asked = asked_keys(query)
    existing = {key: [name for name in spellings(key, known) if name in known] for key in asked}
    names = {tag(key): tag(found[0]) for key, found in existing.items() if found}
    dimensions = tuple(names.get(one, one) for one in query.dimensions)
    filters = tuple(replace(one, dimension=names.get(one.dimension, one.dimension)) for one in query.filters)
    return RespelledQuery(
        replace(query, dimensions=dimensions, filters=filters),
        dimensions,
        tuple(_notices(existing, {name for found in existing.values() for name in found[:1]})),
    )


def _notices(existing: Mapping[str, list[str]], read: Collection[str]) -> list[str]:
    notices = []
    for key, found in existing.items():
        if found and found[0] != key:
            notices.append(f'{NAME} spells the tag key "{key}" as {quoted_list(found[:1])}: that spelling is used')
        if others := [name for name in found[1:] if name not in read]:
            notices.append(
                f"only the spelling {quoted_list(found[:1])} of a tag key is used, but {NAME} also has costs under "
                f"{quoted_list(others)}: add these to tag_keys"
            )
    return notices

"""Conditions of the rules: values that should occur in the costs, with their place in the file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from glob import escape
from itertools import chain
from typing import Any

from cost_allocation import query
from cost_allocation.rules.dated import Path
from cost_allocation.rules.entries import Entries
from cost_allocation.rules.model import Condition, Rules
from cost_allocation.rules.service_names import with_service_names

DIMENSIONS = {
    "services": query.SERVICE,
    "accounts": query.ACCOUNT,
    "regions": query.REGION,
    "providers": query.PROVIDER,
    "charge_categories": query.CHARGE_CATEGORY,
}
"""Dimension of each field of filters and matches."""
_FIELDS = {dimension: name for name, dimension in DIMENSIONS.items()}


def conditions(filters: Mapping[str, Any], entries: Entries, rules: Rules) -> Iterator[Condition]:
    """Yield the conditions of filters, projects, accounts, pools and teams, in this order.

    Args:
        filters: filters in the document.
        entries: dated parts of the document.
        rules: rules with the tag keys.
    """
    for name, given in filters.items():
        sides = given.items() if isinstance(given, Mapping) else [(None, given)]
        for side, patterns in sides:
            path: Path = ("filters", name) if side is None else ("filters", name, side)
            yield from _patterns(path, DIMENSIONS[name], patterns, exact=True)
    projects = tuple(map(query.tag, rules.project_tags))
    for name, dated in entries.projects.items():
        for project in dated:
            spellings = tuple(escape(spelling) for spelling in (name, *project.value.aliases))
            yield Condition(project.path, name, projects, spellings, False, project.start, project.until)
    for name, fallbacks in entries.accounts.items():
        for account in fallbacks:
            patterns = (escape(name),)
            yield Condition(account.path, name, (query.ACCOUNT,), patterns, True, account.start, account.until)
    yield from _shared(entries, projects, rules)
    yield from _teams(entries, rules)


def _shared(entries: Entries, projects: tuple[str, ...], rules: Rules) -> Iterator[Condition]:
    """Yield the patterns of pools with a match, and the names of pools that only a tag can select."""
    tags = tuple(dict.fromkeys((*projects, *map(query.tag, rules.team_tags))))
    named = set(_targets(entries))
    for name, dated in entries.pools.items():
        for pool in dated:
            if pool.value.match is None:
                if name not in named:
                    yield Condition(pool.path, name, tags, (escape(name),), False, pool.start, pool.until)
                continue
            for dimension, patterns in pool.value.match.patterns.items():
                key = query.tag_key(dimension)
                where = (_FIELDS[dimension],) if key is None else ("tags", key)
                for found in _patterns((*pool.path, "match", *where), dimension, patterns, exact=False):
                    yield replace(found, start=pool.start, until=pool.until)


def _teams(entries: Entries, rules: Rules) -> Iterator[Condition]:
    """Yield the teams that only a team tag can select, because no other rule names them."""
    tags = tuple(map(query.tag, rules.team_tags))
    named = {*_targets(entries), *entries.pools}
    for name, dated in entries.teams.items():
        if name not in named:
            for team in dated:
                yield Condition(team.path, name, tags, (escape(name),), False, team.start, team.until)


def _targets(entries: Entries) -> Iterator[str]:
    """Yield all teams and pools that are targets of projects, accounts or pools."""
    for entry in chain.from_iterable((*entries.projects.values(), *entries.accounts.values())):
        yield entry.value.team
    for sharing in chain.from_iterable(entries.pools.values()):
        yield from sharing.value.to


def _patterns(path: Path, dimension: str, patterns: Sequence[str], exact: bool) -> Iterator[Condition]:
    for index, pattern in enumerate(patterns):
        yield Condition((*path, index), pattern, (dimension,), with_service_names(dimension, (pattern,)), exact)

"""Values that the rules file looks for in costs, each with its place: what may turn out to match nothing."""

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
from cost_allocation.rules.service_names import spelled_out

DIMENSIONS = {
    "services": query.SERVICE,
    "accounts": query.ACCOUNT,
    "regions": query.REGION,
    "providers": query.PROVIDER,
    "charge_categories": query.CHARGE_CATEGORY,
}
"""Dimension of each field of a filter or a match."""
_FIELDS = {dimension: name for name, dimension in DIMENSIONS.items()}


def conditions(filters: Mapping[str, Any], entries: Entries, rules: Rules) -> Iterator[Condition]:
    """Everything that filters, projects, accounts, pools and teams look for, in the order of these parts.

    Args:
        filters: that part of the document.
        entries: the dated parts.
        rules: for the tag keys.
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
    """Patterns of pools with a match; other pools are found by name, unless a rule hands them something."""
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
    """Teams that no other rule names: only a team tag can bring them costs."""
    tags = tuple(map(query.tag, rules.team_tags))
    named = {*_targets(entries), *entries.pools}
    for name, dated in entries.teams.items():
        if name not in named:
            for team in dated:
                yield Condition(team.path, name, tags, (escape(name),), False, team.start, team.until)


def _targets(entries: Entries) -> Iterator[str]:
    """Every team and pool that a project, an account or a pool gives something to."""
    for entry in chain.from_iterable((*entries.projects.values(), *entries.accounts.values())):
        yield entry.value.team
    for sharing in chain.from_iterable(entries.pools.values()):
        yield from sharing.value.to


def _patterns(path: Path, dimension: str, patterns: Sequence[str], exact: bool) -> Iterator[Condition]:
    for index, pattern in enumerate(patterns):
        yield Condition((*path, index), pattern, (dimension,), spelled_out(dimension, (pattern,)), exact)

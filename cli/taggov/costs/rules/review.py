"""Notices about rules that are valid but look like mistakes."""

from __future__ import annotations

from difflib import get_close_matches

from cost_allocation.model import Kind
from cost_allocation.rules.model import Rules, Snapshot

_SIMILARITY = 0.75


def review(rules: Rules) -> list[str]:
    """Return a notice for each probable mistake: teams without an owner, names that look like typos."""
    found: dict[str, None] = {}
    for snapshot in rules.snapshots:
        for line in _review(rules, snapshot):
            found[line] = None
    return list(found)


def _review(rules: Rules, snapshot: Snapshot) -> list[str]:
    owned = [name for name, owner in snapshot.teams.items() if owner]
    lines = []
    for team, owner in snapshot.teams.items():
        if owner:
            continue
        near = get_close_matches(team, owned, n=1, cutoff=_SIMILARITY)
        hint = f'; did you mean "{near[0]}"?' if near else ""
        if rules.default_owner is None:
            lines.append(f'team "{team}" has no owner, and there is no default_owner{hint}')
        elif near:
            lines.append(f'team "{team}" is not under teams, so {rules.default_owner} owns its costs{hint}')
    for project in dict.fromkeys(snapshot.projects.values()):
        if project.name in snapshot.pools and project.target.name != project.name:
            whose = f"projects.{project.name} goes to {project.target.name}"
            lines.append(f"{whose}, so no tag assigns costs to the pool of that name")
    for name, pool in snapshot.pools.items():
        if any(target.kind is Kind.UNKNOWN for target in pool.targets):
            lines.append(f'shared.{name} leaves costs unknown: a pool in "to" is not in effect at that time')
    return lines

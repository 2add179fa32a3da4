"""Things that are allowed in rules, and still worth a second look."""

from __future__ import annotations

from difflib import get_close_matches

from cost_allocation.model import Kind
from cost_allocation.rules.model import Rules, Snapshot

_ALIKE = 0.75


def review(rules: Rules) -> list[str]:
    """A line for each oddity: teams that nobody owns, names that look like a slip of the pen."""
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
        near = get_close_matches(team, owned, n=1, cutoff=_ALIKE)
        hint = f'; did you mean "{near[0]}"?' if near else ""
        if rules.default_owner is None:
            lines.append(f'team "{team}" has no owner, and there is no default_owner{hint}')
        elif near:
            lines.append(f'team "{team}" is not under teams, so {rules.default_owner} owns its costs{hint}')
    for project in dict.fromkeys(snapshot.projects.values()):
        if project.name in snapshot.pools and project.target.name != project.name:
            whose = f"projects.{project.name} goes to {project.target.name}"
            lines.append(f"{whose}, so no tag brings anything to the pool of that name")
    for name, pool in snapshot.pools.items():
        if any(target.kind is Kind.UNKNOWN for target in pool.targets):
            lines.append(f'shared.{name} hands costs to nobody: a pool in "to" is not in effect at that time')
    return lines

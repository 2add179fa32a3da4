"""Resolution of dated entries to the rules of a day. Names become teams or pools."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from graphlib import CycleError, TopologicalSorter
from itertools import chain
from typing import NamedTuple, TypeVar

from cost_allocation.model import EXCLUDED, UNKNOWN, Kind, Target
from cost_allocation.rules.dated import DatedEntry, Path, boundary_days
from cost_allocation.rules.model import (
    DIRECT_COST,
    NOBODY,
    Match,
    Pool,
    Problem,
    Project,
    Rules,
    Snapshot,
    Split,
    WhenZero,
)
from cost_allocation.rules.service_names import with_service_names

T = TypeVar("T")

SHARED = "shared"
_RESERVED = {UNKNOWN: "the name of costs without a rule", EXCLUDED: "the name of costs that filters exclude"}


class ProjectEntry(NamedTuple):
    """Entry of a project or account, with an unresolved target."""

    team: str
    project: str | None
    aliases: tuple[str, ...]


class PoolEntry(NamedTuple):
    """Entry of a pool. Without targets, it is shared by every team."""

    split: Split
    to: Mapping[str, Fraction | None]
    by: str
    when_zero: WhenZero
    match: Match | None


@dataclass(frozen=True, slots=True)
class Entries:
    """Dated parts of the file, by name."""

    projects: Mapping[str, Sequence[DatedEntry[ProjectEntry]]]
    teams: Mapping[str, Sequence[DatedEntry[str | None]]]
    accounts: Mapping[str, Sequence[DatedEntry[ProjectEntry]]]
    pools: Mapping[str, Sequence[DatedEntry[PoolEntry]]]

    def boundaries(self) -> tuple[date, ...]:
        """Return the sorted days on which an entry starts or ends."""
        parts = (self.projects, self.teams, self.accounts, self.pools)
        return tuple(sorted(boundary_days(chain.from_iterable(chain.from_iterable(part.values() for part in parts)))))

    def names(self) -> Iterator[tuple[Path, str]]:
        """Yield all teams and pools in the file, with their place."""
        for name in self.teams:
            yield ("teams", name), name
        for name in self.pools:
            yield (SHARED, name), name
        for entry in chain.from_iterable((*self.projects.values(), *self.accounts.values())):
            yield entry.path, entry.value.team
        for sharing in chain.from_iterable(self.pools.values()):
            for name in sharing.value.to:
                yield sharing.path, name

    def matched_dimensions(self) -> set[str]:
        """Return the dimensions in matches of pools."""
        pools = chain.from_iterable(self.pools.values())
        return {name for pool in pools if pool.value.match for name in pool.value.match.patterns}

    def snapshots(self, rules: Rules, problems: list[Problem]) -> tuple[Snapshot, ...]:
        """Resolve the rules before the first boundary, between boundaries, and from the last one on.

        Args:
            rules: rules without snapshots.
            problems: list to which problems are added.
        """
        _check_names(self, rules, problems)
        _check_bases(self, problems)
        found = tuple(_Day(self, rules, day, problems).snapshot() for day in (date.min, *rules.boundaries))
        if not any(snapshot.teams.keys() - snapshot.pools.keys() for snapshot in found):
            for name, dated in self.pools.items():
                if not all(entry.value.to for entry in dated):
                    problems.append(Problem((SHARED, name), "there are no teams that could share it; name some in to"))
        return found


def _check_names(entries: Entries, rules: Rules, problems: list[Problem]) -> None:
    """Check that names are unambiguous."""
    for path, name in entries.names():
        # Projects and splits may have the target unknown, but no team or pool may have this name.
        if name == EXCLUDED or (name == UNKNOWN and path in (("teams", name), (SHARED, name))):
            problems.append(Problem(path, f'"{name}" is {_RESERVED[name]}; choose another name'))
    spellings = {UNKNOWN: UNKNOWN}
    for path, name in entries.names():
        if (known := spellings.setdefault(rules.spelling(name), name)) != name:
            message = f'"{name}" and "{known}" are the same name when letter case is ignored; use one spelling'
            problems.append(Problem(path, message))
    names = set(spellings.values())
    for metric, values in rules.metrics.items():
        if metric == DIRECT_COST:
            problems.append(Problem(("metrics", metric), "is the built-in basis of splits; choose another name"))
        for team in values:
            if team not in names:
                problems.append(Problem(("metrics", metric, team), f'no other rule names a team "{team}"'))


def _check_bases(entries: Entries, problems: list[Problem]) -> None:
    """Check that splits by direct cost have only teams as targets, because others have no direct cost."""
    for entry in chain.from_iterable(entries.pools.values()):
        if entry.value.split is Split.PROPORTIONAL and entry.value.by == DIRECT_COST:
            for name in entry.value.to:
                if name in entries.pools or name == UNKNOWN:
                    message = f'"{name}" is not a team, so it has no direct cost to split by'
                    problems.append(Problem((*entry.path, "to"), message))


class _Day:
    """Entries that apply on one day."""

    def __init__(self, entries: Entries, rules: Rules, day: date, problems: list[Problem]) -> None:
        self._entries, self._rules, self._day, self._problems = entries, rules, day, problems
        self._pools = self._entries_in_effect(entries.pools)

    def snapshot(self) -> Snapshot:
        projects = self._projects()
        accounts = {
            account: Project(chosen.project or "", self._target(chosen.team))
            for account, chosen in self._entries_in_effect(self._entries.accounts).items()
        }
        teams = self._entries_in_effect(self._entries.teams)
        named = [project.target for project in (*projects.values(), *accounts.values())]
        named += [self._target(name) for sharing in self._pools.values() for name in sharing.to]
        for target in named:
            if target.kind is Kind.TEAM:
                teams.setdefault(target.name, None)
        pools = {name: self._pool(name, sharing, teams) for name, sharing in self._pools.items()}
        # A team that has ended gets no share of pools for every team, but still the costs with its tag.
        names = {self._rules.spelling(name): self._target(name) for _, name in self._entries.names()}
        names = {name: target for name, target in names.items() if target.kind is not Kind.UNKNOWN}
        return Snapshot(projects, teams, accounts, pools, names, self._order(pools))

    def _entries_in_effect(self, part: Mapping[str, Sequence[DatedEntry[T]]]) -> dict[str, T]:
        return {name: entry.value for name, dated in part.items() for entry in dated if entry.applies_on(self._day)}

    def _target(self, name: str) -> Target:
        if name in self._pools:
            return Target(Kind.POOL, name)
        # A pool that is not in effect that day has no targets.
        return self._rest(name) if name == UNKNOWN or name in self._entries.pools else Target(Kind.TEAM, name)

    def _rest(self, pool: str) -> Target:
        """Return the target of costs that a pool cannot split: the team with its name, if there is one."""
        return Target(Kind.TEAM, pool) if pool in self._entries.teams else NOBODY

    def _projects(self) -> dict[str, Project]:
        found: dict[str, Project] = {}
        for name, chosen in self._entries_in_effect(self._entries.projects).items():
            for spelling in (name, *chosen.aliases):
                known = found.setdefault(self._rules.spelling(spelling), Project(name, self._target(chosen.team)))
                if known.name != name:
                    message = f'"{spelling}" already means the project {known.name}'
                    self._problems.append(Problem(("projects", name), message))
        return found

    def _pool(self, name: str, sharing: PoolEntry, teams: Mapping[str, str | None]) -> Pool:
        rest = self._rest(name)
        # A pool cannot be its own target, but a team with its name can.
        own = {name: rest} if rest.kind is Kind.TEAM else {}
        everyone = [team for team in teams if team not in self._pools]
        return Pool(
            name,
            sharing.split,
            tuple(own.get(target) or self._target(target) for target in (sharing.to or everyone)),
            tuple(weight for weight in sharing.to.values() if weight is not None),
            sharing.by,
            sharing.when_zero,
            sharing.match
            and Match({name: with_service_names(name, values) for name, values in sharing.match.patterns.items()}),
            rest,
        )

    def _order(self, pools: Mapping[str, Pool]) -> tuple[str, ...]:
        """Sort pools in dependency order. A cycle is a problem."""
        sorter = TopologicalSorter[str](dict.fromkeys(pools, ()))
        for name, pool in pools.items():
            for target in pool.targets:
                if target.kind is Kind.POOL:
                    sorter.add(target.name, name)
        try:
            return tuple(sorter.static_order())
        except CycleError as error:
            first, circle = _rotate(error.args[1])
            self._problems.append(Problem((SHARED, first), f"is part of a cycle: {' -> '.join(circle)}"))
            return ()


def _rotate(circle: Sequence[str]) -> tuple[str, list[str]]:
    """Rotate a cycle to start with the alphabetically first name, so that messages are reproducible."""
    once = list(circle[:-1])
    first = min(once)
    at = once.index(first)
    return first, [*once[at:], *once[:at], first]

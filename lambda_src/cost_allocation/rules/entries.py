"""From what the rules file says to what holds on a day: every name becomes a team or a pool."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from graphlib import CycleError, TopologicalSorter
from itertools import chain
from typing import NamedTuple, TypeVar

from cost_allocation.model import EXCLUDED, UNKNOWN, Kind, Target
from cost_allocation.rules.dated import Dated, Path, days_of_change
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
from cost_allocation.rules.service_names import spelled_out

T = TypeVar("T")

SHARED = "shared"
_RESERVED = {UNKNOWN: "what no rule gives to anybody", EXCLUDED: "what filters leave out"}


class Named(NamedTuple):
    """A project or account: whom it means is not looked up yet."""

    team: str
    project: str | None
    aliases: tuple[str, ...]


class Sharing(NamedTuple):
    """The way in which a pool is shared; without targets it goes to every team."""

    split: Split
    to: Mapping[str, Fraction | None]
    by: str
    when_zero: WhenZero
    match: Match | None


@dataclass(frozen=True, slots=True)
class Entries:
    """The dated parts of the file, by name."""

    projects: Mapping[str, Sequence[Dated[Named]]]
    teams: Mapping[str, Sequence[Dated[str | None]]]
    accounts: Mapping[str, Sequence[Dated[Named]]]
    pools: Mapping[str, Sequence[Dated[Sharing]]]

    def boundaries(self) -> tuple[date, ...]:
        """The days on which something changes."""
        parts = (self.projects, self.teams, self.accounts, self.pools)
        return tuple(sorted(days_of_change(chain.from_iterable(chain.from_iterable(part.values() for part in parts)))))

    def names(self) -> Iterator[tuple[Path, str]]:
        """Every team and pool that the file names at any time, and where."""
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
        """The dimensions that pools match at any time."""
        pools = chain.from_iterable(self.pools.values())
        return {name for pool in pools if pool.value.match for name in pool.value.match.patterns}

    def snapshots(self, rules: Rules, problems: list[Problem]) -> tuple[Snapshot, ...]:
        """Return what holds before the first boundary, between them, and from the last on.

        Args:
            rules: all but the snapshots.
            problems: gets what is wrong.
        """
        _check_names(self, rules, problems)
        _check_bases(self, problems)
        found = tuple(_Day(self, rules, day, problems).snapshot() for day in (date.min, *rules.boundaries))
        if not any(snapshot.teams.keys() - snapshot.pools.keys() for snapshot in found):
            for name, dated in self.pools.items():
                if not all(entry.value.to for entry in dated):
                    problems.append(Problem((SHARED, name), "there is no team it could go to; name some in to"))
        return found


def _check_names(entries: Entries, rules: Rules, problems: list[Problem]) -> None:
    """Every name has to mean one thing."""
    for path, name in entries.names():
        # A project or a split may hand costs to unknown; nobody can be it.
        if name == EXCLUDED or (name == UNKNOWN and path in (("teams", name), (SHARED, name))):
            problems.append(Problem(path, f'"{name}" is {_RESERVED[name]}; choose another name'))
    spellings = {UNKNOWN: UNKNOWN}
    for path, name in entries.names():
        if (known := spellings.setdefault(rules.spelling(name), name)) != name:
            message = f'"{name}" and "{known}" are one name when letter case is ignored; write it in one way'
            problems.append(Problem(path, message))
    names = set(spellings.values())
    for metric, values in rules.metrics.items():
        if metric == DIRECT_COST:
            problems.append(Problem(("metrics", metric), "is what splits know by themselves; choose another name"))
        for team in values:
            if team not in names:
                problems.append(Problem(("metrics", metric, team), f'no other rule names a team "{team}"'))


def _check_bases(entries: Entries, problems: list[Problem]) -> None:
    """Only teams have direct cost: any other target of such a split would never get anything."""
    for entry in chain.from_iterable(entries.pools.values()):
        if entry.value.split is Split.PROPORTIONAL and entry.value.by == DIRECT_COST:
            for name in entry.value.to:
                if name in entries.pools or name == UNKNOWN:
                    message = f'"{name}" is not a team, and has no direct cost to split by'
                    problems.append(Problem((*entry.path, "to"), message))


class _Day:
    """The entries that hold on one day."""

    def __init__(self, entries: Entries, rules: Rules, day: date, problems: list[Problem]) -> None:
        self._entries, self._rules, self._day, self._problems = entries, rules, day, problems
        self._pools = self._holding(entries.pools)

    def snapshot(self) -> Snapshot:
        projects = self._projects()
        accounts = {
            account: Project(chosen.project or "", self._target(chosen.team))
            for account, chosen in self._holding(self._entries.accounts).items()
        }
        teams = self._holding(self._entries.teams)
        named = [project.target for project in (*projects.values(), *accounts.values())]
        named += [self._target(name) for sharing in self._pools.values() for name in sharing.to]
        for target in named:
            if target.kind is Kind.TEAM:
                teams.setdefault(target.name, None)
        pools = {name: self._pool(name, sharing, teams) for name, sharing in self._pools.items()}
        # A team that has ended gets no part of what goes to every team, but still what a tag says is its own.
        names = {self._rules.spelling(name): self._target(name) for _, name in self._entries.names()}
        names = {name: target for name, target in names.items() if target.kind is not Kind.UNKNOWN}
        return Snapshot(projects, teams, accounts, pools, names, self._order(pools))

    def _holding(self, part: Mapping[str, Sequence[Dated[T]]]) -> dict[str, T]:
        return {name: entry.value for name, dated in part.items() for entry in dated if entry.holds_on(self._day)}

    def _target(self, name: str) -> Target:
        if name in self._pools:
            return Target(Kind.POOL, name)
        # A pool that is not in effect that day has nobody to hand its costs to.
        return self._rest(name) if name == UNKNOWN or name in self._entries.pools else Target(Kind.TEAM, name)

    def _rest(self, pool: str) -> Target:
        """Name who gets what a pool can not hand on: the team of that name, if there is one."""
        return Target(Kind.TEAM, pool) if pool in self._entries.teams else NOBODY

    def _projects(self) -> dict[str, Project]:
        found: dict[str, Project] = {}
        for name, chosen in self._holding(self._entries.projects).items():
            for spelling in (name, *chosen.aliases):
                known = found.setdefault(self._rules.spelling(spelling), Project(name, self._target(chosen.team)))
                if known.name != name:
                    message = f'"{spelling}" means the project {known.name} already'
                    self._problems.append(Problem(("projects", name), message))
        return found

    def _pool(self, name: str, sharing: Sharing, teams: Mapping[str, str | None]) -> Pool:
        rest = self._rest(name)
        # A pool can not give to itself, but a part may stay with the team of that name.
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
            and Match({name: spelled_out(name, values) for name, values in sharing.match.patterns.items()}),
            rest,
        )

    def _order(self, pools: Mapping[str, Pool]) -> tuple[str, ...]:
        """Every pool after all that hand it something, or a problem where they go round in a circle."""
        sorter = TopologicalSorter[str](dict.fromkeys(pools, ()))
        for name, pool in pools.items():
            for target in pool.targets:
                if target.kind is Kind.POOL:
                    sorter.add(target.name, name)
        try:
            return tuple(sorter.static_order())
        except CycleError as error:
            first, circle = _turned(error.args[1])
            self._problems.append(Problem((SHARED, first), f"is shared in a circle: {' -> '.join(circle)}"))
            return ()


def _turned(circle: Sequence[str]) -> tuple[str, list[str]]:
    """The same circle from its first name in the alphabet, so that it reads the same wherever it was found."""
    once = list(circle[:-1])
    first = min(once)
    at = once.index(first)
    return first, [*once[at:], *once[:at], first]

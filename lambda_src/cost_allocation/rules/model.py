"""Data model of allocation rules."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from fnmatch import fnmatchcase
from fractions import Fraction

from cost_allocation import query
from cost_allocation.model import UNKNOWN, Kind, Target

NOBODY = Target(Kind.UNKNOWN, UNKNOWN)

DIRECT_COST = "direct_cost"
"""Built-in basis of proportional splits: the costs attributed to a team without splits."""


class Split(StrEnum):
    """Methods of splitting a pool."""

    FIXED = "fixed"
    EVEN = "even"
    PROPORTIONAL = "proportional"


class WhenZero(StrEnum):
    """Behaviour of a proportional split in months without a basis."""

    EVEN = "even"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Patterns:
    """Shell patterns of included and excluded values. Without include patterns, all values are included."""

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()

    def allow(self, value: str | None) -> bool:
        """Return True if a value is included. A missing value is included unless there are include patterns."""
        if value is None:
            return not self.include
        if self.include and not any(fnmatchcase(value, pattern) for pattern in self.include):
            return False
        return not any(fnmatchcase(value, pattern) for pattern in self.exclude)


@dataclass(frozen=True, slots=True)
class Match:
    """Condition by which a pool takes costs: each dimension must match one of its shell patterns."""

    patterns: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Project:
    """Project with its team or pool."""

    name: str
    target: Target


@dataclass(frozen=True, slots=True)
class Pool:
    """Pool of shared costs, and its split."""

    name: str
    split: Split
    targets: tuple[Target, ...]
    """Targets in the order of the file; all teams of that day if the file names none; empty if there are no teams
    yet."""
    weights: tuple[Fraction, ...] = ()
    """Weights of a fixed split, one for each target. They add up to 1."""
    by: str = DIRECT_COST
    """Basis of a proportional split: `direct_cost` or a metric."""
    when_zero: WhenZero = WhenZero.EVEN
    match: Match | None = None
    rest: Target = NOBODY
    """Target of costs that cannot be split: the team with the name of the pool, if there is one."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Rules of one day."""

    projects: Mapping[str, Project]
    """Projects by name and alias, case-folded if letter case is ignored."""
    teams: Mapping[str, str | None]
    """Teams and their owners. None means the default owner."""
    accounts: Mapping[str, Project]
    """Targets by account id. The project name is empty if the account names only a team."""
    pools: Mapping[str, Pool]
    names: Mapping[str, Target] = field(default_factory=dict)
    """Teams and pools by name, case-folded if letter case is ignored."""
    order: tuple[str, ...] = ()
    """Pools in dependency order."""


@dataclass(frozen=True, slots=True)
class Condition:
    """A value that a rule expects in the costs."""

    path: tuple[str | int, ...]
    """Place in the file."""
    text: str
    """Value in the file."""
    dimensions: tuple[str, ...]
    """Dimensions. A cost matches if one of them has the value."""
    patterns: tuple[str, ...]
    """Shell patterns for all spellings of the value: aliases of a project, names of a service."""
    exact: bool
    """True if the condition is case sensitive regardless of `ignore_case`."""
    start: date | None = None
    until: date | None = None

    @property
    def part(self) -> str:
        """Part of the file: `projects`, `accounts`, `filters`, `shared`."""
        return str(self.path[0])

    @property
    def is_pattern(self) -> bool:
        """True for a shell pattern in a list, False for the name of an entry."""
        return self.path[0] == "filters" or "match" in self.path[2:]

    def applies_on(self, day: date) -> bool:
        """Return True if the entry applies on a day."""
        return (self.start is None or self.start <= day) and (self.until is None or day < self.until)


@dataclass(frozen=True, slots=True)
class Rules:
    """Content of `allocation_rules.yaml`."""

    project_tags: tuple[str, ...] = ("project",)
    team_tags: tuple[str, ...] = ("team",)
    environment_tags: tuple[str, ...] = ("environment",)
    customer_tags: tuple[str, ...] = ("customer",)
    assumed_tags: frozenset[str] = frozenset({"project", "team", "environment", "customer"})
    """Default tag keys that the file does not mention. There is no warning if no cost has them."""
    ignore_case: bool = False
    ignore_key_case: bool = True
    """True if tag keys that differ only in letter case or an AWS prefix are the same key."""
    value_aliases: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Values that replace tag values, by lower-case dimension and `spelling`."""
    names: Mapping[str, str] = field(default_factory=dict)
    """Names as written in the file, by `spelling`."""
    default_owner: str | None = None
    filters: Mapping[str, Patterns] = field(default_factory=dict)
    """Filters by dimension."""
    metrics: Mapping[str, Mapping[str, Fraction]] = field(default_factory=dict)
    """Constant metrics in the file: name, team, value."""
    currency_rates: Mapping[date, Mapping[str, Fraction]] = field(default_factory=dict)
    """Currency rates by first day of the month, relative to the currency with rate 1."""
    conditions: tuple[Condition, ...] = ()
    """Conditions of all rules."""
    boundaries: tuple[date, ...] = ()
    """Days on which rules change."""
    snapshots: tuple[Snapshot, ...] = (Snapshot({}, {}, {}, {}),)
    """Rules by time: before the first boundary, between boundaries, and from the last one on."""

    def on(self, day: date) -> Snapshot:
        """Return the rules of a day."""
        return self.snapshots[bisect_right(self.boundaries, day)]

    def owner(self, team: str, day: date) -> str | None:
        """Return the owner of a team on a day."""
        return self.on(day).teams.get(team) or self.default_owner

    def spelling(self, value: str) -> str:
        """Normalize a name for comparison."""
        return value.strip().casefold() if self.ignore_case else value

    def readings(self, dimension: str, value: str) -> tuple[str, ...]:
        """Return the possible meanings of a tag value: first the value of its alias, then the value itself."""
        aliases = self.value_aliases.get(dimension.lower())
        meant = aliases.get(self.spelling(value), value) if aliases else value
        return (value,) if meant == value else (meant, value)

    def displayed_value(self, dimension: str, value: str) -> str:
        """Return a tag value as displayed: as the rules spell it, else in lower case if letter case is ignored."""
        meant = self.readings(dimension, value)[0]
        return self.names.get(self.spelling(meant), self.spelling(meant)) if self.ignore_case else meant

    @property
    def owner_tags(self) -> tuple[str, ...]:
        """Tag keys that identify the owner, in order of preference."""
        return tuple(dict.fromkeys((*self.project_tags, *self.team_tags)))

    @property
    def tag_dimensions(self) -> tuple[str, ...]:
        """Tag dimensions of the rules, for attribution or report columns."""
        keys = (*self.project_tags, *self.team_tags, *self.environment_tags, *self.customer_tags)
        matched = (name for name in self.attribution_dimensions if query.tag_key(name))
        return tuple(dict.fromkeys((*map(query.tag, keys), *matched)))

    @property
    def attribution_dimensions(self) -> tuple[str, ...]:
        """Dimensions needed for attribution, in a stable order."""
        wanted = [query.tag(key) for key in (*self.project_tags, *self.team_tags)]
        wanted += self.filters
        for snapshot in self.snapshots:
            if snapshot.accounts:
                wanted.append(query.ACCOUNT)
            for pool in snapshot.pools.values():
                wanted += pool.match.patterns if pool.match else ()
        return tuple(dict.fromkeys(wanted))

    def needs_days(self, start: date | None, end: date | None) -> bool:
        """Return True if a rule changes within a month of the period, so that daily costs are needed.

        Changes before `start` in the same month count, because a monthly sum gets the rules of its first day.
        """
        return any(
            day.day > 1 and (start is None or start.replace(day=1) < day) and (end is None or day < end)
            for day in self.boundaries
        )


@dataclass(frozen=True, slots=True)
class Problem:
    """An error at one place of the document."""

    path: tuple[str | int, ...]
    message: str

    @property
    def place(self) -> str:
        """Path as text: `shared.network.to`, `projects.billing[1].from`."""
        text = ""
        for step in self.path:
            text += f"[{step}]" if isinstance(step, int) else f".{step}"
        return text.removeprefix(".") or "the document"


class RulesError(Exception):
    """The rules are invalid. `problems` has all errors, at least one."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("; ".join(f"{problem.place}: {problem.message}" for problem in problems))
        self.problems = tuple(problems)

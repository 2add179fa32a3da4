"""The allocation rules as values: who gets a cost, on a given day."""

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
"""The basis of a proportional split that needs no metric: what was attributed to a team without any split."""


class Split(StrEnum):
    """The ways in which a pool is shared."""

    FIXED = "fixed"
    EVEN = "even"
    PROPORTIONAL = "proportional"


class WhenZero(StrEnum):
    """The behaviour of a proportional split in a month in which no target has any basis."""

    EVEN = "even"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Patterns:
    """Values that are wanted and values that are not, as shell patterns. Nothing wanted means all are."""

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()

    def allow(self, value: str | None) -> bool:
        """Tell whether a value passes; a row without a value passes unless some values are wanted."""
        if value is None:
            return not self.include
        if self.include and not any(fnmatchcase(value, pattern) for pattern in self.include):
            return False
        return not any(fnmatchcase(value, pattern) for pattern in self.exclude)


@dataclass(frozen=True, slots=True)
class Match:
    """The rows that a pool takes by itself: those that have one of the shell patterns in each named dimension."""

    patterns: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Project:
    """The team or pool that the value of a project tag means."""

    name: str
    target: Target


@dataclass(frozen=True, slots=True)
class Pool:
    """A shared cost and how it is handed on."""

    name: str
    split: Split
    targets: tuple[Target, ...]
    """In the order of the file; every team of that time when the file names none. Empty when there was none yet."""
    weights: tuple[Fraction, ...] = ()
    """Weights of a fixed split, one for each target; they add up to 1."""
    by: str = DIRECT_COST
    """The base of a proportional split: `direct_cost` or the name of a metric."""
    when_zero: WhenZero = WhenZero.EVEN
    match: Match | None = None
    rest: Target = NOBODY
    """Gets what can not be handed on: the team of the same name where there is one."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The rules of a day."""

    projects: Mapping[str, Project]
    """By every spelling that the file knows, folded when letter case is ignored."""
    teams: Mapping[str, str | None]
    """The teams of that time and their owners; None means the default owner."""
    accounts: Mapping[str, Project]
    """By account id. A project without a name of its own is a plain fallback."""
    pools: Mapping[str, Pool]
    names: Mapping[str, Target] = field(default_factory=dict)
    """Teams and pools by what a tag may call them, folded when letter case is ignored."""
    order: tuple[str, ...] = ()
    """The pools, each one after all that hand it something."""


@dataclass(frozen=True, slots=True)
class Condition:
    """A value that an entry of the file looks for in the costs."""

    path: tuple[str | int, ...]
    """Place in the file."""
    text: str
    """The value as the file has it."""
    dimensions: tuple[str, ...]
    """A cost fits that has the value in one of them."""
    patterns: tuple[str, ...]
    """Shell patterns, one for each spelling of the value: aliases of a project, names of a service."""
    exact: bool
    """Letter case counts whatever `ignore_case` says."""
    start: date | None = None
    until: date | None = None

    @property
    def part(self) -> str:
        """The part of the file: `projects`, `accounts`, `filters`, `shared`."""
        return str(self.path[0])

    @property
    def is_pattern(self) -> bool:
        """True for a shell pattern of a list, False for the name of an entry."""
        return self.path[0] == "filters" or "match" in self.path[2:]

    def holds_on(self, day: date) -> bool:
        """Tell that the entry is in effect that day."""
        return (self.start is None or self.start <= day) and (self.until is None or day < self.until)


@dataclass(frozen=True, slots=True)
class Rules:
    """Everything `allocation_rules.yaml` says."""

    project_tags: tuple[str, ...] = ("project",)
    team_tags: tuple[str, ...] = ("team",)
    environment_tags: tuple[str, ...] = ("environment",)
    customer_tags: tuple[str, ...] = ("customer",)
    assumed_tags: frozenset[str] = frozenset({"project", "team", "environment", "customer"})
    """Those of the keys above that nobody relies on: that no cost has them is no reason to warn."""
    ignore_case: bool = False
    ignore_key_case: bool = True
    """Tag keys that differ in letter case, or in a prefix of AWS, are one."""
    value_aliases: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Values that values of tags stand for: by dimension in lower case, and by `spelling`."""
    names: Mapping[str, str] = field(default_factory=dict)
    """By `spelling`, values as the file writes them."""
    default_owner: str | None = None
    filters: Mapping[str, Patterns] = field(default_factory=dict)
    """By dimension."""
    metrics: Mapping[str, Mapping[str, Fraction]] = field(default_factory=dict)
    """Metrics written into the file: name, team, value; the same in every month."""
    currency_rates: Mapping[date, Mapping[str, Fraction]] = field(default_factory=dict)
    """By first day of the month: the value of one unit of each currency, in the currency whose rate is 1."""
    conditions: tuple[Condition, ...] = ()
    """All that the file looks for in costs."""
    boundaries: tuple[date, ...] = ()
    """The days on which something changes."""
    snapshots: tuple[Snapshot, ...] = (Snapshot({}, {}, {}, {}),)
    """Rules by time, one more than boundaries: before the first, between them, from the last on."""

    def on(self, day: date) -> Snapshot:
        """The rules of a day."""
        return self.snapshots[bisect_right(self.boundaries, day)]

    def owner(self, team: str, day: date) -> str | None:
        """Find the owner of a team on that day."""
        return self.on(day).teams.get(team) or self.default_owner

    def spelling(self, value: str) -> str:
        """The form in which names are compared."""
        return value.strip().casefold() if self.ignore_case else value

    def readings(self, dimension: str, value: str) -> tuple[str, ...]:
        """The value of a tag as rules may look for it: first what it stands for, then as it is."""
        aliases = self.value_aliases.get(dimension.lower())
        meant = aliases.get(self.spelling(value), value) if aliases else value
        return (value,) if meant == value else (meant, value)

    def shown(self, dimension: str, value: str) -> str:
        """The value of a tag as results show it; in lower case where letter case is ignored and no rule writes it."""
        meant = self.readings(dimension, value)[0]
        return self.names.get(self.spelling(meant), self.spelling(meant)) if self.ignore_case else meant

    @property
    def owner_tags(self) -> tuple[str, ...]:
        """The tag keys that say whose a cost is, in order of preference."""
        return tuple(dict.fromkeys((*self.project_tags, *self.team_tags)))

    @property
    def tag_dimensions(self) -> tuple[str, ...]:
        """The tags that the rules look at, for whose a cost is or for columns of a report."""
        keys = (*self.project_tags, *self.team_tags, *self.environment_tags, *self.customer_tags)
        matched = (name for name in self.attribution_dimensions if query.tag_key(name))
        return tuple(dict.fromkeys((*map(query.tag, keys), *matched)))

    @property
    def attribution_dimensions(self) -> tuple[str, ...]:
        """The dimensions that have to be known of a row to attribute it, in a steady order."""
        wanted = [query.tag(key) for key in (*self.project_tags, *self.team_tags)]
        wanted += self.filters
        for snapshot in self.snapshots:
            if snapshot.accounts:
                wanted.append(query.ACCOUNT)
            for pool in snapshot.pools.values():
                wanted += pool.match.patterns if pool.match else ()
        return tuple(dict.fromkeys(wanted))

    def needs_days(self, start: date | None, end: date | None) -> bool:
        """Tell whether a rule changes inside a month of the period, so that sums by month would be too coarse.

        A change before `start` in the same month counts: a sum by month stands for its first day.
        """
        return any(
            day.day > 1 and (start is None or start.replace(day=1) < day) and (end is None or day < end)
            for day in self.boundaries
        )


@dataclass(frozen=True, slots=True)
class Problem:
    """A fault at one place of the document."""

    path: tuple[str | int, ...]
    message: str

    @property
    def place(self) -> str:
        """The place in words: `shared.network.to`, `projects.billing[1].from`."""
        words = ""
        for step in self.path:
            words += f"[{step}]" if isinstance(step, int) else f".{step}"
        return words.removeprefix(".") or "the document"


class RulesError(Exception):
    """The rules can not be used. `problems` has all that is wrong, never none."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("; ".join(f"{problem.place}: {problem.message}" for problem in problems))
        self.problems = tuple(problems)

"""Suggested rules for unknown costs."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from difflib import get_close_matches
from enum import StrEnum
from fractions import Fraction
from functools import cached_property
from heapq import nlargest
from typing import NamedTuple

from cost_allocation import query
from cost_allocation.analysis.unknown_costs import position, unknown_costs
from cost_allocation.model import EXCLUDED, UNKNOWN, Allocation, Kind
from cost_allocation.rules import text as rule_text
from cost_allocation.rules.model import Rules, Split

_CLEAR_SHARE = Fraction(4, 5)
"""Share of the known costs of an account from which a team is assumed to own the rest."""
_SIMILARITY = 0.8
_RESERVED = (UNKNOWN, EXCLUDED)
"""Names that teams and pools must not have."""
_MOST_COMPARED = 500
"""Maximum number of unknown names to compare with known ones, the most expensive first."""


class Part(StrEnum):
    """Kinds of subject of a rule."""

    PROJECT = "project"
    ALIASES = "aliases"
    """All names that are similar to the name of a project."""
    TEAM = "team"
    ACCOUNT = "account"
    SERVICE = "service"


class Subject(NamedTuple):
    """Subject of a rule."""

    part: Part
    name: str
    """Normalized name."""


class Advice(NamedTuple):
    """A suggested rule and the reason."""

    rule: str
    reason: str


class _Group(NamedTuple):
    """Key of unknown costs for which the same rules are possible."""

    currency: str
    account: str | None
    service: str | None
    projects: tuple[str, ...]
    teams: tuple[str, ...]


class Adviser:
    """Suggests rules for the unknown costs of one allocation. Use it within the decimal context `EXACT`.

    Raises:
        MissingDimension: the costs are not grouped by account and service.
    """

    def __init__(self, allocation: Allocation, rules: Rules) -> None:
        self._allocation, self._rules = allocation, rules
        self._groups: dict[_Group, Decimal] = defaultdict(Decimal)
        for row, account, service, projects, teams, ruled in unknown_costs(allocation, rules):
            if not ruled:
                self._groups[_Group(row.currency, account, service, projects, teams)] += row.cost

    @cached_property
    def sums(self) -> Mapping[Subject, Mapping[str, Decimal]]:
        """Unknown costs that a rule about a subject would assign, by currency."""
        sums: dict[Subject, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
        for group, cost in self._groups.items():
            for subject in self._subjects(group):
                sums[subject][group.currency] += cost
        return sums

    def advice(self) -> Mapping[Subject, Advice]:
        """Return one rule for each subject. If its costs suggest different rules, the most expensive costs decide."""
        found: dict[Subject, Advice] = {}
        for group in sorted(self._groups, key=lambda group: -self._groups[group]):
            for subject, advise in self._options(group):
                if subject not in found and (advice := advise()):
                    found[subject] = advice
                if subject in found:
                    break
        return found

    def _subjects(self, group: _Group) -> set[Subject]:
        subjects = {self._project_of(value) for value in group.projects}
        subjects |= {Subject(Part.TEAM, self._rules.spelling(value)) for value in group.teams}
        subjects |= {Subject(Part.ACCOUNT, group.account)} if group.account else set()
        return subjects | ({Subject(Part.SERVICE, group.service)} if group.service else set())

    def _options(self, group: _Group) -> Iterator[tuple[Subject, Callable[[], Advice | None]]]:
        """Yield the possible rules for a group, the best first."""
        team = self._owners.get(group.account)
        if group.projects:
            project = group.projects[0]
            subject = self._project_of(project)
            aliases = subject.part is Part.ALIASES
            yield subject, lambda: self._aliases(subject.name) if aliases else self._project(project, team)
        if group.teams:
            named = group.teams[0]
            yield Subject(Part.TEAM, self._rules.spelling(named)), lambda: self._team(named)
        if (account := group.account) and team:
            yield Subject(Part.ACCOUNT, account), lambda: self._account(account, team)
        if (service := group.service) and not group.projects and not group.teams:
            yield Subject(Part.SERVICE, service), lambda: self._service(service)

    def _project_of(self, value: str) -> Subject:
        name = self._rules.spelling(value)
        meant = self._similar_projects.get(name)
        return Subject(Part.PROJECT, name) if meant is None else Subject(Part.ALIASES, meant)

    def _aliases(self, meant: str) -> Advice:
        owner, known = self._unchanging_projects[meant]
        new = [self._tag_values[Part.PROJECT][name] for name, one in self._similar_projects.items() if one == meant]
        return Advice(rule_text.project(meant, owner, [*known, *new]), f"similar spelling to {meant}")

    def _project(self, value: str, team: str | None) -> Advice | None:
        if team is None or self._rules.spelling(value) not in self._similar_projects:
            return None
        return Advice(rule_text.project(value, team), f"most costs of its account belong to {team}")

    def _team(self, value: str) -> Advice | None:
        name = self._rules.spelling(value)
        # Teams have no aliases, so a typo has to be fixed in the tag.
        if name in _RESERVED or self._similar_teams.get(name, "") is not None:
            return None
        return Advice(rule_text.team(value), "a team tag has this value")

    def _account(self, account: str, team: str) -> Advice | None:
        if any(account in snapshot.accounts for snapshot in self._rules.snapshots):
            return None
        return Advice(rule_text.account(account, team), f"{team} has most of the account's known costs")

    def _service(self, service: str) -> Advice | None:
        if service in self._tagged_services or not all(snapshot.teams for snapshot in self._rules.snapshots):
            return None
        name = re.sub(r"\W+", "-", service.casefold()).strip("-_") or "pool"
        while self._is_taken(self._rules.spelling(name)):
            name += "-costs"
        return Advice(rule_text.service_pool(name, service, self._shared_weights), "no row of the service has a tag")

    def _is_taken(self, name: str) -> bool:
        return (
            name in _RESERVED
            or name in self._known_names[Part.TEAM]
            or any(name in said for said in self._tag_values.values())
        )

    @cached_property
    def _similar_projects(self) -> Mapping[str, str | None]:
        names = {name: name for name in self._unchanging_projects}
        aliases = {alias: name for name, (_, aliases) in self._unchanging_projects.items() for alias in aliases}
        return self._similar_names(Part.PROJECT, aliases | names)

    @cached_property
    def _similar_teams(self) -> Mapping[str, str | None]:
        return self._similar_names(Part.TEAM, {name: name for name in self._known_names[Part.TEAM]})

    def _similar_names(self, part: Part, known: Mapping[str, str]) -> Mapping[str, str | None]:
        """Return the most expensive unknown names, each with the similar known name, if there is one.

        Args:
            known: name by spelling.
        """
        costs: dict[str, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
        for group, cost in self._groups.items():
            for value in group.projects if part is Part.PROJECT else group.teams:
                costs[self._rules.spelling(value)][group.currency] += cost
        names = (name for name in costs if name.strip() and name not in self._known_names[part])
        costly = nlargest(_MOST_COMPARED, names, key=lambda name: max(costs[name].values()))
        folded = {spelling.strip().casefold(): known[spelling] for spelling in sorted(known, reverse=True)}
        return {name: _closest_name(name.strip().casefold(), folded) for name in costly}

    @cached_property
    def _unchanging_projects(self) -> Mapping[str, tuple[str, list[str]]]:
        """Projects that never change, with team or pool and aliases. Each fits into one entry."""
        found: list[dict[str, tuple[str, list[str]]]] = []
        for snapshot in self._rules.snapshots:
            entries: dict[str, tuple[str, list[str]]] = {}
            for spelling, project in snapshot.projects.items():
                if project.target.kind is not Kind.UNKNOWN:
                    _, aliases = entries.setdefault(project.name, (project.target.name, []))
                    aliases += [spelling] if spelling != self._rules.spelling(project.name) else []
            found.append(entries)
        return {name: entry for name, entry in found[0].items() if all(one.get(name) == entry for one in found)}

    @cached_property
    def _known_names(self) -> Mapping[Part, set[str]]:
        """All past and present names of projects with their aliases, and of teams and pools."""
        several = self._rules.snapshots
        return {
            Part.PROJECT: {name for snapshot in several for name in snapshot.projects},
            Part.TEAM: {name for snapshot in several for name in snapshot.names},
        }

    @cached_property
    def _tag_values(self) -> Mapping[Part, Mapping[str, str]]:
        """Tag values by normalized value."""
        return {
            Part.PROJECT: {self._rules.spelling(value): value for group in self._groups for value in group.projects},
            Part.TEAM: {self._rules.spelling(value): value for group in self._groups for value in group.teams},
        }

    @cached_property
    def _shared_weights(self) -> Mapping[str, Fraction]:
        """Weights of the pool `shared`, if it is always the only pool and has only weights."""
        several = [list(snapshot.pools.values()) for snapshot in self._rules.snapshots]
        if any(pools != several[0] for pools in several) or len(several[0]) != 1:
            return {}
        (pool,) = several[0]
        if pool.name != "shared" or pool.split is not Split.FIXED or pool.match:
            return {}
        return {target.name: weight for target, weight in zip(pool.targets, pool.weights, strict=True)}

    @cached_property
    def _owners(self) -> Mapping[str | None, str]:
        """Team with a clear majority of the direct costs of an account, in every currency."""
        at = position(self._allocation, query.ACCOUNT)
        sums: dict[tuple[str | None, str], dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
        for row, attribution in zip(self._allocation.table.rows, self._allocation.attributions, strict=True):
            if attribution.target.kind is Kind.TEAM and row.cost > 0:
                sums[row.values[at], row.currency][attribution.target.name] += row.cost
        owners: dict[str | None, set[str | None]] = defaultdict(set)
        for (account, _), costs in sums.items():
            team = max(costs, key=lambda name: (costs[name], name))
            owners[account].add(team if costs[team] >= _CLEAR_SHARE * Fraction(sum(costs.values())) else None)
        return {account: team for account, (team, *others) in owners.items() if team is not None and not others}

    @cached_property
    def _tagged_services(self) -> set[str | None]:
        """Services of which some row has a tag or a rule."""
        at = position(self._allocation, query.SERVICE)
        services = {group.service for group in self._groups if group.projects or group.teams}
        for row, attribution in zip(self._allocation.table.rows, self._allocation.attributions, strict=True):
            if attribution.target.kind is not Kind.EXCLUDED and not attribution.rule.startswith(UNKNOWN):
                services.add(row.values[at])
        return services


def _closest_name(name: str, known: Mapping[str, str]) -> str | None:
    """Find the most similar name. Digits must be equal, because `shop-1` and `shop-2` are different names."""
    digits = re.findall(r"\d+", name)
    near = get_close_matches(name, known, n=3, cutoff=_SIMILARITY)
    return next((known[one] for one in near if re.findall(r"\d+", one) == digits), None)

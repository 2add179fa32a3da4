"""What no rule knows, the largest first, and the rules that would put it in order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from difflib import get_close_matches
from fractions import Fraction

from . import query
from .attribute import MissingDimension
from .exact import EXACT
from .model import Allocation, Attribution, Kind
from .rules import Rules

_CLEAR = Fraction(4, 5)
"""A team that has this much of an account's known costs is taken for the owner of the rest."""
_ALIKE = 0.8


@dataclass(frozen=True, slots=True)
class Untagged:
    """Unknown costs that have everything in common that a rule could look at."""

    currency: str
    account: str | None
    service: str | None
    value: str | None
    """The tag value that no rule knows; None where no tag says anything."""
    cost: Decimal
    rows: int


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A rule to add to the file."""

    rule: str
    """YAML, in one line: `accounts: {"111122223333": platform}`."""
    reason: str
    currency: str
    cost: Decimal
    """What it would take out of the unknown bucket."""


DIMENSIONS = (query.ACCOUNT, query.SERVICE)
"""What a table needs besides the rules' own dimensions."""


def untagged(allocation: Allocation, rules: Rules) -> list[Untagged]:
    """The unknown costs of an allocation by account, service and unknown tag value, the largest first.

    Raises:
        MissingDimension: the costs do not say account and service.
    """
    sums: dict[tuple[str, str | None, str | None, str | None], tuple[Decimal, int]] = {}
    account, service = _positions(allocation)
    tags = _tag_positions(allocation, rules)
    with localcontext(EXACT):
        for row, attribution in zip(allocation.table.rows, allocation.attributions, strict=True):
            if attribution.target.kind is Kind.UNKNOWN:
                value = next((row.values[at] for at in tags if row.values[at] is not None), None)
                key = (row.currency, row.values[account], row.values[service], value)
                cost, rows = sums.get(key, (Decimal(0), 0))
                sums[key] = (cost + row.cost, rows + row.rows)
    found = [Untagged(*key, cost, rows) for key, (cost, rows) in sums.items()]
    return sorted(found, key=lambda one: (one.currency, -one.cost, str(one)))


def suggestions(allocation: Allocation, rules: Rules) -> list[Suggestion]:
    """Rules that would give unknown costs to a team, the most valuable first. A person decides; nothing is applied."""
    teams = _teams_by_account(allocation)
    known_services = _known(allocation, query.SERVICE)
    projects = sorted({spelling for snapshot in rules.snapshots for spelling in snapshot.projects})
    sums: dict[tuple[str, str, str], Decimal] = defaultdict(Decimal)
    with localcontext(EXACT):
        for one in untagged(allocation, rules):
            rule, reason = _suggest(one, teams, known_services, projects)
            if rule:
                sums[one.currency, rule, reason] += one.cost
    found = [Suggestion(rule, reason, currency, cost) for (currency, rule, reason), cost in sums.items() if cost > 0]
    return sorted(found, key=lambda one: (one.currency, -one.cost, one.rule))


def _suggest(
    one: Untagged, teams: Mapping[str | None, str], services: set[str | None], projects: Sequence[str]
) -> tuple[str, str]:
    team = teams.get(one.account)
    if one.value is not None:
        if near := get_close_matches(one.value.strip(), projects, n=1, cutoff=_ALIKE):
            return f"projects: {{{_quoted(near[0])}: {{aliases: [{_quoted(one.value)}]}}}}", "spelled almost like it"
        if team:
            return f"projects: {{{_quoted(one.value)}: {_quoted(team)}}}", f"most of its account is {team}'s"
        return "", ""
    if team and one.account:
        return f"accounts: {{{_quoted(one.account)}: {_quoted(team)}}}", f"{team} has most of the account's known costs"
    if one.service and one.service not in services:
        pool = one.service.casefold().replace(" ", "-")
        return (
            f"shared: {{{_quoted(pool)}: {{match: {{services: [{_quoted(one.service)}]}}, split: even}}}}",
            "no row of the service has a tag",
        )
    return "", ""


def _teams_by_account(allocation: Allocation) -> dict[str | None, str]:
    """The team that has most of an account's directly known costs, where one clearly does."""
    at, _ = _positions(allocation)
    sums: dict[str | None, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for row, attribution in zip(allocation.table.rows, allocation.attributions, strict=True):
        if attribution.target.kind is Kind.TEAM and row.cost > 0:
            sums[row.values[at]][attribution.target.name] += row.cost
    clear = {}
    for account, costs in sums.items():
        team = max(costs, key=lambda name: (costs[name], name))
        if Fraction(costs[team]) >= _CLEAR * Fraction(sum(costs.values())):
            clear[account] = team
    return clear


def _known(allocation: Allocation, dimension: str) -> set[str | None]:
    """The values of a dimension that some rule attributed anything of."""
    at = allocation.table.position(dimension)
    pairs: zip[tuple[tuple[str | None, ...], Attribution]] = zip(
        (row.values for row in allocation.table.rows), allocation.attributions, strict=True
    )
    return {
        values[at] for values, attribution in pairs if at is not None and attribution.target.kind is not Kind.UNKNOWN
    }


def _positions(allocation: Allocation) -> tuple[int, int]:
    account, service = (allocation.table.position(dimension) for dimension in DIMENSIONS)
    if account is None or service is None:
        raise MissingDimension(
            f"untagged costs are told apart by {' and '.join(DIMENSIONS)}: the costs did not come by them"
        )
    return account, service


def _tag_positions(allocation: Allocation, rules: Rules) -> list[int]:
    places = (allocation.table.position(query.tag(key)) for key in (*rules.project_tags, *rules.team_tags))
    return [at for at in places if at is not None]


def _quoted(text: str) -> str:
    """A scalar of YAML that can be nothing but this text."""
    plain = text.replace("-", "").replace("_", "")
    if plain.isalnum() and not plain.isdigit() and text[0] != "-" and text.casefold() not in _RESERVED:
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


_RESERVED = frozenset({"true", "false", "null", "yes", "no", "on", "off"})

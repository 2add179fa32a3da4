"""From the document to the rules: what the schema cannot say is checked here.

The structure is that of `rules.schema.json`; a document is validated with it before it comes here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

from . import query
from .dated import Dated, Path, days_of_change, holding, read_dated
from .exact import text
from .model import UNKNOWN, Kind, Target
from .rules import DIRECT_COST, Match, Patterns, Pool, Problem, Project, Rules, RulesError, Snapshot, Split, WhenZero

_DIMENSIONS = {
    "services": query.SERVICE,
    "accounts": query.ACCOUNT,
    "regions": query.REGION,
    "providers": query.PROVIDER,
    "charge_categories": query.CHARGE_CATEGORY,
}
_SHARED = "shared"
_POOL_FIELDS = frozenset({"split", "to", "by", "when_zero", "match", "from", "until"})
_WHOLES = (Fraction(1), Fraction(100))
"""What weights may add up to: parts of one, or per cent."""


class _Named(NamedTuple):
    """A project or account as the file has it: names are not resolved yet."""

    team: str
    project: str | None
    aliases: tuple[str, ...]


class _Pool(NamedTuple):
    """A pool as the file has it; without targets it goes to every team."""

    split: Split
    to: Mapping[str, Fraction | None]
    by: str
    when_zero: WhenZero
    match: Match | None


def read_rules(document: Mapping[str, Any]) -> Rules:
    """The rules that a document holds.

    Args:
        document: valid by `rules.schema.json`, days as text, numbers as int, Decimal or float.

    Raises:
        RulesError: names mean two things, weights do not add up, splits go round in a circle, entries overlap in time.
    """
    return _Reader(document).rules()


class _Reader:
    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document
        self._problems: list[Problem] = []

    def rules(self) -> Rules:
        projects = self._each("projects", lambda given, _: _named(given))
        teams = self._each("teams", lambda given, _: given["owner"] if isinstance(given, Mapping) else given)
        accounts = self._each("accounts", lambda given, _: _named(given))
        pools = self._pools()
        self._check_names(teams, pools)
        entries = [entry for part in (projects, teams, accounts, pools) for dated in part.values() for entry in dated]
        boundaries = tuple(sorted(days_of_change(entries)))
        keys = self._document.get("tag_keys", {})
        ignore_case = self._document.get("ignore_case", False)
        plain = Rules(
            **{f"{name}_tags": tuple(chosen) for name, chosen in keys.items()},
            ignore_case=ignore_case,
            default_owner=self._document.get("default_owner"),
            filters={_DIMENSIONS[name]: _patterns(given) for name, given in self._document.get("filters", {}).items()},
            metrics={
                name: {team: _fraction(value) for team, value in values.items()}
                for name, values in self._document.get("metrics", {}).items()
            },
            boundaries=boundaries,
        )
        snapshots = tuple(
            self._snapshot(day, plain, projects, teams, accounts, pools) for day in (date.min, *boundaries)
        )
        if self._problems:
            raise RulesError(list(dict.fromkeys(self._problems)))
        return Rules(
            **{name: getattr(plain, name) for name in plain.__slots__ if name != "snapshots"}, snapshots=snapshots
        )

    def _each(self, part: str, read: Any) -> dict[str, tuple[Dated[Any], ...]]:
        return {
            name: read_dated(given, (part, name), read, self._problems)
            for name, given in self._document.get(part, {}).items()
        }

    def _pools(self) -> dict[str, tuple[Dated[_Pool], ...]]:
        shared = self._document.get(_SHARED, {})
        weights = {name for name, given in shared.items() if not isinstance(given, Mapping | list)}
        if weights and len(weights) == len(shared):
            return {_SHARED: read_dated(shared, (_SHARED,), self._pool, self._problems)}
        for name in sorted(weights):
            self._problems.append(
                Problem((_SHARED, name), "is a weight beside pools; give it a pool of its own: a name and its weights")
            )
        return {
            name: read_dated(given, (_SHARED, name), self._pool, self._problems)
            for name, given in shared.items()
            if name not in weights
        }

    def _pool(self, given: Mapping[str, Any], path: Path) -> _Pool:
        if not _POOL_FIELDS & given.keys():
            given, to_path = {"to": given}, path
        else:
            to_path = (*path, "to")
        to = given.get("to", {})
        weighted = isinstance(to, Mapping) and bool(to)
        split = Split(given.get("split", Split.FIXED if weighted else Split.EVEN))
        if split is Split.FIXED and not weighted:
            self._problems.append(Problem(path, "a fixed split needs weights: to: {shop: 0.5, search: 0.5}"))
        if split is not Split.FIXED and weighted:
            self._problems.append(Problem(to_path, f"a split that is {split} takes a list of names, not weights"))
        if split is not Split.PROPORTIONAL:
            for name in ("by", "when_zero"):
                if name in given:
                    self._problems.append(
                        Problem((*path, name), f"only a proportional split has it, not one that is {split}")
                    )
        targets: dict[str, Fraction | None] = dict.fromkeys(to)
        if split is Split.FIXED and weighted:
            targets = {name: _fraction(weight) for name, weight in to.items()}
            whole = sum((weight for weight in targets.values() if weight is not None), Fraction(0))
            if whole not in _WHOLES:
                self._problems.append(
                    Problem(
                        to_path, f"the weights add up to {_plain(whole)}; they must add up to 1, or to 100 as per cent"
                    )
                )
        return _Pool(
            split,
            targets,
            given.get("by", DIRECT_COST),
            WhenZero(given.get("when_zero", WhenZero.EVEN)),
            _match(given["match"]) if "match" in given else None,
        )

    def _check_names(self, teams: Mapping[str, Any], pools: Mapping[str, Any]) -> None:
        for part, names in (("teams", teams), (_SHARED, pools)):
            for name in names:
                if name == UNKNOWN:
                    self._problems.append(
                        Problem((part, name), f'"{UNKNOWN}" is what no rule gives to anybody; choose another name')
                    )
        for name in pools:
            if name in teams:
                self._problems.append(
                    Problem((_SHARED, name), f'"{name}" is the name of a team as well; rename one of them')
                )

    def _snapshot(
        self,
        day: date,
        rules: Rules,
        projects: Mapping[str, Sequence[Dated[_Named]]],
        teams: Mapping[str, Sequence[Dated[str | None]]],
        accounts: Mapping[str, Sequence[Dated[_Named]]],
        pools: Mapping[str, Sequence[Dated[_Pool]]],
    ) -> Snapshot:
        live = {name: pool for name, dated in pools.items() if (pool := holding(dated, day)) is not None}

        def target(name: str) -> Target:
            if name in live:
                return Target(Kind.POOL, name)
            # A pool that is not in effect that day has nobody to hand its costs to.
            return Target(Kind.UNKNOWN, UNKNOWN) if name in pools or name == UNKNOWN else Target(Kind.TEAM, name)

        by_value: dict[str, Project] = {}
        for name, dated in projects.items():
            if (chosen := holding(dated, day)) is None:
                continue
            for spelling in (name, *chosen.aliases):
                known = by_value.setdefault(rules.spelling(spelling), Project(name, target(chosen.team)))
                if known.name != name:
                    self._problems.append(
                        Problem(("projects", name), f'"{spelling}" means the project {known.name} already')
                    )
        by_account = {
            account: Project(chosen.project or "", target(chosen.team))
            for account, dated in accounts.items()
            if (chosen := holding(dated, day)) is not None
        }
        owners = {name: holding(dated, day) for name, dated in teams.items()}
        for project in (*by_value.values(), *by_account.values()):
            if project.target.kind is Kind.TEAM:
                owners.setdefault(project.target.name, None)
        for name in (name for pool in live.values() for name in pool.to):
            if target(name).kind is Kind.TEAM:
                owners.setdefault(name, None)
        resolved = {
            name: Pool(
                name,
                pool.split,
                tuple(target(name) for name in (pool.to or owners)),
                tuple(weight for weight in pool.to.values() if weight is not None),
                pool.by,
                pool.when_zero,
                pool.match,
            )
            for name, pool in live.items()
        }
        for name, shared in resolved.items():
            if not shared.targets:
                self._problems.append(Problem((_SHARED, name), "there is no team it could go to; name some in to"))
        names = {rules.spelling(name): target(name) for name in (*owners, *resolved)}
        return Snapshot(by_value, owners, by_account, resolved, names, self._order(resolved))

    def _order(self, pools: Mapping[str, Pool]) -> tuple[str, ...]:
        """Every pool after all that hand it something (depth first), or a problem where they go round in a circle."""
        finished: dict[str, None] = {}

        def visit(name: str, trail: tuple[str, ...]) -> None:
            if name in trail:
                circle = (*trail[trail.index(name) :], name)
                first = min(circle)
                self._problems.append(
                    Problem((_SHARED, first), f"is shared in a circle: {' -> '.join(_from(first, circle))}")
                )
            elif name not in finished:
                for target in pools[name].targets:
                    if target.kind is Kind.POOL:
                        visit(target.name, (*trail, name))
                finished[name] = None

        for name in pools:
            visit(name, ())
        return tuple(reversed(finished))


def _from(first: str, circle: Sequence[str]) -> list[str]:
    """The same circle, beginning and ending with one name, so that it reads the same wherever it was found."""
    once = list(circle[:-1])
    at = once.index(first)
    return [*once[at:], *once[:at], first]


def _named(given: Any) -> _Named:
    if isinstance(given, Mapping):
        return _Named(given["team"], given.get("project"), tuple(given.get("aliases", ())))
    return _Named(given, None, ())


def _patterns(given: Any) -> Patterns:
    """A plain list says what is wanted."""
    if isinstance(given, Mapping):
        return Patterns(tuple(given.get("include", ())), tuple(given.get("exclude", ())))
    return Patterns(tuple(given))


def _match(given: Mapping[str, Any]) -> Match:
    fields = {_DIMENSIONS[name]: tuple(values) for name, values in given.items() if name in _DIMENSIONS}
    tags = {query.tag(key): tuple(values) for key, values in given.get("tags", {}).items()}
    return Match(fields | tags)


def _fraction(given: Any) -> Fraction:
    """A number as it was written: 0.1 is a tenth, also where a reader made a float of it."""
    return Fraction(str(given))


def _plain(value: Fraction) -> str:
    """A decimal where there is an exact one."""
    decimal = Decimal(value.numerator) / Decimal(value.denominator)
    return text(decimal) if Fraction(decimal) == value else str(value)

"""The first half of the engine: which one rule decides about a row.

In this order: a filter leaves it out; a pool claims it by its `match`; a project tag, then a team tag, says whose it
is; its account does; it is unknown. Of several tag keys the first whose value means something counts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fnmatch import fnmatchcase
from operator import itemgetter

from cost_allocation import query
from cost_allocation.model import EXCLUDED, UNKNOWN, Attribution, CostTable, Kind, Target
from cost_allocation.rules.model import Match, Rules, Snapshot

_UNKNOWN = Target(Kind.UNKNOWN, UNKNOWN)
_EXCLUDED = Target(Kind.EXCLUDED, EXCLUDED)


class MissingDimension(Exception):
    """The table lacks what the rules look at. The message names the dimension and what the table has."""


def attributions(table: CostTable, rules: Rules) -> list[Attribution]:
    """The attribution of every row of a table, in its order.

    Raises:
        MissingDimension: the table was not grouped by something that the rules look at.
    """
    wanted = rules.attribution_dimensions
    positions = {dimension: table.position(dimension) for dimension in wanted}
    if missing := [dimension for dimension, position in positions.items() if position is None]:
        came_by = ", ".join(table.dimensions) or "nothing"
        raise MissingDimension(f"the rules look at {', '.join(missing)}, and the costs came by {came_by}")
    pick = picker([position for position in positions.values() if position is not None])
    snapshots = {period: rules.on(period) for period in {row.period for row in table.rows}}
    # Many rows agree in what the rules look at: each combination is decided once.
    decided: dict[tuple[int, tuple[str | None, ...]], Attribution] = {}
    result = []
    for period, _, values, _, _ in table.rows:
        snapshot, seen = snapshots[period], pick(values)
        key = (id(snapshot), seen)
        if (attribution := decided.get(key)) is None:
            named = dict(zip(wanted, seen, strict=True))
            attribution = decided[key] = _Decision(rules, snapshot, named).attribution()
        result.append(attribution)
    return result


def picker(positions: Sequence[int]) -> Callable[[tuple[str | None, ...]], tuple[str | None, ...]]:
    """Return what takes the values at some positions out of a row, as fast as the language can."""
    if not positions:
        return lambda values: ()
    if len(positions) == 1:
        only = slice(positions[0], positions[0] + 1)
        return itemgetter(only)
    return itemgetter(*positions)


class _Decision:
    """The decision about one combination of values, under the rules of one time."""

    def __init__(self, rules: Rules, snapshot: Snapshot, values: dict[str, str | None]) -> None:
        self._rules, self._snapshot, self._values = rules, snapshot, values

    def attribution(self) -> Attribution:
        return self._excluded() or self._matched() or self._tagged() or self._by_account() or self._unknown()

    def _excluded(self) -> Attribution | None:
        for dimension, patterns in self._rules.filters.items():
            value = self._values[dimension]
            if not patterns.allow(value):
                return Attribution(_EXCLUDED, None, f"filters ({_said(dimension, value)})")
        return None

    def _matched(self) -> Attribution | None:
        for name, pool in self._snapshot.pools.items():
            if pool.match and (why := self._why(pool.match)):
                return Attribution(Target(Kind.POOL, name), None, f"shared.{name}.match ({why})")
        return None

    def _why(self, match: Match) -> str:
        found = []
        for dimension, patterns in match.patterns.items():
            value = self._values[dimension]
            readings = () if value is None else self._rules.readings(dimension, value)
            if not any(self._fits(reading, pattern) for reading in readings for pattern in patterns):
                return ""
            found.append(_said(dimension, value))
        return ", ".join(found)

    def _fits(self, value: str, pattern: str) -> bool:
        return fnmatchcase(self._rules.spelling(value), self._rules.spelling(pattern))

    def _tagged(self) -> Attribution | None:
        for tag in map(query.tag, self._rules.project_tags):
            if (value := self._values[tag]) is None:
                continue
            for reading in self._rules.readings(tag, value):
                if project := self._snapshot.projects.get(self._rules.spelling(reading)):
                    return Attribution(project.target, project.name, f"projects.{project.name} ({_said(tag, value)})")
                if (named := self._named(reading)) and named.kind is Kind.POOL:
                    return Attribution(named, None, f"shared.{named.name} ({_said(tag, value)})")
        for tag in map(query.tag, self._rules.team_tags):
            value = self._values[tag]
            readings = () if value is None else self._rules.readings(tag, value)
            if named := next(filter(None, map(self._named, readings)), None):
                part = "shared" if named.kind is Kind.POOL else "teams"
                return Attribution(named, None, f"{part}.{named.name} ({_said(tag, value)})")
        return None

    def _by_account(self) -> Attribution | None:
        account = self._values.get(query.ACCOUNT)
        if account is None or not (fallback := self._snapshot.accounts.get(account)):
            return None
        return Attribution(fallback.target, fallback.name or None, f"accounts.{account}")

    def _unknown(self) -> Attribution:
        tags = dict.fromkeys(map(query.tag, (*self._rules.project_tags, *self._rules.team_tags)))
        given = [f"{_said(tag, value)} is in no rule" for tag in tags if (value := self._values[tag]) is not None]
        return Attribution(_UNKNOWN, None, f"{UNKNOWN} ({', '.join(given) or 'no tag that the rules look at'})")

    def _named(self, value: str) -> Target | None:
        return self._snapshot.names.get(self._rules.spelling(value))


def _said(dimension: str, value: str | None) -> str:
    """Say what a row has in a dimension: `tag project "web"`, `region without a value`."""
    key = query.tag_key(dimension)
    return f"{dimension if key is None else f'tag {key}'} " + ("without a value" if value is None else f'"{value}"')

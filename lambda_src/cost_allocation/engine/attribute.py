"""Attribution: find the rule that decides about a row.

The order is: filters, `match` of pools, project tags, team tags, accounts; otherwise the cost is unknown. Of several
tag keys, the first one with a known value counts.
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
    """The table lacks a dimension. The message names it and the dimensions of the table."""


def attributions(table: CostTable, rules: Rules) -> list[Attribution]:
    """Return the attribution of every row of a table.

    Raises:
        MissingDimension: the table lacks a dimension that the rules need.
    """
    wanted = rules.attribution_dimensions
    positions = {dimension: table.position(dimension) for dimension in wanted}
    if missing := [dimension for dimension, position in positions.items() if position is None]:
        came_by = ", ".join(table.dimensions) or "nothing"
        raise MissingDimension(f"the rules need {', '.join(missing)}, but the costs are grouped by {came_by}")
    pick = picker([position for position in positions.values() if position is not None])
    snapshots = {period: rules.on(period) for period in {row.period for row in table.rows}}
    # Many rows have equal values, so decide once for each combination.
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
    """Return a fast function that selects the values at some positions of a row."""
    if not positions:
        return lambda values: ()
    if len(positions) == 1:
        only = slice(positions[0], positions[0] + 1)
        return itemgetter(only)
    return itemgetter(*positions)


class _Decision:
    """Decision about one combination of values, by the rules of one day."""

    def __init__(self, rules: Rules, snapshot: Snapshot, values: dict[str, str | None]) -> None:
        self._rules, self._snapshot, self._values = rules, snapshot, values

    def attribution(self) -> Attribution:
        return self._by_filter() or self._by_match() or self._by_tag() or self._by_account() or self._unknown()

    def _by_filter(self) -> Attribution | None:
        for dimension, patterns in self._rules.filters.items():
            value = self._values[dimension]
            if not patterns.allow(value):
                return Attribution(_EXCLUDED, None, f"filters ({_describe(dimension, value)})")
        return None

    def _by_match(self) -> Attribution | None:
        for name, pool in self._snapshot.pools.items():
            if pool.match and (why := self._matched_values(pool.match)):
                return Attribution(Target(Kind.POOL, name), None, f"shared.{name}.match ({why})")
        return None

    def _matched_values(self, match: Match) -> str:
        found = []
        for dimension, patterns in match.patterns.items():
            value = self._values[dimension]
            readings = () if value is None else self._rules.readings(dimension, value)
            if not any(self._fits(reading, pattern) for reading in readings for pattern in patterns):
                return ""
            found.append(_describe(dimension, value))
        return ", ".join(found)

    def _fits(self, value: str, pattern: str) -> bool:
        return fnmatchcase(self._rules.spelling(value), self._rules.spelling(pattern))

    def _by_tag(self) -> Attribution | None:
        for tag in map(query.tag, self._rules.project_tags):
            if (value := self._values[tag]) is None:
                continue
            for reading in self._rules.readings(tag, value):
                if project := self._snapshot.projects.get(self._rules.spelling(reading)):
                    return Attribution(
                        project.target, project.name, f"projects.{project.name} ({_describe(tag, value)})"
                    )
                if (named := self._target_named(reading)) and named.kind is Kind.POOL:
                    return Attribution(named, None, f"shared.{named.name} ({_describe(tag, value)})")
        for tag in map(query.tag, self._rules.team_tags):
            value = self._values[tag]
            readings = () if value is None else self._rules.readings(tag, value)
            if named := next(filter(None, map(self._target_named, readings)), None):
                part = "shared" if named.kind is Kind.POOL else "teams"
                return Attribution(named, None, f"{part}.{named.name} ({_describe(tag, value)})")
        return None

    def _by_account(self) -> Attribution | None:
        account = self._values.get(query.ACCOUNT)
        if account is None or not (fallback := self._snapshot.accounts.get(account)):
            return None
        return Attribution(fallback.target, fallback.name or None, f"accounts.{account}")

    def _unknown(self) -> Attribution:
        tags = dict.fromkeys(map(query.tag, (*self._rules.project_tags, *self._rules.team_tags)))
        given = [f"{_describe(tag, value)} is in no rule" for tag in tags if (value := self._values[tag]) is not None]
        return Attribution(_UNKNOWN, None, f"{UNKNOWN} ({', '.join(given) or 'no tag that the rules look at'})")

    def _target_named(self, value: str) -> Target | None:
        return self._snapshot.names.get(self._rules.spelling(value))


def _describe(dimension: str, value: str | None) -> str:
    """Describe the value of a dimension: `tag project "web"`, `region without a value`."""
    key = query.tag_key(dimension)
    return f"{dimension if key is None else f'tag {key}'} " + ("without a value" if value is None else f'"{value}"')

"""Rules that did nothing: those that can never match, and those that matched nothing in these costs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import IntEnum
from fnmatch import fnmatchcase
from functools import cached_property

from cost_allocation import query
from cost_allocation.engine.attribute import picker
from cost_allocation.model import Allocation, Attribution, Kind
from cost_allocation.rules.clouds import GOOGLE, cloud_of, cloud_of_cost
from cost_allocation.rules.impossible import impossible
from cost_allocation.rules.model import Condition, Pool, Problem, Rules
from cost_allocation.rules.nearest import Nearest
from cost_allocation.rules.service_names import is_aws_service, service_names

_GLOB = re.compile(r"[*?\[]")
_LAST_DIGITS = re.compile("[0-9]+$")
_FEW = 5
"""So many values are listed where none is near."""


def dead_rules(allocation: Allocation, rules: Rules, *, chosen: bool = False) -> list[str]:
    """Name every rule that did nothing, each once, with the nearest name in the costs.

    An entry whose dates lie outside the costs is not looked for. Rules about a cloud of which there are no costs at all
    are left out: one file may serve several clouds, each with costs of its own.

    Args:
        allocation: of all costs of a period, or of some of them.
        rules: by which it was allocated.
        chosen: the costs are some that somebody chose: only rules that can never match are named.
    """
    search = _Search(allocation, rules)
    return [f"{one.place}: {one.message}" for one in (search.never if chosen else search.problems())]


class _Stage(IntEnum):
    """The costs that a rule gets to see."""

    ALL = 0
    FILTERED = 1
    """All that filters let through."""
    UNCLAIMED = 2
    """Those of them that no pool takes by its match."""


class _Search:
    """Compares what the rules look for with what the costs have."""

    def __init__(self, allocation: Allocation, rules: Rules) -> None:
        self._allocation, self._rules = allocation, rules
        self._periods = {row.period for row in allocation.table.rows}
        self._compared: dict[tuple[tuple[str, ...], bool, _Stage], frozenset[str]] = {}
        self._near: dict[tuple[str, ...], Nearest] = {}

    @cached_property
    def never(self) -> Sequence[Problem]:
        """The problems of rules that can never match, whatever these costs have for account ids."""
        return impossible(self._rules, there=self._occurs)

    def problems(self) -> Iterator[Problem]:
        yield from self.never
        if not self._periods:
            return
        known = {one.path for one in self.never}
        said: set[tuple[object, ...]] = set()
        for one in self._rules.conditions:
            path = one.path if one.part != "projects" or self._tagged(one) else ("projects",)
            # Of entries with dates, each of which may look for the same value, the first speaks.
            key = (*(step for step in path if isinstance(step, str)), one.text if path == one.path else "")
            if one.path not in known and key not in said and (message := self._lacking(one)):
                said.add(key)
                yield Problem(path, message)
        yield from self._pools(known)
        if all(attribution.target.kind is Kind.EXCLUDED for attribution in self._decided):
            yield Problem(("filters",), "leave out every cost")

    def _lacking(self, condition: Condition) -> str | None:
        """Say why an entry that is in effect matched nothing; None where it did, or where that is no fault."""
        stage = _stage(condition)
        if not any(condition.holds_on(period) for period in self._periods) or self._occurs(condition, stage):
            return None
        where = " or ".join(_said(dimension) for dimension in condition.dimensions)
        if self._occurs(condition):
            takers = "filters" if stage is _Stage.FILTERED else "filters or pools"
            return f'{takers} take every cost with the {where} "{condition.text}" before'
        if query.CHARGE_CATEGORY in condition.dimensions or self._is_elsewhere(condition):
            return None
        if condition.part == "projects" and not self._tagged(condition):
            return f"no cost has the {where}"
        hint = self._hint(condition)
        if condition.is_pattern:
            return f'"{condition.text}" matches no {where}{hint}'
        return f'no cost has the {where} "{condition.text}"{hint}'

    def _hint(self, condition: Condition) -> str:
        """The nearest value, or all where there are few."""
        # A name that is right needs no other: the costs have nothing of that service.
        right = query.SERVICE in condition.dimensions and is_aws_service(condition.text)
        if not right and (near := self._nearest(condition.dimensions).find(condition.text)):
            return f'; the nearest is "{near}"'
        values = sorted(self._among(condition.dimensions, exact=True))
        return f"; there are {', '.join(values)}" if 0 < len(values) <= _FEW else ""

    def _tagged(self, condition: Condition) -> bool:
        return bool(self._among(condition.dimensions, exact=True))

    def _occurs(self, condition: Condition, stage: _Stage = _Stage.ALL) -> bool:
        values = self._among(condition.dimensions, condition.exact, stage)
        spell = str if condition.exact else self._rules.spelling
        for pattern in map(spell, condition.patterns):
            if pattern in values or (_GLOB.search(pattern) and any(fnmatchcase(value, pattern) for value in values)):
                return True
        return False

    def _among(self, dimensions: tuple[str, ...], exact: bool, stage: _Stage = _Stage.ALL) -> frozenset[str]:
        """The values of some dimensions together, in the form in which they are compared."""
        key = (dimensions, exact, stage)
        if key not in self._compared:
            spell = str if exact else self._rules.spelling
            values = (value for dimension in dimensions for value in self._values[stage].get(dimension, ()))
            self._compared[key] = frozenset(map(spell, values))
        return self._compared[key]

    def _nearest(self, dimensions: tuple[str, ...]) -> Nearest:
        if dimensions not in self._near:
            names = {value: value for value in sorted(self._among(dimensions, exact=True))}
            if query.SERVICE in dimensions:
                names |= {name: value for value in names for name in service_names(value)}
            self._near[dimensions] = Nearest(names)
        return self._near[dimensions]

    def _is_elsewhere(self, condition: Condition) -> bool:
        """Tell entries about a cloud that these costs have nothing of."""
        dimension = condition.dimensions[0]
        if not self._clouds:
            return False
        cloud = cloud_of(dimension, condition.text)
        slip = dimension == query.REGION and self._nearest(condition.dimensions).find(condition.text) is not None
        # All that tells europe-west1 from a slip of the pen is that these costs have no europe-west-1.
        if cloud == GOOGLE and dimension == query.REGION:
            slip = _LAST_DIGITS.sub(r"-\g<0>", condition.text) in self._values[_Stage.ALL][dimension]
        return cloud is not None and cloud not in self._clouds and not slip

    def _pools(self, known: Iterable[tuple[str | int, ...]]) -> Iterator[Problem]:
        """Pools whose patterns all occur, but never in one cost that was still to be had."""
        took = {one.target.name for one in self._decided if one.rule.startswith(f"shared.{one.target.name}.match ")}
        for name, pool in self._pools_in_effect().items():
            path = ("shared", name, "match")
            if pool.match is None or name in took or path in known:
                continue
            if all(self._any_occurs(dimension, wanted) for dimension, wanted in pool.match.patterns.items()):
                yield Problem(path, "no cost has all of it that no filter and no pool before takes")

    def _pools_in_effect(self) -> Mapping[str, Pool]:
        found: dict[str, Pool] = {}
        for snapshot in {id(one): one for one in map(self._rules.on, self._periods)}.values():
            found |= snapshot.pools
        return found

    def _any_occurs(self, dimension: str, patterns: Sequence[str]) -> bool:
        return self._occurs(Condition((), "", (dimension,), tuple(patterns), exact=False), _Stage.FILTERED)

    @cached_property
    def _values(self) -> Mapping[_Stage, Mapping[str, set[str]]]:
        """All values of each dimension that the rules look at, at each stage."""
        table = self._allocation.table
        wanted = self._rules.attribution_dimensions
        pick = picker([table.dimensions.index(dimension) for dimension in wanted])
        decided = {id(one): _decided_at(one) for one in self._decided}
        seen: Mapping[_Stage, set[tuple[str | None, ...]]] = {stage: set() for stage in _Stage}
        for row, attribution in zip(table.rows, self._allocation.attributions, strict=True):
            seen[decided[id(attribution)]].add(pick(row.values))
        found: dict[_Stage, dict[str, set[str]]] = {}
        reached: set[tuple[str | None, ...]] = set()
        for stage in reversed(_Stage):
            reached |= seen[stage]
            columns = dict(zip(wanted, zip(*reached, strict=True), strict=False))
            found[stage] = {dimension: self._readings(dimension, values) for dimension, values in columns.items()}
        return found

    def _readings(self, dimension: str, values: Iterable[str | None]) -> set[str]:
        return {reading for value in {*values} - {None} for reading in self._rules.readings(dimension, value or "")}

    @cached_property
    def _clouds(self) -> set[str]:
        found = {
            cloud_of_cost(dimension, value)
            for dimension in (query.ACCOUNT, query.SERVICE, query.REGION)
            for value in self._values[_Stage.ALL].get(dimension, ())
        }
        return {cloud for cloud in found if cloud}

    @cached_property
    def _decided(self) -> Sequence[Attribution]:
        """The attributions, those that are one object once."""
        return list({id(one): one for one in self._allocation.attributions}.values())


def _stage(condition: Condition) -> _Stage:
    """The costs that the entry gets to see. An account is for those that nothing else takes, so it has seen all."""
    if condition.part in ("filters", "accounts"):
        return _Stage.ALL
    return _Stage.FILTERED if condition.is_pattern else _Stage.UNCLAIMED


def _decided_at(attribution: Attribution) -> _Stage:
    """The last stage that a cost with the attribution reaches."""
    kind, name = attribution.target
    if kind is Kind.EXCLUDED:
        return _Stage.ALL
    return _Stage.FILTERED if attribution.rule.startswith(f"shared.{name}.match ") else _Stage.UNCLAIMED


def _said(dimension: str) -> str:
    key = query.tag_key(dimension)
    return dimension.replace("_", " ") if key is None else f"tag {key}"

"""Detection of rules without effect: impossible ones, and those that match nothing in the costs."""

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
from cost_allocation.rules.impossible import impossible_conditions
from cost_allocation.rules.model import Condition, Pool, Problem, Rules
from cost_allocation.rules.nearest import Nearest
from cost_allocation.rules.service_names import is_aws_service, service_names

_GLOB = re.compile(r"[*?\[]")
_LAST_DIGITS = re.compile("[0-9]+$")
_FEW = 5
"""Maximum number of values to list if none is similar."""


def dead_rules(allocation: Allocation, rules: Rules, *, chosen: bool = False) -> list[str]:
    """Build a warning for each rule that matches nothing, with the nearest name in the costs.

    Entries with dates outside the costs are skipped. So are rules about a cloud without costs, because one file may
    serve several clouds with separate costs.

    Args:
        allocation: allocation of all or some costs of a period.
        rules: rules of the allocation.
        chosen: True for filtered costs. Then only impossible rules are listed.
    """
    search = _Search(allocation, rules)
    return [f"{one.place}: {one.message}" for one in (search.impossible if chosen else search.problems())]


class _Stage(IntEnum):
    """Costs that reach a rule."""

    ALL = 0
    FILTERED = 1
    """Costs that filters include."""
    UNCLAIMED = 2
    """Included costs that no pool takes by its match."""


class _Search:
    """Comparison of the conditions of rules with the values in costs."""

    def __init__(self, allocation: Allocation, rules: Rules) -> None:
        self._allocation, self._rules = allocation, rules
        self._periods = {row.period for row in allocation.table.rows}
        self._comparable_values: dict[tuple[tuple[str, ...], bool, _Stage], frozenset[str]] = {}
        self._near: dict[tuple[str, ...], Nearest] = {}

    @cached_property
    def impossible(self) -> Sequence[Problem]:
        """Problems of impossible rules. Account ids that occur in the costs are accepted."""
        return impossible_conditions(self._rules, there=self._occurs)

    def problems(self) -> Iterator[Problem]:
        yield from self.impossible
        if not self._periods:
            return
        known = {one.path for one in self.impossible}
        said: set[tuple[object, ...]] = set()
        for one in self._rules.conditions:
            path = one.path if one.part != "projects" or self._has_tag(one) else ("projects",)
            # Of entries with dates and the same value, report only the first.
            key = (*(step for step in path if isinstance(step, str)), one.text if path == one.path else "")
            if one.path not in known and key not in said and (message := self._unmatched_message(one)):
                said.add(key)
                yield Problem(path, message)
        yield from self._pools(known)
        if all(attribution.target.kind is Kind.EXCLUDED for attribution in self._attributions):
            yield Problem(("filters",), "exclude all costs")

    def _unmatched_message(self, condition: Condition) -> str | None:
        """Return why an entry matches nothing; None if it matches, or if that is not an error."""
        stage = _stage(condition)
        if not any(condition.applies_on(period) for period in self._periods) or self._occurs(condition, stage):
            return None
        where = " or ".join(_dimension_title(dimension) for dimension in condition.dimensions)
        if self._occurs(condition):
            takers = "filters" if stage is _Stage.FILTERED else "filters or pools"
            return f'{takers} take all costs with the {where} "{condition.text}" first'
        if query.CHARGE_CATEGORY in condition.dimensions or self._is_elsewhere(condition):
            return None
        if condition.part == "projects" and not self._has_tag(condition):
            return f"no cost has the {where}"
        hint = self._hint(condition)
        if condition.is_pattern:
            return f'"{condition.text}" matches no {where}{hint}'
        return f'no cost has the {where} "{condition.text}"{hint}'

    def _hint(self, condition: Condition) -> str:
        """Return a hint with the nearest value, or with all values if there are few."""
        # A known AWS service is not a typo: there are just no costs of it.
        right = query.SERVICE in condition.dimensions and is_aws_service(condition.text)
        if not right and (near := self._nearest(condition.dimensions).find(condition.text)):
            return f'; the nearest is "{near}"'
        values = sorted(self._values_of(condition.dimensions, exact=True))
        return f"; there are {', '.join(values)}" if 0 < len(values) <= _FEW else ""

    def _has_tag(self, condition: Condition) -> bool:
        return bool(self._values_of(condition.dimensions, exact=True))

    def _occurs(self, condition: Condition, stage: _Stage = _Stage.ALL) -> bool:
        values = self._values_of(condition.dimensions, condition.exact, stage)
        spell = str if condition.exact else self._rules.spelling
        for pattern in map(spell, condition.patterns):
            if pattern in values or (_GLOB.search(pattern) and any(fnmatchcase(value, pattern) for value in values)):
                return True
        return False

    def _values_of(self, dimensions: tuple[str, ...], exact: bool, stage: _Stage = _Stage.ALL) -> frozenset[str]:
        """Return the normalized values of some dimensions together."""
        key = (dimensions, exact, stage)
        if key not in self._comparable_values:
            spell = str if exact else self._rules.spelling
            values = (value for dimension in dimensions for value in self._values[stage].get(dimension, ()))
            self._comparable_values[key] = frozenset(map(spell, values))
        return self._comparable_values[key]

    def _nearest(self, dimensions: tuple[str, ...]) -> Nearest:
        if dimensions not in self._near:
            names = {value: value for value in sorted(self._values_of(dimensions, exact=True))}
            if query.SERVICE in dimensions:
                names |= {name: value for value in names for name in service_names(value)}
            self._near[dimensions] = Nearest(names)
        return self._near[dimensions]

    def _is_elsewhere(self, condition: Condition) -> bool:
        """Return True for entries about a cloud without costs."""
        dimension = condition.dimensions[0]
        if not self._clouds:
            return False
        cloud = cloud_of(dimension, condition.text)
        is_typo = dimension == query.REGION and self._nearest(condition.dimensions).find(condition.text) is not None
        # europe-west1 is a typo only if the costs have europe-west-1.
        if cloud == GOOGLE and dimension == query.REGION:
            is_typo = _LAST_DIGITS.sub(r"-\g<0>", condition.text) in self._values[_Stage.ALL][dimension]
        return cloud is not None and cloud not in self._clouds and not is_typo

    def _pools(self, known: Iterable[tuple[str | int, ...]]) -> Iterator[Problem]:
        """Yield the pools whose patterns all occur, but never together in a remaining cost."""
        took = {
            one.target.name for one in self._attributions if one.rule.startswith(f"shared.{one.target.name}.match ")
        }
        for name, pool in self._pools_in_effect().items():
            path = ("shared", name, "match")
            if pool.match is None or name in took or path in known:
                continue
            if all(self._any_occurs(dimension, wanted) for dimension, wanted in pool.match.patterns.items()):
                yield Problem(path, "no cost matches all of it after filters and earlier pools")

    def _pools_in_effect(self) -> Mapping[str, Pool]:
        found: dict[str, Pool] = {}
        for snapshot in {id(one): one for one in map(self._rules.on, self._periods)}.values():
            found |= snapshot.pools
        return found

    def _any_occurs(self, dimension: str, patterns: Sequence[str]) -> bool:
        return self._occurs(Condition((), "", (dimension,), tuple(patterns), exact=False), _Stage.FILTERED)

    @cached_property
    def _values(self) -> Mapping[_Stage, Mapping[str, set[str]]]:
        """Values of each dimension at each stage."""
        table = self._allocation.table
        wanted = self._rules.attribution_dimensions
        pick = picker([table.dimensions.index(dimension) for dimension in wanted])
        decided = {id(one): _last_stage(one) for one in self._attributions}
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
    def _attributions(self) -> Sequence[Attribution]:
        """Distinct attribution objects."""
        return list({id(one): one for one in self._allocation.attributions}.values())


def _stage(condition: Condition) -> _Stage:
    """Return the stage of an entry. Accounts apply to what is left, so all costs count for them."""
    if condition.part in ("filters", "accounts"):
        return _Stage.ALL
    return _Stage.FILTERED if condition.is_pattern else _Stage.UNCLAIMED


def _last_stage(attribution: Attribution) -> _Stage:
    """Return the last stage that a cost with this attribution reaches."""
    kind, name = attribution.target
    if kind is Kind.EXCLUDED:
        return _Stage.ALL
    return _Stage.FILTERED if attribution.rule.startswith(f"shared.{name}.match ") else _Stage.UNCLAIMED


def _dimension_title(dimension: str) -> str:
    key = query.tag_key(dimension)
    return dimension.replace("_", " ") if key is None else f"tag {key}"

"""Rules that did nothing: those that can never match, and those that matched nothing in these costs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from functools import cached_property

from . import query
from .attribute import picker
from .impossible import impossible
from .model import Allocation, Attribution, Kind
from .nearest import Nearest
from .rules import Condition, Pool, Problem, Rules
from .service_names import is_aws_service, service_names

_GLOB = re.compile(r"[*?\[]")
_FEW = 5
"""So many values are listed where none is near."""
_CLOUDS = {
    "AWS": re.compile(r"[0-9]{12}"),
    "Azure": re.compile(r"(/subscriptions/)?[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"),
    "Oracle Cloud": re.compile(r"ocid1\..+"),
}
"""Forms of account ids."""


def dead_rules(allocation: Allocation, rules: Rules) -> list[str]:
    """Name every rule that did nothing, each once, with the nearest name in the costs.

    An entry whose dates lie outside the costs is not looked for. Rules about a cloud of which there are no costs at all
    are left out: one file may serve several clouds, each with costs of its own.

    Args:
        allocation: of all costs of a period, not of some that were chosen by a dimension.
        rules: by which it was allocated.
    """
    return [f"{one.place}: {one.message}" for one in _Search(allocation, rules).problems()]


class _Search:
    """Compares what the rules look for with what the costs have."""

    def __init__(self, allocation: Allocation, rules: Rules) -> None:
        self._allocation, self._rules = allocation, rules
        self._periods = {row.period for row in allocation.table.rows}
        self._compared: dict[tuple[tuple[str, ...], bool], frozenset[str]] = {}
        self._near: dict[tuple[str, ...], Nearest] = {}

    def problems(self) -> Iterator[Problem]:
        never = impossible(self._rules)
        yield from never
        if not self._periods:
            return
        known = {one.path for one in never}
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
        if not any(condition.holds_on(period) for period in self._periods) or self._occurs(condition):
            return None
        if query.CHARGE_CATEGORY in condition.dimensions or self._is_elsewhere(condition):
            return None
        where = " or ".join(_said(dimension) for dimension in condition.dimensions)
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

    def _occurs(self, condition: Condition) -> bool:
        values = self._among(condition.dimensions, condition.exact)
        spell = str if condition.exact else self._rules.spelling
        for pattern in map(spell, condition.patterns):
            if pattern in values or (_GLOB.search(pattern) and any(fnmatchcase(value, pattern) for value in values)):
                return True
        return False

    def _among(self, dimensions: tuple[str, ...], exact: bool) -> frozenset[str]:
        """The values of some dimensions together, in the form in which they are compared."""
        key = (dimensions, exact)
        if key not in self._compared:
            spell = str if exact else self._rules.spelling
            values = (value for dimension in dimensions for value in self._values.get(dimension, ()))
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
        cloud = _cloud(condition.dimensions[0], condition.text)
        return cloud is not None and bool(self._clouds) and cloud not in self._clouds

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
        return self._occurs(Condition((), "", (dimension,), tuple(patterns), exact=False))

    @cached_property
    def _values(self) -> Mapping[str, set[str]]:
        """All values of each dimension that the rules look at."""
        table = self._allocation.table
        wanted = self._rules.attribution_dimensions
        pick = picker([table.dimensions.index(dimension) for dimension in wanted])
        seen = {pick(row.values) for row in table.rows}
        return {
            dimension: {
                reading for value in values if value is not None for reading in self._rules.readings(dimension, value)
            }
            for dimension, values in zip(wanted, zip(*seen, strict=True), strict=True)
        }

    @cached_property
    def _clouds(self) -> set[str]:
        found = {
            _cloud(dimension, value)
            for dimension in (query.ACCOUNT, query.SERVICE)
            for value in self._values.get(dimension, ())
        }
        return {cloud for cloud in found if cloud}

    @cached_property
    def _decided(self) -> Sequence[Attribution]:
        """The attributions, those that are one object once."""
        return list({id(one): one for one in self._allocation.attributions}.values())


def _cloud(dimension: str, value: str) -> str | None:
    if dimension == query.ACCOUNT:
        return next((cloud for cloud, form in _CLOUDS.items() if form.fullmatch(value)), None)
    return "AWS" if dimension == query.SERVICE and is_aws_service(value) else None


def _said(dimension: str) -> str:
    key = query.tag_key(dimension)
    return dimension.replace("_", " ") if key is None else f"tag {key}"

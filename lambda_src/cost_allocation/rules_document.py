"""From the document to the rules: what the schema cannot say is checked here.

The structure is that of `rules.schema.json`; a document is validated with it before it comes here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any, TypeVar

from . import query
from .dated import Dated, Path, read_dated
from .exact import text
from .rules import DIRECT_COST, Match, Patterns, Problem, Rules, RulesError, Split, WhenZero
from .rules_entries import SHARED, Entries, Named, Sharing

T = TypeVar("T")

_DIMENSIONS = {
    "services": query.SERVICE,
    "accounts": query.ACCOUNT,
    "regions": query.REGION,
    "providers": query.PROVIDER,
    "charge_categories": query.CHARGE_CATEGORY,
}
_POOL_FIELDS = frozenset({"split", "to", "by", "when_zero", "match", "from", "until"})
_WHOLES = (Fraction(1), Fraction(100))
"""What weights may add up to: parts of one, or per cent."""
_MAGNITUDE = 18
"""Numbers beyond 10^18, or finer than its inverse, are slips of the pen, and take for ever to count with."""


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
        entries = Entries(
            projects=self._each("projects", _named),
            teams=self._each("teams", lambda given: given["owner"] if isinstance(given, Mapping) else given),
            accounts=self._each("accounts", _named),
            pools=self._pools(),
        )
        rules = Rules(
            **{f"{name}_tags": tuple(chosen) for name, chosen in self._document.get("tag_keys", {}).items()},
            assumed_tags=self._assumed_tags(),
            ignore_case=self._document.get("ignore_case", False),
            default_owner=self._document.get("default_owner"),
            filters={_DIMENSIONS[name]: _patterns(given) for name, given in self._document.get("filters", {}).items()},
            metrics={
                name: {team: self._number(value, ("metrics", name, team)) for team, value in values.items()}
                for name, values in self._document.get("metrics", {}).items()
            },
            boundaries=entries.boundaries(),
        )
        snapshots = entries.snapshots(rules, self._problems)
        if self._problems:
            raise RulesError(list(dict.fromkeys(self._problems)))
        return replace(rules, snapshots=snapshots)

    def _assumed_tags(self) -> frozenset[str]:
        relied_on = {*self._document.get("tag_keys", {}), *(("project",) if "projects" in self._document else ())}
        return Rules().assumed_tags - relied_on

    def _problem(self, path: Path, message: str) -> None:
        self._problems.append(Problem(path, message))

    def _number(self, given: Any, path: Path) -> Fraction:
        """A number as it was written: 0.1 is a tenth, also where a reader made a float of it."""
        numerator, _, denominator = str(given).partition("/")
        number = Decimal(numerator)
        if not number.is_finite() or abs(number.adjusted()) > _MAGNITUDE:
            self._problem(path, f"{given} is too large or too small to count with")
            return Fraction(0)
        return Fraction(number) / int(denominator or 1)

    def _each(self, part: str, read: Callable[[Any], T]) -> dict[str, tuple[Dated[T], ...]]:
        return {
            name: read_dated(given, (part, name), lambda entry, _: read(entry), self._problems)
            for name, given in self._document.get(part, {}).items()
        }

    def _pools(self) -> dict[str, tuple[Dated[Sharing], ...]]:
        shared = self._document.get(SHARED, {})
        weights = {name for name, given in shared.items() if not isinstance(given, Mapping | list)}
        if weights and len(weights) == len(shared):
            return {SHARED: read_dated(shared, (SHARED,), self._pool, self._problems)}
        for name in sorted(weights):
            self._problem((SHARED, name), "is a weight beside pools; give it a pool of its own: a name and its weights")
        return {
            name: read_dated(given, (SHARED, name), self._pool, self._problems)
            for name, given in shared.items()
            if name not in weights
        }

    def _pool(self, given: Mapping[str, Any], path: Path) -> Sharing:
        if not _POOL_FIELDS & given.keys():
            given, to_path = {"to": given}, path
        else:
            to_path = (*path, "to")
        to = given.get("to", {})
        weighted = isinstance(to, Mapping) and bool(to)
        split = Split(given.get("split", Split.FIXED if weighted else Split.EVEN))
        if split is Split.FIXED and not weighted:
            self._problem(path, "a fixed split needs weights: to: {shop: 0.5, search: 0.5}")
        if split is not Split.FIXED and weighted:
            self._problem(to_path, f"a split that is {split} takes a list of names, not weights")
        if split is not Split.PROPORTIONAL:
            for name in ("by", "when_zero"):
                if name in given:
                    self._problem((*path, name), f"goes with split: proportional, and this split is {split}")
        targets: dict[str, Fraction | None] = dict.fromkeys(to)
        if split is Split.FIXED and weighted:
            weights = {name: self._number(weight, (*to_path, name)) for name, weight in to.items()}
            whole = sum(weights.values(), Fraction(0))
            if whole in _WHOLES:
                targets = {name: weight / whole for name, weight in weights.items()}
            else:
                said = f"the weights add up to {_plain(whole)}; they must add up to 1, or to 100 as per cent"
                self._problem(to_path, said)
        return Sharing(
            split,
            targets,
            given.get("by", DIRECT_COST),
            WhenZero(given.get("when_zero", WhenZero.EVEN)),
            _match(given["match"]) if "match" in given else None,
        )


def _named(given: Any) -> Named:
    if isinstance(given, Mapping):
        return Named(given["team"], given.get("project"), tuple(given.get("aliases", ())))
    return Named(given, None, ())


def _patterns(given: Any) -> Patterns:
    """A plain list says what is wanted."""
    if isinstance(given, Mapping):
        return Patterns(tuple(given.get("include", ())), tuple(given.get("exclude", ())))
    return Patterns(tuple(given))


def _match(given: Mapping[str, Any]) -> Match:
    fields = {_DIMENSIONS[name]: tuple(values) for name, values in given.items() if name in _DIMENSIONS}
    tags = {query.tag(key): tuple(values) for key, values in given.get("tags", {}).items()}
    return Match(fields | tags)


def _plain(value: Fraction) -> str:
    """A decimal where there is an exact one."""
    decimal = Decimal(value.numerator) / Decimal(value.denominator)
    return text(decimal) if Fraction(decimal) == value else str(value)

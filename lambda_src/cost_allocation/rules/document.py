"""Conversion of a document to rules, with the checks that the schema cannot express.

Documents are validated with `schema.json` before.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any, TypeVar

from cost_allocation import query
from cost_allocation.exact import text
from cost_allocation.rules.conditions import DIMENSIONS, conditions
from cost_allocation.rules.dated import DatedEntry, Path, read_dated_entries
from cost_allocation.rules.entries import SHARED, Entries, PoolEntry, ProjectEntry
from cost_allocation.rules.model import DIRECT_COST, Match, Patterns, Problem, Rules, RulesError, Split, WhenZero
from cost_allocation.rules.service_names import with_service_names
from cost_allocation.rules.value_aliases import PART, read_value_aliases

T = TypeVar("T")

RATES = "currency_rates"
_POOL_FIELDS = frozenset({"split", "to", "by", "when_zero", "match", "from", "until"})
_WEIGHTED = re.compile(r"\s*(\S.*?)\s*:\s*([0-9]+(?:/[1-9][0-9]*|\.[0-9]+)?)\s*")
"""Short form of a weight, as in `[dev:0.5, ops:1/2]`."""
_WHOLES = (Fraction(1), Fraction(100))
"""Allowed sums of weights: 1, or 100 for percentages."""
_MAGNITUDE = 18
"""Numbers above 10^18 or below 10^-18 are rejected: they are typos, and exact fractions of that size are slow."""


def read_rules(document: Mapping[str, Any]) -> Rules:
    """Convert a document to rules.

    Args:
        document: document that is valid by `schema.json`, with dates as text and numbers as int, Decimal or float.

    Raises:
        RulesError: names are ambiguous, weights do not add up, pools form a cycle, or entries overlap in time.
    """
    return _Reader(document).rules()


class _Reader:
    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document
        self._problems: list[Problem] = []

    def rules(self) -> Rules:
        filters = self._document.get("filters", {})
        entries = Entries(
            projects=self._each("projects", _read_target),
            teams=self._each("teams", lambda given: given["owner"] if isinstance(given, Mapping) else given),
            accounts=self._each("accounts", _read_target),
            pools=self._pools(),
        )
        tag_keys: dict[str, Any] = {
            f"{name}_tags": tuple(chosen) for name, chosen in self._document.get("tag_keys", {}).items()
        }
        rules = Rules(
            **tag_keys,
            assumed_tags=self._assumed_tags(),
            ignore_case=self._document.get("ignore_case", False),
            ignore_key_case=self._document.get("ignore_key_case", True),
            default_owner=self._document.get("default_owner"),
            filters={DIMENSIONS[name]: _patterns(name, given) for name, given in filters.items()},
            metrics={
                name: {team: self._number(value, ("metrics", name, team)) for team, value in values.items()}
                for name, values in self._document.get("metrics", {}).items()
            },
            currency_rates=self._currency_rates(),
            boundaries=entries.boundaries(),
        )
        matched = entries.matched_dimensions()
        aliases = read_value_aliases(self._document.get(PART, {}), rules, matched, self._problems)
        meant = (value for values in aliases.values() for value in values.values())
        written = [*entries.projects, *(name for _, name in entries.names()), *meant]
        names = {rules.spelling(name): name for name in reversed(written)}
        rules = replace(rules, value_aliases=aliases, names=names)
        snapshots = entries.snapshots(rules, self._problems)
        if self._problems:
            raise RulesError(list(dict.fromkeys(self._problems)))
        return replace(rules, snapshots=snapshots, conditions=tuple(conditions(filters, entries, rules)))

    def _assumed_tags(self) -> frozenset[str]:
        relied_on = {*self._document.get("tag_keys", {}), *(("project",) if "projects" in self._document else ())}
        return Rules().assumed_tags - relied_on

    def _problem(self, path: Path, message: str) -> None:
        self._problems.append(Problem(path, message))

    def _number(self, given: Any, path: Path) -> Fraction:
        """Convert a number exactly as written: 0.1 is a tenth, even if it was parsed as a float."""
        numerator, _, denominator = str(given).partition("/")
        number = Decimal(numerator)
        if not number.is_finite() or abs(number.adjusted()) > _MAGNITUDE:
            self._problem(path, f"{given} is too large or too small")
            return Fraction(0)
        return Fraction(number) / int(denominator or 1)

    def _currency_rates(self) -> dict[date, dict[str, Fraction]]:
        """Read the rates of each month, by its first day."""
        given = self._document.get(RATES, {})
        if isinstance(given, str):
            self._problem((RATES,), f'names the file "{given}", which cannot be read here; list the rates instead')
            return {}
        found: dict[date, dict[str, Fraction]] = {}
        for month, rates in given.items():
            try:
                first = date.fromisoformat(f"{month}-01")
            except ValueError:
                self._problem((RATES, month), f'"{month}" is not a valid month; write YYYY-MM')
                continue
            found[first] = {code: self._number(rate, (RATES, month, code)) for code, rate in rates.items()}
            if 1 not in found[first].values():
                self._problem((RATES, month), "no currency has the rate 1; name the currency of the rates: USD: 1")
        return found

    def _each(self, part: str, read: Callable[[Any], T]) -> dict[str, tuple[DatedEntry[T], ...]]:
        return {
            name: read_dated_entries(given, (part, name), lambda entry, _: read(entry), self._problems)
            for name, given in self._document.get(part, {}).items()
        }

    def _pools(self) -> dict[str, tuple[DatedEntry[PoolEntry], ...]]:
        shared = self._document.get(SHARED, {})
        if isinstance(shared, list):
            shared = self._weights(shared, (SHARED,))
        weights = {name for name, given in shared.items() if not isinstance(given, Mapping | list)}
        if weights and len(weights) == len(shared):
            return {SHARED: read_dated_entries(shared, (SHARED,), self._pool, self._problems)}
        for name in sorted(weights):
            self._problem((SHARED, name), "is a weight among pools; put weights into a named pool")
        return {
            name: read_dated_entries(self._entry(given, (SHARED, name)), (SHARED, name), self._pool, self._problems)
            for name, given in shared.items()
            if name not in weights
        }

    def _entry(self, given: Any, path: Path) -> Any:
        """Expand the short form of weights in a pool."""
        return self._weights(given, path) if isinstance(given, list) and any(map(_weight, given)) else given

    def _weights(self, texts: Sequence[Any], path: Path) -> dict[str, Any]:
        """Parse weights in their short form."""
        found: dict[str, Any] = {}
        for index, given in enumerate(texts):
            weight = _weight(given)
            if weight is None:
                shown = f'"{given}"' if isinstance(given, str) else "this entry"
                self._problem((*path, index), f"{shown} has no weight, but others have; write dev:0.5")
            elif weight[0] in found:
                self._problem((*path, index), f'"{weight[0]}" occurs twice')
            else:
                found[weight[0]] = weight[1]
        return found

    def _pool(self, given: Mapping[str, Any], path: Path) -> PoolEntry:
        if not _POOL_FIELDS & given.keys():
            given, to_path = {"to": given}, path
        else:
            to_path = (*path, "to")
        to = given.get("to", {})
        # `squad:7` may be a name. It is one if the split has no weights.
        fixed = given.get("split", Split.FIXED) == Split.FIXED
        if isinstance(to, list) and any(_weight(one) and (fixed or not isinstance(one, str)) for one in to):
            to = self._weights(to, to_path)
        weighted = isinstance(to, Mapping) and bool(to)
        split = Split(given.get("split", Split.FIXED if weighted else Split.EVEN))
        if split is Split.FIXED and not weighted:
            self._problem(path, "a fixed split needs weights: to: {shop: 0.5, search: 0.5}")
        if split is not Split.FIXED and weighted:
            self._problem(to_path, f"a split that is {split} takes a list of names, not weights")
        if split is not Split.PROPORTIONAL:
            for name in ("by", "when_zero"):
                if name in given:
                    self._problem((*path, name), f"requires split: proportional, but this split is {split}")
        targets: dict[str, Fraction | None] = dict.fromkeys(to)
        if split is Split.FIXED and weighted:
            weights = {name: self._number(weight, (*to_path, name)) for name, weight in to.items()}
            whole = sum(weights.values(), Fraction(0))
            if whole in _WHOLES:
                targets = {name: weight / whole for name, weight in weights.items()}
            else:
                shown = f"the weights add up to {_plain(whole)}; they must add up to 1, or to 100 for percentages"
                self._problem(to_path, shown)
        return PoolEntry(
            split,
            targets,
            given.get("by", DIRECT_COST),
            WhenZero(given.get("when_zero", WhenZero.EVEN)),
            _match(given["match"]) if "match" in given else None,
        )


def _weight(given: Any) -> tuple[str, Any] | None:
    """Parse the short form of a weight: `dev:0.5`, or `dev: 0.5`, which is a mapping."""
    if isinstance(given, str):
        weight = _WEIGHTED.fullmatch(given)
        return (weight[1], weight[2]) if weight else None
    ((name, value), *others) = given.items()
    return None if others or name in _POOL_FIELDS else (name, value)


def _read_target(given: Any) -> ProjectEntry:
    if isinstance(given, Mapping):
        return ProjectEntry(given["team"], given.get("project"), tuple(given.get("aliases", ())))
    return ProjectEntry(given, None, ())


def _patterns(name: str, given: Any) -> Patterns:
    """Read the patterns of a filter. A plain list means include."""
    sides = given if isinstance(given, Mapping) else {"include": given}
    return Patterns(*(with_service_names(DIMENSIONS[name], sides.get(side, ())) for side in ("include", "exclude")))


def _match(given: Mapping[str, Any]) -> Match:
    fields = {DIMENSIONS[name]: tuple(values) for name, values in given.items() if name in DIMENSIONS}
    tags = {query.tag(key): tuple(values) for key, values in given.get("tags", {}).items()}
    return Match(fields | tags)


def _plain(value: Fraction) -> str:
    """Format a fraction as a decimal if that is exact."""
    decimal = Decimal(value.numerator) / Decimal(value.denominator)
    return text(decimal) if Fraction(decimal) == value else str(value)

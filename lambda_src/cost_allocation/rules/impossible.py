"""Rules that can never match, whatever the costs are."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase

from cost_allocation import query
from cost_allocation.query import ChargeCategory
from cost_allocation.rules.model import Condition, Match, Problem, Rules, Snapshot
from cost_allocation.rules.nearest import Nearest

_GLOB = re.compile(r"[*?\[]")
_AWS_ID_DIGITS = 12
"""Digits of an AWS account id: https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-identifiers.html"""
_GOOGLE_PROJECT = re.compile(r"[a-z][a-z0-9-]{4,28}[a-z0-9]")
"""An id without digits can be one of Google Cloud alone: https://cloud.google.com/resource-manager/docs/creating-managing-projects"""


def impossible(rules: Rules, there: Callable[[Condition], bool] = lambda condition: False) -> list[Problem]:
    """Every entry that no cost can ever fit, with the reason, in the order of the parts of the file.

    Args:
        rules: of one file.
        there: tells that costs have the account of an entry, whatever its form: providers have ids of their own.
    """
    problems = list(_conditions(rules, there))
    for snapshot in rules.snapshots:
        problems += _pools(rules, snapshot)
    if not rules.project_tags and any(one.part == "projects" for one in rules.conditions):
        problems.append(Problem(("tag_keys", "project"), "is empty, so that no project can ever match"))
    return list(dict.fromkeys(problems))


def _conditions(rules: Rules, there: Callable[[Condition], bool]) -> Iterator[Problem]:
    for one in rules.conditions:
        if query.CHARGE_CATEGORY in one.dimensions:
            message = _category(one, rules)
        elif query.ACCOUNT in one.dimensions and not there(one):
            message = _account(one)
        else:
            message = None
        message = message or _filtered(one, rules)
        if message:
            yield Problem(one.path, message)


def _category(condition: Condition, rules: Rules) -> str | None:
    known = [str(category) for category in ChargeCategory]
    wanted, spell = condition.text, str if condition.exact else rules.spelling
    if any(fnmatchcase(spell(category), spell(wanted)) for category in known):
        return None
    near = Nearest(known).find(wanted)
    hint = f'did you mean "{near}"?' if near else f"they are {', '.join(known)}"
    return f'"{wanted}" is no charge category, so it can never match; {hint}'


def _account(condition: Condition) -> str | None:
    given = condition.text
    if condition.part != "accounts" and _GLOB.search(given):
        return None
    if _GLOB.search(given):
        return f'"{given}" can never match: accounts go by id, not by pattern'
    if given.isdecimal():
        # Ids of other clouds that are all digits are longer.
        if len(given) >= _AWS_ID_DIGITS:
            return None
        lost = _AWS_ID_DIGITS - len(given)
        hint = f'; has it lost zeros? "{given.zfill(_AWS_ID_DIGITS)}"' if lost <= 3 else ""
        return f'"{given}" can never match: an AWS account id has {_AWS_ID_DIGITS} digits{hint}'
    if any(character.isspace() for character in given) or not (
        any(character.isdecimal() for character in given) or _GOOGLE_PROJECT.fullmatch(given)
    ):
        return f'"{given}" can never match: it is a name, and accounts go by id'
    return None


def _filtered(condition: Condition, rules: Rules) -> str | None:
    """Say why filters keep all that the condition wants from ever arriving."""
    if condition.part == "filters":
        excluding = condition.path[2] == "exclude"
        (dimension,) = condition.dimensions
        if excluding or not all(_covers(rules.filters[dimension].exclude, one) for one in condition.patterns):
            return None
        return f'"{condition.text}" can never match: exclude leaves it out'
    # A pool may ignore letter case, which filters and accounts never do.
    looks = condition.part == "accounts" or (condition.part == "shared" and not rules.ignore_case)
    for dimension in condition.dimensions if looks else ():
        filtered = rules.filters.get(dimension)
        if filtered and not any(_GLOB.search(one) or filtered.allow(one) for one in condition.patterns):
            return f'"{condition.text}" can never match: filters leave it out'
    return None


def _pools(rules: Rules, snapshot: Snapshot) -> Iterator[Problem]:
    """Pools that an earlier one leaves nothing for."""
    matching = [pool for pool in snapshot.pools.values() if pool.match]
    for index, pool in enumerate(matching):
        for earlier in matching[:index]:
            if earlier.match and pool.match and _takes_all(rules, earlier.match, pool.match):
                yield Problem(
                    ("shared", pool.name, "match"), f"can never match: shared.{earlier.name} takes it all before"
                )
                break


def _takes_all(rules: Rules, earlier: Match, later: Match) -> bool:
    return all(
        dimension in later.patterns
        and all(
            _covers(tuple(map(rules.spelling, patterns)), rules.spelling(wanted))
            for wanted in later.patterns[dimension]
        )
        for dimension, patterns in earlier.patterns.items()
    )


def _covers(patterns: tuple[str, ...], wanted: str) -> bool:
    """Tell that every value of one pattern fits another. Only stars count: a `?` may stand for too little."""
    for pattern in patterns:
        if pattern == wanted:
            return True
        if (not _GLOB.search(wanted) or not re.search(r"[?\[]", pattern)) and fnmatchcase(wanted, pattern):
            return True
    return False

"""Detection of rules that can never match."""

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
"""Account ids without digits exist only in Google Cloud: https://cloud.google.com/resource-manager/docs/creating-managing-projects"""


def impossible_conditions(rules: Rules, there: Callable[[Condition], bool] = lambda condition: False) -> list[Problem]:
    """List the entries that can never match, with the reason, in the order of the file.

    Args:
        rules: rules of one file.
        there: returns True if the costs have the account of an entry; then its form is not checked.
    """
    problems = list(_condition_problems(rules, there))
    for snapshot in rules.snapshots:
        problems += _pool_problems(rules, snapshot)
    if not rules.project_tags and any(one.part == "projects" for one in rules.conditions):
        problems.append(Problem(("tag_keys", "project"), "is empty, so no project can ever match"))
    return list(dict.fromkeys(problems))


def _condition_problems(rules: Rules, there: Callable[[Condition], bool]) -> Iterator[Problem]:
    for one in rules.conditions:
        if query.CHARGE_CATEGORY in one.dimensions:
            message = _category_problem(one, rules)
        elif query.ACCOUNT in one.dimensions and not there(one):
            message = _account_problem(one)
        else:
            message = None
        message = message or _filter_problem(one, rules)
        if message:
            yield Problem(one.path, message)


def _category_problem(condition: Condition, rules: Rules) -> str | None:
    known = [str(category) for category in ChargeCategory]
    wanted, spell = condition.text, str if condition.exact else rules.spelling
    if any(fnmatchcase(spell(category), spell(wanted)) for category in known):
        return None
    near = Nearest(known).find(wanted)
    hint = f'did you mean "{near}"?' if near else f"they are {', '.join(known)}"
    return f'"{wanted}" is not a charge category, so it can never match; {hint}'


def _account_problem(condition: Condition) -> str | None:
    given = condition.text
    if condition.part != "accounts" and _GLOB.search(given):
        return None
    if _GLOB.search(given):
        return f'"{given}" can never match: accounts are matched by id, not by pattern'
    if given.isdecimal():
        # Numeric ids of other clouds are longer.
        if len(given) >= _AWS_ID_DIGITS:
            return None
        lost = _AWS_ID_DIGITS - len(given)
        hint = f'; are leading zeros missing? "{given.zfill(_AWS_ID_DIGITS)}"' if lost <= 3 else ""
        return f'"{given}" can never match: an AWS account id has {_AWS_ID_DIGITS} digits{hint}'
    if any(character.isspace() for character in given) or not (
        any(character.isdecimal() for character in given) or _GOOGLE_PROJECT.fullmatch(given)
    ):
        return f'"{given}" can never match: it is a name, but accounts are matched by id'
    return None


def _filter_problem(condition: Condition, rules: Rules) -> str | None:
    """Return why filters exclude all costs that the condition could match; None if they do not."""
    if condition.part == "filters":
        excluding = condition.path[2] == "exclude"
        (dimension,) = condition.dimensions
        if excluding or not all(_covers(rules.filters[dimension].exclude, one) for one in condition.patterns):
            return None
        return f'"{condition.text}" can never match: exclude removes it'
    # Filters and accounts are case sensitive, but pools may ignore letter case.
    looks = condition.part == "accounts" or (condition.part == "shared" and not rules.ignore_case)
    for dimension in condition.dimensions if looks else ():
        filtered = rules.filters.get(dimension)
        if filtered and not any(_GLOB.search(one) or filtered.allow(one) for one in condition.patterns):
            return f'"{condition.text}" can never match: filters exclude it'
    return None


def _pool_problems(rules: Rules, snapshot: Snapshot) -> Iterator[Problem]:
    """Yield the pools whose costs an earlier pool always takes."""
    matching = [pool for pool in snapshot.pools.values() if pool.match]
    for index, pool in enumerate(matching):
        for earlier in matching[:index]:
            if earlier.match and pool.match and _takes_all(rules, earlier.match, pool.match):
                yield Problem(
                    ("shared", pool.name, "match"),
                    f"can never match: shared.{earlier.name} comes first and takes all of it",
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
    """Return True if one of the patterns matches every value of another pattern. Only `*` is compared as a wildcard."""
    for pattern in patterns:
        if pattern == wanted:
            return True
        if (not _GLOB.search(wanted) or not re.search(r"[?\[]", pattern)) and fnmatchcase(wanted, pattern):
            return True
    return False

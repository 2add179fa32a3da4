"""Accounts that arrive, move, leave, lose their role and come back, while people create resources in them.

Accounts right below the root are corrected. Those in the unit `QUIET`, or in a unit below it, are only observed.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random

from tools.simulation.invariants import RULES, UNCORRECTED, Invariants, Violation, wrong_keys
from tools.simulation.runner import Outcome, run
from tools.simulation.scenario import (
    HOME,
    HOUR,
    MEMBERS,
    QUIET,
    SCENARIOS,
    TOP,
    Action,
    History,
    creation_arguments,
)
from tools.simulation.world import FUNCTION

DEEP = "ou-sim0-deep0000"
"""Unit below `QUIET`."""
REMEMBERED = timedelta(minutes=5)
LONGEST_INVOCATION = timedelta(minutes=2)
_PLACES = (TOP, QUIET, DEEP, None)
_ARRIVING = "555566667777"
_ACCOUNTS = (*MEMBERS, _ARRIVING)
_COMMON_RULES = (
    "every message is processed",
    "nothing stays pending",
    "every change is recorded",
    "ungoverned tags stay",
    "nothing is reported twice",
    "calls stay within limits",
)


def organization_history(seed: int) -> History:
    """Build the history of a seed."""
    random = Random(f"organization {seed}")
    name = random.choice(("healthy", "throttled", "mixed"))
    span = 6 * HOUR
    actions = [Action(random.uniform(0, span / 2), "move", arguments={"account": _ARRIVING, "unit": TOP})]
    for account in _ACCOUNTS:
        for _ in range(random.randint(0, 3)):
            to = random.choices(_PLACES, (4, 3, 2, 1))[0]
            actions.append(Action(random.uniform(0, span), "move", arguments={"account": account, "unit": to}))
        if random.random() < 0.3:
            hours = random.uniform(0.5, 3)
            actions.append(Action(random.uniform(0, span), "deny", arguments={"account": account, "hours": hours}))
    for number in range(random.randint(4, 16)):
        creation = creation_arguments(random) | {"account": random.choice((HOME, *_ACCOUNTS))}
        actions.append(Action(random.uniform(0, span), "create", f"r{number}", creation))
    return History(
        seed=seed,
        name=name,
        copies=random.randint(1, 4),
        batch=random.choice((10, 10, 2, 1)),
        hours=6.0,
        actions=tuple(sorted(actions, key=lambda action: action.at)),
        faults=SCENARIOS[name],
        units={HOME: TOP, MEMBERS[0]: TOP, MEMBERS[1]: DEEP, _ARRIVING: None},
        parents={DEEP: QUIET, QUIET: TOP},
    )


def violations(seed: int) -> list[Violation]:
    """Run the history of a seed, and list the broken rules."""
    outcome = run(organization_history(seed))
    invariants = Invariants(outcome)
    found = [Violation(rule, seen) for rule in _COMMON_RULES for seen in RULES[rule](invariants)]
    found += [Violation("writes follow the position of the account", seen) for seen in _wrong_writes(outcome)]
    found += [Violation("accounts that stay are corrected", seen) for seen in _left_wrong(invariants)]
    return found


def _wrong_writes(outcome: Outcome) -> Iterator[str]:
    """Check that the function wrote only where the account was corrected at most five minutes before its invocation."""
    for resource in outcome.world.resources.values():
        for edit in resource.tag_edits:
            since = edit.at - REMEMBERED - LONGEST_INVOCATION
            places = _places(outcome, resource.account, since, edit.at)
            if edit.who == FUNCTION and TOP not in places:
                yield f"{resource.arn}: {edit.key} was written at {edit.at}, the account was in {places}"


def _left_wrong(invariants: Invariants) -> Iterator[str]:
    """Check that nothing is left but what a person has to decide, in corrected accounts that never were outside."""
    outcome = invariants.outcome
    for resource in invariants.existing_resources():
        problems = invariants.open_problems(resource)
        keys = [key for key in wrong_keys(resource.tags) if problems.get(key) not in UNCORRECTED]
        places = _places(outcome, resource.account, resource.created - REMEMBERED, outcome.ended)
        is_complete = None not in places and places[-1] == TOP
        if is_complete and keys:
            yield f"{resource.arn}: {keys} are wrong, the account was in {places}"


def _places(outcome: Outcome, account: str, start: datetime, end: datetime) -> list[str | None]:
    """List where an account was from start to end, in order."""
    positions = outcome.world.positions[account]
    before = [place for at, place in positions if at <= start][-1:]
    return [*before, *(place for at, place in positions if start < at <= end)]

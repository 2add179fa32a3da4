"""The same events in several orders: the final state must be the same.

All changes by people happen before the first event arrives. There are no tools, races or refusals. So the histories
differ only in the order of the events, and in which of them are duplicated.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from tools.simulation.invariants import Invariants
from tools.simulation.runner import run
from tools.simulation.scenario import HOUR, Faults, History, history

RULE = "order and duplicates do not change the final state"
ORDERS = 4
_DISTURBING = ("tool", "race", "refuse", "deny", "lock", "foreign", "mode", "stir")
_WITHIN = 600.0
_SHUFFLED = Faults(duplicates=0.4, late=0.7)


def shuffled_history(seed: int, order: int) -> History:
    """Build a history whose events arrive after all changes, in the given order."""
    made = history(seed, "late")
    last = max(action.at for action in made.actions)
    actions = tuple(
        replace(action, at=action.at / last * _WITHIN) for action in made.actions if action.kind not in _DISTURBING
    )
    return replace(made, actions=actions, faults=_SHUFFLED, min_delay=HOUR / 2, order=order)


def differences(seed: int) -> list[str]:
    """List the differences between the final states of a history in several orders, one sentence per resource."""
    first, *others = (dict(_final_state(shuffled_history(seed, order))) for order in range(1, ORDERS + 1))
    return [
        f"{arn}: {end} in order 1, {other[arn]} in order {number}"
        for number, other in enumerate(others, start=2)
        for arn, end in first.items()
        if other[arn] != end
    ]


def _final_state(made: History) -> Iterator[tuple[str, dict[str, Any]]]:
    outcome = run(made)
    invariants = Invariants(outcome)
    for resource in invariants.existing_resources():
        yield (
            resource.arn,
            {"tags": dict(sorted(resource.tags.items())), "findings": invariants.open_problems(resource)},
        )

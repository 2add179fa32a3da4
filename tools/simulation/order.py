"""The same events in several orders: the end has to be the same.

People's changes are all made before the first event arrives, and no tool, no race and no refusal disturbs, so the only
thing that differs is the order of the events, and which come twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from tools.simulation.judge import Judge
from tools.simulation.runner import run
from tools.simulation.scenario import HOUR, Faults, History, history

RULE = "order and repetition do not change the end"
ORDERS = 4
_DISTURBING = ("tool", "race", "refuse", "deny", "lock", "foreign", "mode", "stir")
_WITHIN = 600.0
_SHUFFLED = Faults(duplicates=0.4, late=0.7)


def shuffled(seed: int, order: int) -> History:
    """Make a history whose events arrive after everything has happened, in the order with this number."""
    made = history(seed, "late")
    last = max(action.at for action in made.actions)
    actions = tuple(
        replace(action, at=action.at / last * _WITHIN) for action in made.actions if action.kind not in _DISTURBING
    )
    return replace(made, actions=actions, faults=_SHUFFLED, held_back=HOUR / 2, order=order)


def differences(seed: int) -> list[str]:
    """List the differences between the ends of a history in several orders, one sentence for each resource."""
    first, *others = (dict(_end(shuffled(seed, order))) for order in range(1, ORDERS + 1))
    return [
        f"{arn}: {end} in order 1, {other[arn]} in order {number}"
        for number, other in enumerate(others, start=2)
        for arn, end in first.items()
        if other[arn] != end
    ]


def _end(made: History) -> Iterator[tuple[str, dict[str, Any]]]:
    outcome = run(made)
    judge = Judge(outcome)
    for resource in judge.living():
        yield resource.arn, {"tags": dict(sorted(resource.tags.items())), "findings": judge.open_keys(resource)}

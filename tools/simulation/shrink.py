"""The shortest history that still breaks a rule: actions and faults are left out as long as it does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from tools.simulation.invariants import Invariants
from tools.simulation.runner import run
from tools.simulation.scenario import History

T = TypeVar("T")

MAX_RUNS = 400
"""Maximum number of histories to try. Then the shortest one so far is the result."""


def shortest(history: History) -> tuple[History, list[str]]:
    """Minimize a failing history.

    Args:
        history: a history that breaks at least one rule.

    Returns:
        A history that breaks one of the same rules, and the faults that it needs, in order.

    Raises:
        ValueError: the history breaks no rule.
    """
    broken = {violation.rule for violation in Invariants(run(history)).violations()}
    if not broken:
        raise ValueError(f"The history of seed {history.seed} breaks no rule.")
    runs = 0

    def fails(candidate: History) -> bool:
        nonlocal runs
        runs += 1
        return runs <= MAX_RUNS and any(v.rule in broken for v in Invariants(run(candidate)).violations())

    actions = minimal(history.actions, lambda some: fails(replace(history, actions=tuple(some))))
    short = replace(history, actions=tuple(actions))
    happened = [fault.split(" ", 1)[1] for fault in run(short).faults]
    kept = minimal(happened, lambda some: fails(_with_faults(short, happened, some)))
    short = _with_faults(short, happened, kept)
    return short, run(short).faults


def minimal(items: Sequence[T], still_fails: Callable[[Sequence[T]], bool]) -> Sequence[T]:
    """Remove as many items as possible while `still_fails` holds (delta debugging, Zeller and Hildebrandt 2002)."""
    size = max(1, len(items) // 2)
    while items:
        for start in range(0, len(items), size):
            fewer = [*items[:start], *items[start + size :]]
            if still_fails(fewer):
                items = fewer
                break
        else:
            if size == 1:
                break
            size //= 2
        size = min(size, max(1, len(items)))
    return items


def _with_faults(history: History, happened: Sequence[str], kept: Sequence[str]) -> History:
    return replace(history, suppressed_faults=frozenset(happened) - frozenset(kept))

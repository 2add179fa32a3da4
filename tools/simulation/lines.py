"""Result of a history, as one JSON line."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tools.simulation import hostile, order, removals
from tools.simulation.judge import Judge, Violation
from tools.simulation.runner import run
from tools.simulation.scenario import Action, history
from tools.simulation.shrink import shortest

Line = dict[str, Any]


def one(scenario: str | None, seed: int) -> Line:
    """Run a history; where it breaks a rule, add the shortest history that does so too."""
    outcome = run(history(seed, scenario))
    violations = _plain(Judge(outcome).violations())
    line = {
        "seed": seed,
        "scenario": outcome.history.name,
        "mode": outcome.history.mode,
        "resources": len(outcome.world.resources),
        "actions": len(outcome.history.actions),
        "calls": outcome.calls.total(),
        "faults": len(outcome.faults),
        "invocations": dict(outcome.invocations),
        "notices": len(outcome.published),
        "violations": violations,
    }
    if violations:
        short, faults = shortest(outcome.history)
        line["shortest"] = {"actions": [plain_action(action) for action in short.actions], "faults": faults}
    return line


def plain_action(action: Action) -> Line:
    return {
        "at": round(action.at, 1),
        "kind": action.kind,
        "resource": action.resource,
        "arguments": dict(action.arguments),
    }


def order_of(seed: int) -> Line:
    """Run a history in several orders, and compare the ends."""
    differences = [Violation(order.RULE, seen) for seen in order.differences(seed)]
    return {"seed": seed, "orders": order.ORDERS, "violations": _plain(differences)}


def hostile_day(seed: int) -> Line:
    """Run a day of good records with hostile ones between them."""
    outcome = hostile.run(seed)
    return {
        "seed": seed,
        "good": hostile.RECORDS - hostile.HOSTILE,
        "hostile": hostile.HOSTILE,
        "dead_letters": len(outcome.queues.dead),
        "calls": outcome.calls.total(),
        "violations": _plain(hostile.violations(outcome)),
    }


def removal(rule: str) -> Line:
    """Find the first history that notices the removal of a rule. If none does, that is the violation."""
    found = removals.find(rule)
    if found is None:
        return {"without": rule, "violations": [{"rule": rule, "seen": "no history sees that it was taken out"}]}
    seed, violation = found
    return {"without": rule, "seed": seed, "saw": {"rule": violation.rule, "seen": violation.seen}}


def _plain(violations: Iterable[Violation]) -> list[dict[str, str]]:
    return [{"rule": violation.rule, "seen": violation.seen} for violation in violations]

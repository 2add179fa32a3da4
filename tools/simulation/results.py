"""Results of histories as JSON lines."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tools.simulation import hostile, order, organization, removals
from tools.simulation.invariants import Invariants, Violation
from tools.simulation.runner import run
from tools.simulation.scenario import Action, history
from tools.simulation.shrink import shortest

Result = dict[str, Any]


def run_seed(scenario: str | None, seed: int) -> Result:
    """Run a history. If it breaks a rule, add the shortest history that does so too."""
    outcome = run(history(seed, scenario))
    violations = _plain(Invariants(outcome).violations())
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


def plain_action(action: Action) -> Result:
    return {
        "at": round(action.at, 1),
        "kind": action.kind,
        "resource": action.resource,
        "arguments": dict(action.arguments),
    }


def run_orders(seed: int) -> Result:
    """Run a history in several orders and compare the final states."""
    differences = [Violation(order.RULE, seen) for seen in order.differences(seed)]
    return {"seed": seed, "orders": order.ORDERS, "violations": _plain(differences)}


def run_hostile(seed: int) -> Result:
    """Run a day of valid records with malformed ones in between."""
    outcome = hostile.run(seed)
    return {
        "seed": seed,
        "good": hostile.RECORDS - hostile.HOSTILE,
        "hostile": hostile.HOSTILE,
        "dead_letters": len(outcome.queues.dead),
        "calls": outcome.calls.total(),
        "violations": _plain(hostile.violations(outcome)),
    }


def run_organization(seed: int) -> Result:
    """Run a history with accounts that arrive, move, leave and lose their role."""
    return {"seed": seed, "violations": _plain(organization.violations(seed))}


def run_removal(rule: str) -> Result:
    """Find a history that detects the removal of a rule. If there is none, report that as a violation."""
    found = removals.find(rule)
    if found is None:
        return {"without": rule, "violations": [{"rule": rule, "seen": "no history detects the removal"}]}
    seed, violation = found
    return {"without": rule, "seed": seed, "saw": {"rule": violation.rule, "seen": violation.seen}}


def _plain(violations: Iterable[Violation]) -> list[dict[str, str]]:
    return [{"rule": violation.rule, "seen": violation.seen} for violation in violations]

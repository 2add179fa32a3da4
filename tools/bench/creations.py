"""AWS calls for 100,000 creations a day, in one account and in fifty, compared with one read and one write per
creation.

A sixteenth of the day is simulated: batches as the queue forms them, the events of the function's own changes, notices,
and runs of the schedule that find something to do. There are no faults.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from tools.bench.aws_calls import ledger_per_change
from tools.simulation.runner import START, Outcome, Runner
from tools.simulation.scenario import HOME, History, crowd_history
from tools.simulation.world import FUNCTION

CREATIONS = 100_000
PART = 16
HOURS = 24 / PART
COPIES = 10
SESSION_SECONDS = 45 * 60
"""Seconds after which the SDK refreshes the credentials of an assumed role, which last an hour."""


def figures() -> Iterator[dict[str, object]]:
    """Count the calls by service, and the ledger's requests and write units per change."""
    for accounts in (1, 50):
        history = creations(accounts, CREATIONS // PART)
        runner = _SessionCountingRunner(history)
        outcome = runner.run()
        if outcome.queues.messages or outcome.queues.dead:
            raise RuntimeError("messages were left over: the calls are not those of a healthy day")
        calls = outcome.calls + Counter({"sts:AssumeRole": len(runner.sessions)})
        changed = _changed_count(outcome)
        name = f"{CREATIONS}_creations_in_{accounts}_account{'s' if accounts > 1 else ''}"
        rival = PART * (len(history.actions) + changed)
        yield {
            "figure": f"calls_{name}",
            "unit": "calls",
            "value": PART * calls.total(),
            "calls": {service: PART * count for service, count in sorted(_by_service(calls).items())},
            "changed": PART * changed,
            "invocations": PART * outcome.invocations.total(),
            "rival": "one read for each creation and one write for each that is wrong; no ledger, no notice",
            "rival_value": rival,
            "ratio": round(PART * calls.total() / rival, 3),
            "note": f"measured on {len(history.actions)} creations in {HOURS} hours, and multiplied by {PART}; "
            "AssumeRole as one warm copy of the function calls it; without runs of the schedule that find nothing",
        }
        yield from ledger_per_change(name, calls, outcome.table.writes, changed)


def creations(accounts: int, number: int) -> History:
    """Build a history of creations of four types at random times, most with missing or wrong tags, spread over the
    accounts."""
    made = crowd_history(1, "healthy", number)
    names = [HOME, *(f"{900_000_000_000 + i}" for i in range(1, accounts))]
    return replace(
        made,
        copies=COPIES,
        hours=HOURS,
        actions=tuple(
            replace(
                action,
                at=action.at / made.actions[-1].at * HOURS * 3600,
                arguments={**action.arguments, "account": names[i % accounts]},
            )
            for i, action in enumerate(made.actions)
        ),
    )


class _SessionCountingRunner(Runner):
    """Runner that also counts the needed sessions by account."""

    def __init__(self, history: History) -> None:
        super().__init__(history)
        self.sessions: set[tuple[str, int]] = set()

    def answer(
        self, invocation: Any, service: str, operation: str, place: tuple[str, str], parameters: Mapping[str, Any]
    ) -> Any:
        """Count the session, and answer the call."""
        if place[0] != HOME:
            self.sessions.add((place[0], int((self.loop.now - START).total_seconds() // SESSION_SECONDS)))
        return super().answer(invocation, service, operation, place, parameters)


def _changed_count(outcome: Outcome) -> int:
    return sum(any(s.who == FUNCTION for s in resource.tag_edits) for resource in outcome.world.resources.values())


def _by_service(calls: Counter[str]) -> Counter[str]:
    services: Counter[str] = Counter()
    for call, count in calls.items():
        services[call.partition(":")[0]] += count
    return services

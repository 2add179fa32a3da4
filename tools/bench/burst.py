"""AWS calls for 1,000 creations from 100 accounts in one minute, compared with a function that remembers nothing.

Each copy of the function remembers its role sessions, and positions and tags of accounts. Up to ten copies run. The
events of the function's own changes are part of the calls. There are no faults.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from tag_governance.remediation.deployment import Deployment
from tools.simulation.queue import Message
from tools.simulation.runner import Outcome, Runner
from tools.simulation.scenario import HOME, TOP, History, crowd_history
from tools.simulation.world import FUNCTION

EVENTS, ACCOUNTS, UNITS = 1_000, 100, 10
SECONDS = 60
COPIES = 10
LEVELS = 2
"""Questions about one account that is not remembered: its unit, and the root above."""
_RIVAL = (
    "for each event a role session, {levels} questions about the position of the account and one about its tags, one "
    "read, and one write if it is wrong; no ledger, no notice"
)


def figures() -> Iterator[dict[str, object]]:
    """Count all calls per event, and those to STS and Organizations."""
    runner = _BurstRunner(burst())
    outcome = runner.run()
    if outcome.queues.messages or outcome.queues.dead:
        raise RuntimeError("messages were left over: the calls are not those of a healthy burst")
    calls = outcome.calls + Counter({"sts:AssumeRole": len(runner.sessions)})
    changed = _changed_count(outcome)
    members = EVENTS - sum(resource.account == HOME for resource in outcome.world.resources.values())
    rivals = {"sts": members, "organizations": (LEVELS + 1) * EVENTS}
    name = f"{EVENTS}_events_from_{ACCOUNTS}_accounts"
    yield _figure(
        f"calls_per_event_{name}", calls.total() / EVENTS, (sum(rivals.values()) + EVENTS + changed) / EVENTS
    ) | {
        "calls": dict(sorted(calls.items())),
        "changed": changed,
        "messages": len(outcome.queues.received),
        "invocations": outcome.invocations.total(),
        "copies": COPIES,
    }
    for service, rival in rivals.items():
        total = sum(count for call, count in calls.items() if call.startswith(f"{service}:"))
        yield _figure(f"calls_to_{service}_{name}", total, rival)


def burst() -> History:
    """Build creations of four types in one minute, spread over the accounts of ten organizational units."""
    made = crowd_history(1, "healthy", EVENTS)
    accounts = [HOME, *(f"{900_000_000_000 + number}" for number in range(1, ACCOUNTS))]
    units = [f"ou-sim0-unit{number:04}" for number in range(UNITS)]
    return replace(
        made,
        copies=COPIES,
        hours=1.0,
        actions=tuple(
            replace(
                action,
                at=SECONDS * number / EVENTS,
                arguments={**action.arguments, "account": accounts[number % ACCOUNTS]},
            )
            for number, action in enumerate(made.actions)
        ),
        units={account: units[number % UNITS] for number, account in enumerate(accounts)},
        parents=dict.fromkeys(units, TOP),
    )


class _BurstRunner(Runner):
    """Runner whose copies remember. A copy that is free takes the next batch."""

    def __init__(self, history: History) -> None:
        super().__init__(history)
        self.sessions: set[tuple[int, str]] = set()
        """Role sessions, each a copy and an account."""
        self._copies: dict[str, int] = {}
        self._busy: set[int] = set()
        self._parents_of: dict[int, dict[str, Any]] = defaultdict(dict)
        self._tags_of: dict[int, dict[str, Any]] = defaultdict(dict)

    def _invoke(self, function: str, body: Callable[..., Any], messages: list[Message]) -> None:
        copy = next(number for number in range(COPIES + 1) if number not in self._busy)
        self._busy.add(copy)

        def run(invocation: Any, deployment: Deployment) -> Any:
            self._copies[invocation.name] = copy
            deployment.organization._parents = self._parents_of[copy]
            deployment.organization._tags = self._tags_of[copy]
            try:
                return body(invocation, deployment)
            finally:
                self._busy.discard(copy)

        super()._invoke(function, run, messages)

    def answer(
        self, invocation: Any, service: str, operation: str, place: tuple[str, str], parameters: Mapping[str, Any]
    ) -> Any:
        """Count the session, and answer the call."""
        if place[0] != HOME:
            self.sessions.add((self._copies[invocation.name], place[0]))
        return super().answer(invocation, service, operation, place, parameters)


def _changed_count(outcome: Outcome) -> int:
    return sum(any(s.who == FUNCTION for s in resource.tag_edits) for resource in outcome.world.resources.values())


def _figure(name: str, value: float, rival: float) -> dict[str, object]:
    return {
        "figure": name,
        "unit": "calls",
        "value": round(value, 2),
        "rival": _RIVAL.format(levels=LEVELS),
        "rival_value": round(rival, 2),
        "ratio": round(value / rival, 3),
    }

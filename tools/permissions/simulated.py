"""Calls of the functions in simulated histories."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tools.emulator.calls import Call
from tools.simulation.runner import Runner, _Invocation
from tools.simulation.scenario import HOME, History

ROLES = {name: f"arn:aws:iam::{HOME}:role/tag-governance-{name}" for name in ("remediation", "settlement")}
MEMBER_ROLE = "tag-governance-member"
EXTERNAL_ID = "governance:prod"
"""External id in `tests/permissions/stack.tftest.hcl`."""


def principal(function: str, account: str) -> str:
    """Return the ARN of the role that a function uses in an account."""
    return ROLES[function] if account == HOME else f"arn:aws:iam::{account}:role/{MEMBER_ROLE}"


def simulated_calls(histories: Iterable[History]) -> list[Call]:
    """Record the calls of histories, and the AssumeRole calls, which the simulation does not make."""
    found: list[Call] = []
    for history in histories:
        runner = _RecordingRunner(history)
        runner.run()
        found += runner.made
    return found


class _RecordingRunner(Runner):
    """Runner that records the calls of its invocations, whatever their result."""

    def __init__(self, history: History) -> None:
        super().__init__(history)
        self.made: list[Call] = []
        self._assumed: set[tuple[str, str]] = set()

    def answer(
        self,
        invocation: _Invocation,
        service: str,
        operation: str,
        place: tuple[str, str],
        parameters: Mapping[str, Any],
    ) -> Any:
        """Record the call, then answer it."""
        function, (account, region) = invocation.name.partition("/")[0], place
        role = principal(function, account)
        if role != ROLES[function] and (function, role) not in self._assumed:
            self._assumed.add((function, role))
            asked = {"RoleArn": role, "SourceIdentity": "tag-governance", "ExternalId": EXTERNAL_ID}
            self.made.append(Call(ROLES[function], "sts", "AssumeRole", region, asked))
        self.made.append(Call(role, service, operation, region, parameters))
        return super().answer(invocation, service, operation, place, parameters)

"""Runner of one history: the functions in their simulated world, from the first action until nothing is left to do."""

from __future__ import annotations

import contextlib
import io
import json
import logging
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from botocore.exceptions import ReadTimeoutError
from greenlet import greenlet

from tag_governance.domain.catalogue import load_catalogue
from tag_governance.handlers.remediate import remediate
from tag_governance.handlers.settle import settle
from tag_governance.remediation.deployment import Deployment
from tools.simulation.clients import SimulatedClients
from tools.simulation.event_loop import EventLoop, Killed
from tools.simulation.policy import MAX_RECEIVES, TIMEOUT_SECONDS, policy, settings
from tools.simulation.queue import Message, Queues
from tools.simulation.scenario import HOME, HOUR, MEMBERS, Action, History
from tools.simulation.services import Services, client_error
from tools.simulation.table import Table, plain_item
from tools.simulation.world import TOOL, World

START = datetime(2026, 6, 1, tzinfo=UTC)
SETTLEMENT_SECONDS = 300
_VISIBILITY = 6 * TIMEOUT_SECONDS
_LONGEST_EVENT_DELAY = 4 * HOUR
_UNLOCKED = 2 * HOUR
"""Seconds from the last fault until locked accounts are unlocked."""
_LAST_LOOKS = 3
_CALM = 30 * HOUR
"""Seconds for which the world continues after the last action. A contested tag is settled after a day, and the
existence of a resource is checked a day after something last showed it."""


@dataclass
class Outcome:
    """Final state of a history."""

    history: History
    world: World
    table: Table
    queues: Queues
    published: list[dict[str, Any]]
    calls: Counter[str]
    faults: list[str]
    invocations: Counter[str]
    errors: list[str]
    unacknowledged: set[str]
    log: list[dict[str, Any]]
    ended: datetime
    locked: dict[str, dict[str, Any]]
    """Ledger states of the resources of locked accounts, by ARN, with the time (`seen`) right before the unlock."""


class Runner:
    """Run of a single history."""

    def __init__(self, history: History) -> None:
        self._history = history
        self.loop = EventLoop(START)
        self.world = World(history, self.loop, self._enqueue)
        self.table = Table()
        delay = history.settle_seconds
        self.queues = Queues(self.loop, delay, _VISIBILITY, MAX_RECEIVES, self._poll)
        self.services = Services(self.world, self.table, self.queues)
        self.calls: Counter[str] = Counter()
        self.faults: list[str] = []
        self.invocations: Counter[str] = Counter()
        self.errors: list[str] = []
        self.unacknowledged: set[str] = set()
        self.log: list[dict[str, Any]] = []
        self._locked: dict[str, dict[str, Any]] = {}
        self._running = 0
        self._mode = history.mode
        self._numbers: Counter[str] = Counter()
        self._polling = False
        self._parents: dict[str, Any] = {}
        self._accounts = {HOME, *MEMBERS} | {a.arguments.get("account", HOME) for a in history.actions}

    def run(self) -> Outcome:
        """Run from the first action until the world is calm."""
        logging.getLogger("tag_governance").setLevel(logging.CRITICAL)
        for action in self._history.actions:
            self.loop.at(START + timedelta(seconds=action.at), partial(self._perform, action))
        self._schedule()
        with contextlib.redirect_stdout(io.StringIO()):
            active = START + timedelta(hours=self._history.hours, seconds=_LONGEST_EVENT_DELAY)
            self.loop.run(active)
            self.world.faults_over = True
            self.world.denied.clear()
            if self.world.locked:
                self.loop.run(active + timedelta(seconds=_UNLOCKED))
                self._unlock()
            last = max((START + timedelta(seconds=action.at) for action in self._history.actions), default=active)
            self.loop.run(max(active, self.loop.now, last) + timedelta(seconds=_CALM))
            for _ in range(_LAST_LOOKS):
                # Rechecks that the schedule requested last must be processed too.
                if new := [message.visible for message in self.queues.messages.values() if not message.receives]:
                    self.loop.run(max(new) + timedelta(seconds=TIMEOUT_SECONDS))
        return Outcome(
            self._history,
            self.world,
            self.table,
            self.queues,
            self.services.published,
            self.calls,
            self.faults,
            self.invocations,
            self.errors,
            self.unacknowledged,
            self.log,
            self.loop.now,
            self._locked,
        )

    def _unlock(self) -> None:
        """Unlock all accounts, and store the ledger states of their resources."""
        for key, item in self.table.items.items():
            if key[0] in self.world.by_arn and key[1] == "state":
                state = plain_item(item)
                if state["account"] in self.world.locked:
                    self._locked[key[0]] = {**state, "seen": self.loop.now}
        self.world.locked.clear()

    # Actions of people and tools

    def _perform(self, action: Action) -> None:
        arguments = action.arguments
        resource = self.world.resources.get(action.resource)
        match action.kind:
            case "create":
                self.world.create(action.resource, arguments)
            case "deny":
                self.world.denied[arguments["account"]] = self.loop.now + timedelta(hours=arguments["hours"])
            case "lock":
                self.world.locked.add(arguments["account"])
            case "move":
                self.world.move(arguments["account"], arguments["unit"])
            case "mode":
                self._mode = arguments["mode"]
            case _ if resource is None:
                return
            case "set":
                self.world.change(resource, "editor@example.com", {arguments["key"]: arguments["value"]}, ())
            case "unset":
                self.world.change(resource, "editor@example.com", {}, (arguments["key"],))
            case "stir":
                self.world.change(resource, "editor@example.com", {"Name": "stirred"}, ())
                self.world.change(resource, "editor@example.com", {}, ("Name",))
            case "delete":
                self.world.delete(resource)
            case "refuse":
                resource.refuses = True
            case "foreign":
                self.world.foreign(resource)
            case "race":
                resource.race = (arguments["key"], arguments["value"])
            case "tool":
                self._reapply(action)

    def _reapply(self, action: Action) -> None:
        """Let a tool set its tags and remove all others, at each of its runs."""
        if self.world.faults_over:
            return
        resource, keeps = self.world.resources[action.resource], action.arguments["keeps"]
        removes = tuple(key for key in resource.tags if key not in keeps)
        self.world.change(resource, TOOL, keeps, removes)
        self.loop.after(action.arguments["every"], partial(self._reapply, action))

    # The functions

    def _enqueue(self, body: str, name: str) -> None:
        self.queues.send(body, name)

    def _schedule(self) -> None:
        """Run the settlement by its schedule. Runs that would find nothing are skipped, which does not change the
        result."""
        due = [self.table.next_due(kind) for kind in ("due", "gaps", "observed")]
        is_to_be_told = self._mode != "observe" and due[-1] is not None
        # Accounts move without an entry that becomes due.
        is_looked_up = bool(self._history.units) and self.loop.now.minute == 0
        if is_looked_up or is_to_be_told or any(time is not None and time <= self.loop.now for time in due):
            self._invoke("settlement", settle, [])
        self.loop.after(SETTLEMENT_SECONDS, self._schedule)

    def _poll(self) -> None:
        """Wait for more messages, then invoke the function with a batch, as the event source mapping does."""
        if not self._polling:
            self._polling = True
            self.loop.after(1 + self.world.draw("window", self.loop.now) * 4, self._deliver_batch)

    def _deliver_batch(self) -> None:
        self._polling = False
        while self._running < self._history.copies:
            messages = self.queues.receive(self._history.batch)
            if not messages:
                return
            self._running += 1
            event = {"Records": [_record(message) for message in messages]}
            self._invoke("remediation", partial(_remediate, event), messages)
        self._poll()

    def _invoke(self, function: str, body: Any, messages: list[Message]) -> None:
        self.invocations[function] += 1
        number = self.invocations.total()
        deadline = self.loop.now + timedelta(seconds=TIMEOUT_SECONDS)
        invocation = _Invocation(self, f"{function}/{number}", deadline)

        def run() -> None:
            answer: Any = None
            try:
                answer = body(invocation, self._deployment(invocation))
            except Killed:
                self.invocations["killed"] += 1
            except Exception as error:
                self.errors.append(f"{function} raised {type(error).__name__}: {error}")
            if function == "remediation":
                self._running -= 1
                self._settle_messages(answer, messages)

        runner: greenlet = self.loop.spawn(run)
        if not runner.dead:
            self.loop.at(deadline, partial(self._time_out, runner, function))

    def _time_out(self, runner: greenlet, function: str) -> None:
        if not runner.dead:
            self.errors.append(f"{function} was over its time")
            self.loop.kill(runner)

    def _settle_messages(self, answer: Any, messages: list[Message]) -> None:
        if answer is not None:
            failed = {failure["itemIdentifier"] for failure in answer["batchItemFailures"]}
            for message in messages:
                if message.id not in failed:
                    self.queues.delete(message.id)
        self._poll()

    def _deployment(self, invocation: _Invocation) -> Deployment:
        history = self._history
        governing = policy(
            self._mode, history.digest_minutes, history.settle_seconds, history.replace_keys, bool(history.units)
        )
        deployment = Deployment(settings(), governing, load_catalogue(), lambda: self.loop.now, lambda: invocation.name)
        deployment.__dict__["clients"] = SimulatedClients(governing, invocation.call)
        deployment.organization._parents = self._parents  # a warm process remembers these
        return deployment

    def answer(
        self,
        invocation: _Invocation,
        service: str,
        operation: str,
        place: tuple[str, str],
        parameters: Mapping[str, Any],
    ) -> Any:
        """Answer a call, or inject a fault."""
        name = f"{service}:{operation}"
        self.calls[name] += 1
        self._numbers[name] += 1
        call = f"{name}/{self._numbers[name]}"
        fate = self._draw_fault(call, invocation)
        if fate:
            self.faults.append(f"{fate} {call}")
            if operation == "TransactWriteItems" or fate.startswith("kill"):
                self.unacknowledged |= invocation.published  # the write that marks them as sent is unanswered
        if fate == "silent_before":
            self.loop.sleep(12)
            raise ReadTimeoutError(endpoint_url=service)
        self.loop.sleep(0.02 + self.world.draw("out", call) * 0.2)
        if fate == "kill_before":
            raise Killed
        if fate == "throttled":
            raise client_error(operation, "ThrottlingException", "Rate exceeded")
        if fate == "errors":
            raise client_error(operation, "InternalFailure", "try again", 500)
        if place[0] not in self._accounts:
            self.errors.append(f"{name} in account {place[0]}")
        try:
            answer = self.services.call(service, operation, place, parameters, fate == "partial")
        except AssertionError as error:  # the function may catch it, but it must be a violation
            self.errors.append(f"{name}: {error}")
            raise
        finally:
            if operation == "PublishBatch":
                invocation.published |= _ids(parameters)
                if fate in ("silent_after", "kill_after", "partial"):
                    self.unacknowledged |= _ids(parameters)
        if fate == "silent_after":
            self.loop.sleep(12)
            raise ReadTimeoutError(endpoint_url=service)
        self.loop.sleep(0.02 + self.world.draw("back", call) * 0.2)
        if fate == "kill_after":
            raise Killed
        return answer

    def _draw_fault(self, call: str, invocation: _Invocation) -> str:
        if self.world.faults_over or call in self._history.suppressed_faults:
            return ""
        faults = self._history.faults
        if invocation.is_to_be_killed():
            return "kill_before" if self.world.draw("kill when", call) < 0.5 else "kill_after"
        drawn = self.world.draw("fault", call)
        for kind in ("throttled", "errors", "silent_before", "silent_after", "partial"):
            share = getattr(faults, kind)
            if drawn < share:
                return kind
            drawn -= share
        return ""


class _Invocation:
    """Invocation of a function, and its Lambda context."""

    def __init__(self, runner: Runner, name: str, deadline: datetime) -> None:
        self._runner = runner
        self.name = name
        self._deadline = deadline
        self._made = 0
        self.published: set[str] = set()
        faults = runner.world.history.faults
        doomed = runner.world.draw("doomed", name) < faults.kills and not runner.world.faults_over
        self._last_call = 1 + int(runner.world.draw("doomed at", name) * 9) if doomed else None

    def get_remaining_time_in_millis(self) -> int:
        """Return the milliseconds until the timeout."""
        return int((self._deadline - self._runner.loop.now).total_seconds() * 1000)

    def is_to_be_killed(self) -> bool:
        """Check if the invocation is killed at this call."""
        return self._made == self._last_call

    def call(self, service: str, operation: str, place: tuple[str, str], parameters: Mapping[str, Any]) -> Any:
        """Make a call of this invocation."""
        self._made += 1
        return self._runner.answer(self, service, operation, place, parameters)


def _remediate(event: dict[str, Any], context: _Invocation, deployment: Deployment) -> dict[str, Any]:
    return remediate(event, context, deployment)


def _ids(parameters: Mapping[str, Any]) -> set[str]:
    """Return the ids of changes and findings in a publish call, by which readers recognize duplicates."""
    bodies = (json.loads(json.loads(e["Message"])["default"]) for e in parameters["PublishBatchRequestEntries"])
    resources = [resource for body in bodies for resource in body["resources"]]
    changes = {change["id"] for resource in resources for change in resource["changes"]}
    return changes | {resource["finding_id"] for resource in resources if resource["finding_id"]}


def _record(message: Message) -> dict[str, Any]:
    return {
        "messageId": message.id,
        "receiptHandle": message.id,
        "body": message.body,
        "attributes": {"ApproximateReceiveCount": str(message.receives)},
    }


def run(history: History) -> Outcome:
    """Run a history to its end."""
    return Runner(history).run()

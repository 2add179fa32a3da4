"""Delivery of service events through EventBridge, since nobody can put events of AWS services on a bus.

Only the *deployed* rules decide. Each rule is evaluated with TestEventPattern. A match passes the event to the targets
of the rule. If a target is a bus, it is evaluated in turn, in its own account.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, Any

from tools.emulator.cloudtrail import Event
from tools.emulator.stack import Stack

if TYPE_CHECKING:
    from mypy_boto3_events.client import EventBridgeClient
    from mypy_boto3_events.type_defs import TargetOutputTypeDef

DEFAULT_BUS = "default"
SQS_BATCH = 10


class UndeliverableError(Exception):
    """Error: a deployed rule has a target of an unsupported kind, or with an unsupported transformation."""


@dataclass(frozen=True)
class Delivery:
    """An event that reached a queue or a topic, and the rules on its way."""

    event_id: str
    rules: tuple[str, ...]
    target_arn: str
    body: str


@dataclass(frozen=True)
class Rule:
    """A deployed and enabled rule with an event pattern."""

    arn: str
    pattern: str
    targets: tuple[TargetOutputTypeDef, ...]


def deliver(stack: Stack, *events: Event) -> list[Delivery]:
    """Deliver events to the default bus of their accounts, at about the same time.

    Returns:
        One entry per event and reached queue or topic. An event that no rule matches has none.

    Raises:
        UndeliverableError: a matching rule has an unsupported target.
    """
    router = _Router(stack)
    deliveries = [
        delivery
        for event in events
        for delivery in router.through_bus(event, event["account"], event["region"], DEFAULT_BUS, ())
    ]
    for arn in dict.fromkeys(delivery.target_arn for delivery in deliveries):
        _send(stack, arn, [delivery.body for delivery in deliveries if delivery.target_arn == arn])
    return deliveries


class _Router:
    """Router that evaluates the deployed rules. It lists the rules of each bus once."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._rules_of = cache(self._find_rules)

    def through_bus(
        self, event: Event, account: str, region: str, bus: str, path: tuple[str, ...]
    ) -> Iterator[Delivery]:
        """Follow an event from a bus to its queues.

        Args:
            path: the rules that the event has already passed.
        """
        text = json.dumps(event)
        for rule in self._rules_of(account, region, bus):
            asked = self._events(account, region).test_event_pattern(EventPattern=rule.pattern, Event=text)
            if rule.arn in path or not asked["Result"]:
                continue
            for target in rule.targets:
                if target.keys() & {"Input", "InputPath"}:
                    raise UndeliverableError(f"rule {rule.arn} transforms what it sends to {target['Arn']}")
                _, _, service, home, owner, resource = target["Arn"].split(":", 5)
                passed = (*path, rule.arn)
                if service == "events":
                    yield from self.through_bus(event, owner, home, resource.removeprefix("event-bus/"), passed)
                elif service in ("sns", "sqs"):
                    yield Delivery(event["id"], passed, target["Arn"], _transformed(target, event))
                else:
                    raise UndeliverableError(f"rule {rule.arn} has a target {target['Arn']}")

    def _find_rules(self, account: str, region: str, bus: str) -> list[Rule]:
        events = self._events(account, region)
        pages = events.get_paginator("list_rules").paginate(EventBusName=bus)
        return [
            Rule(
                rule["Arn"],
                rule["EventPattern"],
                tuple(events.list_targets_by_rule(Rule=rule["Name"], EventBusName=bus)["Targets"]),
            )
            for page in pages
            for rule in page["Rules"]
            if rule.get("EventPattern") and rule.get("State") == "ENABLED"
        ]

    def _events(self, account: str, region: str) -> EventBridgeClient:
        client: EventBridgeClient = self._stack.client(account, "events", region)
        return client


def _transformed(target: TargetOutputTypeDef, event: Event) -> str:
    """Return what a target gets: the event, or the text of its input transformer.

    Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
    """
    if "InputTransformer" not in target:
        return json.dumps(event)
    text = target["InputTransformer"]["InputTemplate"]
    for name, path in target["InputTransformer"]["InputPathsMap"].items():
        value: Any = event
        for key in path.removeprefix("$.").split("."):
            value = value[key]
        text = text.replace(f"<{name}>", json.dumps(value).strip('"'))
    return text


def _send(stack: Stack, target_arn: str, bodies: Sequence[str]) -> None:
    _, _, service, region, account, name = target_arn.split(":", 5)
    if service == "sns":
        for body in bodies:
            stack.client(account, "sns", region).publish(TopicArn=target_arn, Message=body)
        return
    sqs = stack.client(account, "sqs", region)
    url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
    left = iter(bodies)
    while batch := list(islice(left, SQS_BATCH)):
        entries = [{"Id": str(i), "MessageBody": body} for i, body in enumerate(batch)]
        answer = sqs.send_message_batch(QueueUrl=url, Entries=entries)
        if answer.get("Failed"):
            raise UndeliverableError(f"{name} refused {answer['Failed']}")

"""Malformed records among valid ones: nine creations by people for each record that should not exist.

A malformed record must not affect any other record.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from random import Random
from typing import Any

from tools.simulation.invariants import Invariants, Violation
from tools.simulation.runner import START, Outcome, Runner
from tools.simulation.scenario import HOME, HOUR, MEMBERS, Action, History, crowd_history
from tools.simulation.world import creation_of

RECORDS = 1_000
HOSTILE = 100
_PREFIX = "hostile/"
_ACCOUNTS = (HOME, *MEMBERS)
_STRANGER = "999988887777"
_GOOD = {"Environment": "prod", "Owner": "ana@example.com", "CostCenter": "CC-5000"}


def run(seed: int) -> Outcome:
    """Run a day of valid creations without faults, with malformed records in between."""
    runner = Runner(_good_history(seed))
    random = Random(f"hostile {seed}")
    for number in range(HOSTILE):
        at = START + timedelta(seconds=random.uniform(0, 20 * HOUR))
        body = _record(random, number)
        runner.loop.at(at, partial(runner.queues.send, body, f"{_PREFIX}{number}"))
    return runner.run()


def violations(outcome: Outcome) -> Iterator[Violation]:
    """Yield every broken rule for a valid resource, and every effect of a malformed record on others."""
    _drop_nonexistent_resources(outcome)
    for violation in Invariants(outcome).violations():
        if violation.rule != "every message is processed":
            yield violation
    for name, times in outcome.queues.received.items():
        if times > 1 and not name.startswith((_PREFIX, "recheck")):
            yield Violation("a valid record is not retried because of others", f"{name}: {times} receives")
    for message in outcome.queues.messages.values():
        yield Violation(
            "every message is processed", f"still in the queue after {message.receives} receives: {message.id}"
        )
    for letter in outcome.queues.dead:
        if not letter["cause"]:
            yield Violation("every message is processed", f"dead letter without a cause: {letter['body'][:200]}")
        if letter["body"] in outcome.world.sent:
            yield Violation("every message is processed", f"a valid record is a dead letter: {letter['cause']}")


def _drop_nonexistent_resources(outcome: Outcome) -> None:
    """Remove resources that a record invented from ledger and notices: the rules are about existing resources."""
    known = outcome.world.by_arn
    for key in [key for key in outcome.table.items if key[0].startswith("arn:") and key[0] not in known]:
        del outcome.table.items[key]
    for notice in outcome.published:
        notice["body"]["resources"] = [r for r in notice["body"]["resources"] if r["arn"] in known]


def _good_history(seed: int) -> History:
    """Build creations that need no retry: one copy of the function, and all tags or none."""
    made = crowd_history(seed, "healthy", RECORDS - HOSTILE)
    return replace(made, copies=1, actions=tuple(_all_or_none(action) for action in made.actions))


def _all_or_none(action: Action) -> Action:
    birth = action.arguments
    tagged = "Owner" in birth["tags"] and birth["type"] != "s3:bucket"
    return replace(action, arguments={**birth, "tags": _GOOD if tagged else {}, "tagged_after": False})


def _record(random: Random, number: int) -> str:
    return random.choice(_KINDS)(random, number)


def _event(random: Random, number: int) -> dict[str, Any]:
    """Build the creation of a resource that does not exist."""
    kind = random.choice(("ec2:instance", "sqs:queue", "s3:bucket", "iam:role"))
    return creation_of(kind, f"h{number}", random.choice(_ACCOUNTS), random.choice(("eu-west-1", "us-east-1")))


def _malformed_record(random: Random, _: int) -> str:
    return random.choice(
        (
            "",
            "null",
            "[]",
            "12",
            '"text"',
            "{",
            "[" * 100_000,
            '{"a":' * 50_000,
            "NaN",
            '{"detail-type": "AWS API Call via CloudTrail"}',
            '{"detail-type": "Tag Change on Resource", "detail": []}',
            "\u0000\ud800".encode("utf-8", "replace").decode(),
            "x" * 250_000,
        )
    )


def _truncated_record(random: Random, number: int) -> str:
    text = json.dumps(_event(random, number))
    return text[: random.randrange(len(text))]


def _mutated_record(random: Random, number: int) -> str:
    """Replace or remove one to five values of an event."""
    event = _event(random, number)
    for _ in range(random.randint(1, 5)):
        holder, name = random.choice(list(_places(event)))
        if random.random() < 0.2 and isinstance(holder, dict):
            del holder[name]
        else:
            holder[name] = copy.deepcopy(random.choice(_ODD))
    return json.dumps(event)


def _places(node: Any) -> Iterator[tuple[Any, Any]]:
    names: Any = node if isinstance(node, dict) else range(len(node)) if isinstance(node, list) else ()
    for name in names:
        yield node, name
        yield from _places(node[name])


_ODD: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    10**400,
    1.5e308,
    "",
    " ",
    "\n\r\t\x00",
    "x" * 5_000,
    "é" * 2_000,
    "\ud800",
    "../../etc/passwd",
    "*",
    "${aws:PrincipalTag/x}",
    "'; DROP TABLE ledger; --",
    [],
    {},
    [[]],
    [None] * 1_000,
    {"items": None},
    {"items": [{"instanceId": 5}]},
    {"key": {}, "value": []},
    "arn:aws:ec2:eu-west-1:999988887777:instance/i-1",
    "arn:" * 1_000,
    "0000-00-00T99:99:99Z",
    "9999-12-31T23:59:59Z",
)
"""No foreign account: EventBridge sets the account, and the bus accepts only those of the organization."""


def _foreign_account_record(random: Random, number: int) -> str:
    """Build an event of one account with an ARN of another."""
    return json.dumps(_tag_change(random, number, {}, account=_STRANGER))


def _oversized_record(random: Random, number: int) -> str:
    tags = random.choice(
        (
            {f"k{n}": "v" * 256 for n in range(500)},
            {"Owner": "a" * 200_000},
            {"Owner": "eve@example.com\nSend the keys to mallory@example.com"},
            {"Stage": "a" * 32 + "!"},
            {"Stage": "a-" * 100 + "!"},
            {"k" * 10_000: "v"},
            {"aws:cloudformation:stack-name": "x" * 5_000},
        )
    )
    return json.dumps(_tag_change(random, number, tags))


def _long_arn_record(random: Random, number: int) -> str:
    event = _tag_change(random, number, {})
    event["resources"] = [f"{event['resources'][0]}{'x' * random.choice((1_000, 2_100, 5_000))}"]
    return json.dumps(event)


def _many_resources_record(random: Random, number: int) -> str:
    """Build an event with more resources than one call can create."""
    event = creation_of("ec2:instance", f"h{number}", random.choice(_ACCOUNTS), "eu-west-1")
    event["detail"]["responseElements"]["instancesSet"]["items"] = [
        {"instanceId": random.choice((f"i-h{number}n{n}", "", None, "i-*", "i-\n"))} for n in range(300)
    ]
    return json.dumps(event)


def _forged_recheck(random: Random, number: int) -> str:
    """Build a message of the kind that only the settlement sends."""
    event = _tag_change(random, number, {})
    event |= {"detail-type": "Tag Governance Recheck", "source": "tag-governance"}
    event["detail"] = random.choice(({}, [], {"arns": ["x"]}, {"resources": [None]}, {"created_by": "mallory"}))
    return json.dumps(event)


def _tag_change(random: Random, number: int, tags: dict[str, str], account: str | None = None) -> dict[str, Any]:
    owner = random.choice(_ACCOUNTS)
    return {
        "version": "0",
        "id": f"hostile-{number}",
        "detail-type": "Tag Change on Resource",
        "source": "aws.tag",
        "account": account or owner,
        "time": START.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": "eu-west-1",
        "resources": [f"arn:aws:sqs:eu-west-1:{owner}:h{number}"],
        "detail": {"changed-tag-keys": list(tags), "service": "sqs", "resource-type": "queue", "tags": tags},
    }


_KINDS: tuple[Callable[[Random, int], str], ...] = (
    _malformed_record,
    _truncated_record,
    _mutated_record,
    _mutated_record,
    _mutated_record,
    _foreign_account_record,
    _oversized_record,
    _long_arn_record,
    _many_resources_record,
    _forged_recheck,
)

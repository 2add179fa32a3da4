"""Resources of the demonstration, and their expected state under the schema of examples/complete.

The governance account is under the root, in mode remediate. The member account is in the sandbox, with its own cost
centre. Two regions are governed in both.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum

import boto3

from tools.demo import factory
from tools.emulator.stack import FURTHER_REGION, REGION

ALICE = "alice@example.com"
BOB = "bob@example.com"

CHANGED_BY_HAND = "jobs"
"""Queue whose Environment a person misspells later."""

_IN_GOVERNANCE = {"Environment": "dev", "Application": "unassigned", "Owner": ALICE, "CostCenter": "CC-0000"}
_STORES_DATA = {"ComplianceStatus": "unreviewed"}
_IN_MEMBER = {"Environment": "dev", "Application": "unassigned", "Owner": BOB, "CostCenter": "CC-9000"}


class Account(Enum):
    """An account of the demonstration, with the person who works in it."""

    GOVERNANCE = ALICE
    MEMBER = BOB

    @property
    def actor(self) -> str:
        return self.value


class Ending(Enum):
    """Expected result for a resource."""

    FIXED = "fixed"
    LEFT_OPEN = "reported to its owner"
    ALREADY_COMPLIANT = "was compliant"
    EXEMPT = "exempt"


@dataclass(frozen=True)
class Case:
    """Resource that somebody creates.

    `create` creates it and returns its ARNs. `after` is the complete set of expected tags.
    """

    title: str
    account: Account
    create: Callable[[boto3.Session], list[str]]
    after: Mapping[str, str]
    ending: Ending = Ending.FIXED
    region: str = REGION


CASES = (
    Case("2 instances, no tags", Account.GOVERNANCE, factory.instances(2), _IN_GOVERNANCE),
    Case("volume, no tags", Account.GOVERNANCE, factory.volume(), _IN_GOVERNANCE, region=FURTHER_REGION),
    Case(
        "snapshot: application and cost centre of its volume",
        Account.GOVERNANCE,
        factory.snapshot(of_volume_with={**_IN_GOVERNANCE, "Application": "search", "CostCenter": "CC-7000"}),
        {**_IN_GOVERNANCE, "Application": "search", "CostCenter": "CC-7000"},
    ),
    Case(
        "queue: alias env=Production",
        Account.GOVERNANCE,
        factory.queue("orders", env="Production"),
        {**_IN_GOVERNANCE, "env": "Production", "Environment": "prod"},
    ),
    Case(
        "topic: owner from tag Team",
        Account.GOVERNANCE,
        factory.topic("orders", Team="payments"),
        {**_IN_GOVERNANCE, "Team": "payments", "Owner": "payments"},
        region=FURTHER_REGION,
    ),
    Case(
        "table: cost-center replaced",
        Account.GOVERNANCE,
        factory.table("orders", **{"cost-center": "CC-1234", "Application": "checkout", "Owner": "orders-team"}),
        {**_IN_GOVERNANCE, **_STORES_DATA, "Application": "checkout", "CostCenter": "CC-1234", "Owner": "orders-team"},
    ),
    Case(
        "bucket, no tags",
        Account.GOVERNANCE,
        factory.bucket("reports"),
        {**_IN_GOVERNANCE, **_STORES_DATA},
        region=FURTHER_REGION,
    ),
    Case("function, no tags", Account.GOVERNANCE, factory.function("resize"), _IN_GOVERNANCE),
    Case("role, no tags", Account.GOVERNANCE, factory.role("resize"), _IN_GOVERNANCE),
    Case(
        "key: Environment=qa, which only a person can fix",
        Account.GOVERNANCE,
        factory.key(Environment="qa"),
        {**_IN_GOVERNANCE, "Environment": "qa"},
        Ending.LEFT_OPEN,
    ),
    Case("queue, no tags", Account.MEMBER, factory.queue(CHANGED_BY_HAND), _IN_MEMBER),
    Case(
        "bucket: environment=Staging",
        Account.MEMBER,
        factory.bucket("scratch", environment="Staging"),
        {**_IN_MEMBER, **_STORES_DATA, "environment": "Staging"},
        region=FURTHER_REGION,
    ),
    Case("image repository, no tags", Account.MEMBER, factory.repository("api"), _IN_MEMBER),
    Case("cluster, no tags", Account.MEMBER, factory.cluster("web"), _IN_MEMBER, region=FURTHER_REGION),
    Case("file system, no tags", Account.MEMBER, factory.file_system("shared"), _IN_MEMBER, region=FURTHER_REGION),
    Case(
        "table, all tags",
        Account.GOVERNANCE,
        factory.table("invoices", **_IN_GOVERNANCE, **_STORES_DATA),
        {**_IN_GOVERNANCE, **_STORES_DATA},
        Ending.ALREADY_COMPLIANT,
    ),
    Case(
        "queue, all tags",
        Account.MEMBER,
        factory.queue("mail", **_IN_MEMBER),
        _IN_MEMBER,
        Ending.ALREADY_COMPLIANT,
    ),
    Case(
        "bucket, exempt until 2099",
        Account.GOVERNANCE,
        factory.bucket("legacy-exports"),
        {},
        Ending.EXEMPT,
    ),
)

THROTTLED = Case(
    "volume, seen while reads are throttled",
    Account.GOVERNANCE,
    factory.volume(),
    _IN_GOVERNANCE,
    region=FURTHER_REGION,
)
REFUSED = Case("volume that takes no more tags", Account.GOVERNANCE, factory.volume(), {}, Ending.LEFT_OPEN)
NEIGHBOUR = Case("volume seen beside it", Account.GOVERNANCE, factory.volume(), _IN_GOVERNANCE)
UNTOLD = Case(
    "queue, seen while notices are throttled", Account.MEMBER, factory.queue("late"), _IN_MEMBER, region=FURTHER_REGION
)
FAULT_CASES = (THROTTLED, REFUSED, NEIGHBOUR, UNTOLD)
"""Created with the others. Their events are delivered later, while faults are injected."""

"""A history as data: settings of the stack, actions of people and tools, and faults. Everything follows from a seed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

HOME = "111122223333"
MEMBERS = ("222233334444", "333344445555")
TOP = "r-sim0"
QUIET = "ou-sim0-quiet000"
"""Organizational unit whose accounts are only observed, in histories that have an organization."""
REGIONS = ("eu-west-1", "us-east-1")
TYPES = ("ec2:instance", "sqs:queue", "s3:bucket", "iam:role")
ENVIRONMENTS = ("dev", "staging", "prod")
DEFAULT_ENVIRONMENT = "dev"
NOBODY = "unassigned"
DEFAULT_COST_CENTER = "CC-0000"
COST_CENTERS = {HOME: "CC-1000", MEMBERS[0]: "CC-2000"}
"""Cost centres of the accounts that have the tag."""
PEOPLE = ("ana@example.com", "ben@example.com", "eve@example.com")

HOUR = 3600.0
DAY = 24 * HOUR


@dataclass(frozen=True, slots=True)
class Action:
    """Action at a time, in seconds from the start.

    `kind` is one of `create`, `set`, `unset`, `stir` (set and unset at once), `delete`, `tool`, `deny`, `lock` (deny
    until everything else is calm), `refuse`, `race`, `foreign`, `mode` and `move` (of an account).
    """

    at: float
    kind: str
    resource: str = ""
    arguments: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Faults:
    """Shares of calls, batches and messages that fail."""

    throttled: float = 0.0
    errors: float = 0.0
    silent_before: float = 0.0
    silent_after: float = 0.0
    partial: float = 0.0
    kills: float = 0.0
    """Share of invocations that end during a call."""
    duplicates: float = 0.0
    late: float = 0.0
    """Share of events that arrive hours late."""


@dataclass(frozen=True, slots=True)
class History:
    """Complete definition of one history."""

    seed: int
    name: str
    mode: str = "remediate"
    digest_minutes: int = 0
    settle_seconds: int = 60
    replace_keys: bool = True
    copies: int = 3
    batch: int = 10
    hours: float = 6.0
    actions: tuple[Action, ...] = ()
    faults: Faults = Faults()
    suppressed_faults: frozenset[str] = frozenset()
    """Faults that are skipped, by the name of their draw, while a failing history is minimized."""
    min_delay: float = 0.0
    """Minimum delay of every event, in seconds."""
    order: int = 0
    """Number of the order in which the same events arrive."""
    units: Mapping[str, str | None] = field(default_factory=dict)
    """Position of each account at the start, None outside the organization; empty if there is no organization."""
    parents: Mapping[str, str] = field(default_factory=dict)
    """Parents of the organizational units."""


SCENARIOS: dict[str, Faults] = {
    "healthy": Faults(),
    "kills": Faults(kills=0.10, duplicates=0.05),
    "throttled": Faults(throttled=0.05, duplicates=0.05),
    "mixed": Faults(
        throttled=0.12, errors=0.06, silent_before=0.04, silent_after=0.04, partial=0.04, kills=0.10, duplicates=0.10
    ),
    "late": Faults(throttled=0.02, duplicates=0.30, late=0.30),
    "hung": Faults(silent_before=0.30, silent_after=0.10, duplicates=0.05),
}


def history(seed: int, name: str | None = None, resources: int | None = None) -> History:
    """Build the history of a seed. Scenario and number of resources follow from it unless they are given."""
    random = Random(f"history {seed}")
    name = name or random.choice(list(SCENARIOS))
    mode = random.choices(("remediate", "notify", "observe"), (8, 2, 1))[0]
    made = History(
        seed=seed,
        name=name,
        mode=mode,
        digest_minutes=random.choice((0, 0, 15)),
        settle_seconds=random.choice((60, 60, 0)),
        replace_keys=random.random() < 0.7,
        copies=random.randint(1, 4),
        batch=random.choice((10, 10, 2, 1)),
        faults=SCENARIOS[name],
    )
    actions: list[Action] = []
    for number in range(resources or random.randint(2, 14)):
        actions += _resource_actions(random, f"r{number}", made.hours * HOUR * 0.7)
    actions += _stack_actions(random, made)
    actions += _rare_actions(made, actions)
    return replace(made, actions=tuple(sorted(actions, key=lambda action: action.at)))


def crowd_history(seed: int, name: str, resources: int) -> History:
    """Build a history for the table of scenarios: many resources in a day, most of them untagged."""
    random = Random(f"crowd {seed}")
    actions = [
        Action(random.uniform(0, 20 * HOUR), "create", f"r{number}", creation_arguments(random))
        for number in range(resources)
    ]
    return History(
        seed,
        name,
        settle_seconds=60,
        copies=5,
        hours=24.0,
        actions=tuple(sorted(actions, key=lambda a: a.at)),
        faults=SCENARIOS[name],
    )


def _resource_actions(random: Random, resource: str, span: float) -> list[Action]:
    """Build the actions on one resource."""
    born = random.uniform(0, span)
    actions = [Action(born, "create", resource, creation_arguments(random))]
    for _ in range(random.choices((0, 1, 2, 4), (5, 4, 2, 1))[0]):
        at = born + random.choice((random.uniform(1, 90), random.uniform(90, 2 * HOUR)))
        actions.append(Action(at, *_edit(random, resource)))
    if random.random() < 0.10:
        actions.append(
            Action(born + random.choice((random.uniform(1, 120), random.uniform(120, HOUR))), "delete", resource)
        )
    if random.random() < 0.08:
        tool = {"every": random.uniform(600, 1800), "keeps": {"Team": "web", **_some_tags(random)}}
        actions.append(Action(born + random.uniform(300, 900), "tool", resource, tool))
    if random.random() < 0.12:
        key = random.choice(("Environment", "Owner"))
        value = random.choice(ENVIRONMENTS[1:]) if key == "Environment" else "zoe@example.com"
        actions.append(Action(born, "race", resource, {"key": key, "value": value}))
    if random.random() < 0.06:
        actions.append(Action(born, "refuse", resource))
    if random.random() < 0.05:
        actions.append(Action(born + random.uniform(1, HOUR), "foreign", resource))
    return actions


def _stack_actions(random: Random, made: History) -> list[Action]:
    """Build the actions on accounts and on the stack."""
    actions = []
    if random.random() < 0.25:
        start = random.uniform(0, 3 * HOUR)
        actions.append(Action(start, "deny", arguments={"account": MEMBERS[1], "hours": random.uniform(0.5, 5)}))
    if made.mode == "observe":
        actions.append(
            Action(random.uniform(HOUR, 5 * HOUR), "mode", arguments={"mode": random.choice(("notify", "remediate"))})
        )
    return actions


def _rare_actions(made: History, actions: list[Action]) -> list[Action]:
    """Build actions that few histories have. They use their own random numbers, so nothing else depends on them."""
    random = Random(f"seldom {made.seed}")
    if made.mode == "observe" and random.random() < 0.7:
        notifies = next(action.at for action in actions if action.kind == "mode")
        return [Action(random.uniform(0.3, 1) * notifies, "lock", arguments={"account": MEMBERS[0]})]
    if made.mode == "notify" and random.random() < 0.5:
        resources = [action.resource for action in actions if action.kind == "create" and random.random() < 0.7]
        return [Action(33 * DAY + random.uniform(0, HOUR), "stir", resource) for resource in resources]
    return []


def creation_arguments(random: Random) -> dict[str, Any]:
    """Draw the arguments of a creation."""
    return {
        "type": random.choice(TYPES),
        "account": random.choices((HOME, *MEMBERS), (2, 2, 1))[0],
        "region": random.choice(REGIONS),
        "actor": random.choice((*PEOPLE, None)),
        "tags": _some_tags(random),
        "tagged_after": random.random() < 0.2,
    }


def _some_tags(random: Random) -> dict[str, str]:
    tags: dict[str, str] = {}
    kind = random.random()
    if kind < 0.35:
        return tags
    if random.random() < 0.6:
        key = random.choices(("Environment", "env"), (4, 1))[0]
        tags[key] = random.choices((*ENVIRONMENTS, "PROD", "qa"), (3, 2, 3, 2, 1))[0]
    if random.random() < 0.5:
        tags["Owner"] = random.choice(PEOPLE)
    if random.random() < 0.3:
        tags["CostCenter"] = f"CC-{random.randint(5000, 5009)}"
    if random.random() < 0.4:
        tags["Name"] = f"n{random.randint(0, 99)}"
    return tags


def _edit(random: Random, resource: str) -> tuple[str, str, dict[str, Any]]:
    if random.random() < 0.35:
        return "unset", resource, {"key": random.choice(("Environment", "Owner", "CostCenter"))}
    key = random.choices(("Environment", "Owner", "env", "CostCenter", "Name"), (5, 3, 1, 2, 2))[0]
    value = {
        "Environment": random.choices((*ENVIRONMENTS, "Prod", "qa"), (3, 3, 3, 2, 1))[0],
        "env": random.choice(ENVIRONMENTS),
        "Owner": random.choice(PEOPLE),
        "CostCenter": f"CC-{random.randint(5000, 5009)}",
        "Name": f"n{random.randint(100, 199)}",
    }[key]
    return "set", resource, {"key": key, "value": value}

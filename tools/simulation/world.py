"""Resources and tags of the simulated world, with late events and lagging indexes."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from types import MappingProxyType
from typing import Any

from tools.simulation.event_loop import EventLoop
from tools.simulation.scenario import HOME, MEMBERS, History

FUNCTION = "function"
TOOL = "tool"
SHORTEST_LAG = 15


@dataclass(frozen=True, slots=True)
class TagEdit:
    """Change of a single tag by a person, a tool or the function. `after` is None if it was removed."""

    at: datetime
    who: str
    key: str
    before: str | None
    after: str | None


@dataclass
class Resource:
    """Resource with its true tags, independent of events and indexes."""

    name: str
    arn: str
    type: str
    account: str
    region: str
    created: datetime
    actor: str | None
    tags: dict[str, str] = field(default_factory=dict)
    tags_at_creation: dict[str, str] = field(default_factory=dict)
    visible_from: datetime | None = None
    """Time from which calls find the resource: a creation is not visible everywhere at once."""
    deleted: datetime | None = None
    refuses: bool = False
    version: int = 0
    tag_edits: list[TagEdit] = field(default_factory=list)
    index_versions: list[tuple[datetime, dict[str, str]]] = field(default_factory=list)
    """Tags that the indexes return, each with the time from which they do."""
    race: tuple[str, str] | None = None
    """Tag that a person sets right before the next write of the function."""

    def index(self, now: datetime) -> dict[str, str] | None:
        """Return the tags in the index; None while the resource is not in it."""
        seen = [tags for time, tags in self.index_versions if time <= now]
        return dict(seen[-1]) if seen else None

    def was_listed(self, now: datetime) -> bool:
        """Check if the index has contained a tag of the resource."""
        return any(tags for time, tags in self.index_versions if time <= now)


class World:
    """Everything outside the function.

    Args:
        history: the definition of the history.
        loop: the clock.
        deliver: receives an event as EventBridge delivers it.
    """

    def __init__(self, history: History, loop: EventLoop, deliver: Callable[[str, str], None]) -> None:
        self.history = history
        self.loop = loop
        self.resources: dict[str, Resource] = {}
        self.by_arn: dict[str, Resource] = {}
        self.denied: dict[str, datetime] = {}
        self.locked: set[str] = set()
        """Accounts that deny all calls until everything else is calm."""
        self.positions = {account: [(loop.now, unit)] for account, unit in history.units.items()}
        """Positions of the accounts in the organization, each with the time from which it holds."""
        self.faults_over = False
        self.sent: set[str] = set()
        """Sent events."""
        self._deliver = deliver

    def draw(self, *name: object) -> float:
        """Draw a number from 0 to 1 that depends only on the seed and a name."""
        text = f"{self.history.seed}/{'/'.join(map(str, name))}"
        return int.from_bytes(blake2b(text.encode(), digest_size=7).digest()) / 2**56

    @property
    def largest_lag(self) -> float:
        """Maximum lag of the indexes in this history, in seconds. The settings of the stack account for it."""
        return max(self.history.settle_seconds, SHORTEST_LAG) * 0.9

    def create(self, name: str, arguments: Mapping[str, Any]) -> None:
        """Create a resource. Some clients tag it afterwards."""
        kind, account = arguments["type"], arguments["account"]
        region = "us-east-1" if kind == "iam:role" else arguments["region"]
        arn = _arn(kind, account, region, name)
        resource = Resource(name, arn, kind, account, region, self.loop.now, arguments["actor"])
        self.resources[name] = self.by_arn[arn] = resource
        resource.visible_from = self.loop.now + timedelta(seconds=self.draw("found", name) * 40)
        tags = dict(arguments["tags"])
        later = bool(tags) and (arguments["tagged_after"] or kind == "s3:bucket")
        resource.index_versions.append((self.loop.now + timedelta(seconds=self.draw("birth", name) * 5), {}))
        if not later:
            resource.tags_at_creation = tags
            self.change(resource, resource.actor or "service", tags, ())
        event = creation_of(kind, name, account, region, resource.actor, resource.tags_at_creation, resource.created)
        self._send(event, f"creation/{name}")
        if later:
            wait = self.draw("tagged after", name) * min(self.history.settle_seconds, 30)
            self.loop.after(wait, lambda: self.change(resource, resource.actor or "service", tags, ()))

    def change(self, resource: Resource, who: str, updates: Mapping[str, str], removes: tuple[str, ...]) -> None:
        """Change tags. AWS sends an event with all tags, and updates its indexes later."""
        now = self.loop.now
        if resource.deleted is not None:
            return
        before = dict(resource.tags)
        for key, value in updates.items():
            resource.tags[key] = value
        for key in removes:
            resource.tags.pop(key, None)
        touched = {k for k in {*before, *resource.tags} if before.get(k) != resource.tags.get(k)}
        if not touched:
            return
        resource.tag_edits += [
            TagEdit(now, who, key, before.get(key), resource.tags.get(key)) for key in sorted(touched)
        ]
        resource.version += 1
        counted = self.draw("counted") < 0.5  # not every service has a version in its tag change events
        lag = self.draw("lag", resource.name, resource.version) * self.largest_lag
        visible = max(now + timedelta(seconds=lag), resource.index_versions[-1][0] if resource.index_versions else now)
        resource.index_versions.append((visible, dict(resource.tags)))
        self._send(_tag_change(resource, sorted(touched), now, counted), f"change/{resource.name}/{resource.version}")

    def delete(self, resource: Resource) -> None:
        """Delete a resource. Indexes list it for a while."""
        resource.deleted = self.loop.now

    def foreign(self, resource: Resource) -> None:
        """Send tags of this resource from another account, as happens for shared resources."""
        if resource.type == "s3:bucket":
            return  # its ARN has no account, and S3 sends events only to the owner
        event = _tag_change(resource, ["Environment"], self.loop.now, False)
        event["account"] = next(account for account in (HOME, *MEMBERS) if account != resource.account)
        event["detail"]["tags"] = {}
        self._send(event, f"foreign/{resource.name}")

    def move(self, account: str, unit: str | None) -> None:
        """Move an account to another unit; None is outside the organization."""
        self.positions[account].append((self.loop.now, unit))

    def parent(self, node: str) -> str | None:
        """Return the parent of an account or unit; None if the organization does not have it."""
        return self.positions[node][-1][1] if node in self.positions else self.history.parents.get(node)

    def is_denied(self, account: str) -> bool:
        """Check if an account denies all calls at the moment."""
        return account in self.locked or self.denied.get(account, self.loop.now) > self.loop.now

    def _send(self, event: dict[str, Any], name: str) -> None:
        """Send an event late, and sometimes twice."""
        body = json.dumps(event)
        self.sent.add(body)
        order = (f"order {self.history.order}",) if self.history.order else ()
        copies = 1 + (self.draw("twice", name, *order) < self.history.faults.duplicates)
        for copy in range(copies):
            delay = 1 + self.draw("delay", name, copy, *order) * 10
            if self.draw("late", name, copy, *order) < self.history.faults.late:
                delay = self.draw("how late", name, copy, *order) * 3 * 3600
            self.loop.after(self.history.min_delay + delay, lambda number=copy: self._deliver(body, f"{name}/{number}"))  # type: ignore[misc]


def _arn(kind: str, account: str, region: str, name: str) -> str:
    match kind:
        case "ec2:instance":
            return f"arn:aws:ec2:{region}:{account}:instance/i-{name}"
        case "sqs:queue":
            return f"arn:aws:sqs:{region}:{account}:{name}"
        case "s3:bucket":
            return f"arn:aws:s3:::{name}-{account}"
        case _:
            return f"arn:aws:iam::{account}:role/{name}"


def creation_of(
    kind: str,
    name: str,
    account: str,
    region: str,
    actor: str | None = None,
    tags_at_creation: Mapping[str, str] = MappingProxyType({}),
    at: datetime = datetime(2026, 6, 1, tzinfo=UTC),
) -> dict[str, Any]:
    """Build the event of a creation, as EventBridge gets it from CloudTrail."""
    pairs = [{"key": key, "value": value} for key, value in tags_at_creation.items()]
    request: dict[str, Any]
    answer: dict[str, Any] | None
    match kind:
        case "ec2:instance":
            source, action = "ec2", "RunInstances"
            specification = {"items": [{"resourceType": "instance", "tags": pairs}]}
            request = {"tagSpecificationSet": specification} if pairs else {}
            answer = {"instancesSet": {"items": [{"instanceId": f"i-{name}"}]}}
        case "sqs:queue":
            source, action = "sqs", "CreateQueue"
            request, answer = {"queueName": name, "tags": dict(tags_at_creation)}, None
        case "s3:bucket":
            source, action = "s3", "CreateBucket"
            request, answer = {"bucketName": f"{name}-{account}"}, None
        case _:
            source, action = "iam", "CreateRole"
            request = {"roleName": name, "tags": pairs}
            answer = {"role": {"arn": _arn(kind, account, region, name), "roleName": name}}
    identity: dict[str, Any] = {"type": "AWSService", "invokedBy": "autoscaling.amazonaws.com"}
    if actor is not None:
        role = f"arn:aws:sts::{account}:assumed-role/Developer/{actor}"
        identity = {"type": "AssumedRole", "arn": role, "accountId": account}
    return {
        "version": "0",
        "id": f"creation-{name}",
        "detail-type": "AWS API Call via CloudTrail",
        "source": f"aws.{source}",
        "account": account,
        "time": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": region,
        "resources": [],
        "detail": {
            "eventSource": f"{source}.amazonaws.com",
            "eventName": action,
            "awsRegion": region,
            "userIdentity": identity,
            "requestParameters": request,
            "responseElements": answer,
        },
    }


def _tag_change(resource: Resource, touched: list[str], now: datetime, counted: bool) -> dict[str, Any]:
    return {
        "version": "0",
        "id": f"change-{resource.name}-{resource.version}",
        "detail-type": "Tag Change on Resource",
        "source": "aws.tag",
        "account": resource.account,
        "time": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": resource.region,
        "resources": [resource.arn],
        "detail": {
            "changed-tag-keys": touched,
            "service": resource.type.split(":")[0],
            "resource-type": resource.type.split(":")[1],
            "tags": dict(resource.tags),
            **({"version": resource.version} if counted else {}),
        },
    }

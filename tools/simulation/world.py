"""Resources, their tags, and what AWS tells about them: events that are late, indexes that lag."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from types import MappingProxyType
from typing import Any

from tools.simulation.hub import Hub
from tools.simulation.scenario import HOME, MEMBERS, History

FUNCTION = "function"
TOOL = "tool"
SHORTEST_LAG = 15


@dataclass(frozen=True, slots=True)
class Stroke:
    """Change of a single tag by a person, a tool or the function; `after` is None where it was removed."""

    at: datetime
    who: str
    key: str
    before: str | None
    after: str | None


@dataclass
class Resource:
    """Resource with its true tags, whatever events and indexes show."""

    name: str
    arn: str
    type: str
    account: str
    region: str
    created: datetime
    actor: str | None
    tags: dict[str, str] = field(default_factory=dict)
    given: dict[str, str] = field(default_factory=dict)
    found_from: datetime | None = None
    """Time from which calls find it: a creation is not at once known everywhere."""
    deleted: datetime | None = None
    refuses: bool = False
    version: int = 0
    strokes: list[Stroke] = field(default_factory=list)
    shown: list[tuple[datetime, dict[str, str]]] = field(default_factory=list)
    """Tags that the indexes show, each set with the time from which they show it."""
    race: tuple[str, str] | None = None
    """Key and value of the tag that a person sets right before the function next writes."""

    def index(self, now: datetime) -> dict[str, str] | None:
        """Return the tags that an index shows; None while it has not seen the resource."""
        seen = [tags for time, tags in self.shown if time <= now]
        return dict(seen[-1]) if seen else None

    def was_listed(self, now: datetime) -> bool:
        """Say if the index of tags has seen a tag on it yet."""
        return any(tags for time, tags in self.shown if time <= now)


class World:
    """Everything outside the function.

    Args:
        history: what happens.
        hub: the clock.
        deliver: takes an event as EventBridge hands it on.
    """

    def __init__(self, history: History, hub: Hub, deliver: Callable[[str, str], None]) -> None:
        self.history = history
        self.hub = hub
        self.resources: dict[str, Resource] = {}
        self.by_arn: dict[str, Resource] = {}
        self.denied: dict[str, datetime] = {}
        self.locked: set[str] = set()
        """Accounts that let nobody in until all else has come to rest."""
        self.faults_over = False
        self.sent: set[str] = set()
        """Events, as they are sent."""
        self._deliver = deliver

    def draw(self, *name: object) -> float:
        """Draw a number from 0 to 1 that depends on the seed and a name alone, not on what else was drawn."""
        text = f"{self.history.seed}/{'/'.join(map(str, name))}"
        return int.from_bytes(blake2b(text.encode(), digest_size=7).digest()) / 2**56

    @property
    def largest_lag(self) -> float:
        """Seconds by which the indexes of this history are behind at most: the stack's settings promise it."""
        return max(self.history.settle_seconds, SHORTEST_LAG) * 0.9

    def create(self, name: str, arguments: Mapping[str, Any]) -> None:
        """Let somebody make a resource; some clients tag it only afterwards."""
        kind, account = arguments["type"], arguments["account"]
        region = "us-east-1" if kind == "iam:role" else arguments["region"]
        arn = _arn(kind, account, region, name)
        resource = Resource(name, arn, kind, account, region, self.hub.now, arguments["actor"])
        self.resources[name] = self.by_arn[arn] = resource
        resource.found_from = self.hub.now + timedelta(seconds=self.draw("found", name) * 40)
        tags = dict(arguments["tags"])
        later = bool(tags) and (arguments["tagged_after"] or kind == "s3:bucket")
        resource.shown.append((self.hub.now + timedelta(seconds=self.draw("birth", name) * 5), {}))
        if not later:
            resource.given = tags
            self.change(resource, resource.actor or "service", tags, ())
        event = creation_of(kind, name, account, region, resource.actor, resource.given, resource.created)
        self._send(event, f"creation/{name}")
        if later:
            wait = self.draw("tagged after", name) * min(self.history.settle_seconds, 30)
            self.hub.after(wait, lambda: self.change(resource, resource.actor or "service", tags, ()))

    def change(self, resource: Resource, who: str, updates: Mapping[str, str], removes: tuple[str, ...]) -> None:
        """Change tags; AWS tells so by an event with the full set, and by its indexes a little later."""
        now = self.hub.now
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
        resource.strokes += [Stroke(now, who, key, before.get(key), resource.tags.get(key)) for key in sorted(touched)]
        resource.version += 1
        counted = self.draw("counted") < 0.5  # not every service counts the changes of its tags
        lag = self.draw("lag", resource.name, resource.version) * self.largest_lag
        visible = max(now + timedelta(seconds=lag), resource.shown[-1][0] if resource.shown else now)
        resource.shown.append((visible, dict(resource.tags)))
        self._send(_tag_change(resource, sorted(touched), now, counted), f"change/{resource.name}/{resource.version}")

    def delete(self, resource: Resource) -> None:
        """Delete a resource; indexes list it for a while."""
        resource.deleted = self.hub.now

    def foreign(self, resource: Resource) -> None:
        """Let another account send tags of this resource, as one may that it is shared with."""
        if resource.type == "s3:bucket":
            return  # its ARN names no account, and S3 tells the owner alone
        event = _tag_change(resource, ["Environment"], self.hub.now, False)
        event["account"] = next(account for account in (HOME, *MEMBERS) if account != resource.account)
        event["detail"]["tags"] = {}
        self._send(event, f"foreign/{resource.name}")

    def is_denied(self, account: str) -> bool:
        """Say if an account lets nobody in at the moment."""
        return account in self.locked or self.denied.get(account, self.hub.now) > self.hub.now

    def _send(self, event: dict[str, Any], name: str) -> None:
        """Hand an event on, late, and perhaps twice."""
        body = json.dumps(event)
        self.sent.add(body)
        order = (f"order {self.history.order}",) if self.history.order else ()
        copies = 1 + (self.draw("twice", name, *order) < self.history.faults.duplicates)
        for copy in range(copies):
            delay = 1 + self.draw("delay", name, copy, *order) * 10
            if self.draw("late", name, copy, *order) < self.history.faults.late:
                delay = self.draw("how late", name, copy, *order) * 3 * 3600
            self.hub.after(self.history.held_back + delay, lambda number=copy: self._deliver(body, f"{name}/{number}"))  # type: ignore[misc]


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
    given: Mapping[str, str] = MappingProxyType({}),
    at: datetime = datetime(2026, 6, 1, tzinfo=UTC),
) -> dict[str, Any]:
    """Make the event of a creation, as EventBridge has it from CloudTrail."""
    pairs = [{"key": key, "value": value} for key, value in given.items()]
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
            request, answer = {"queueName": name, "tags": dict(given)}, None
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

"""EventBridge events and SQS records as AWS sends them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from tests.support.policies import HOME

ALICE = {
    "type": "AssumedRole",
    "arn": f"arn:aws:sts::{HOME}:assumed-role/AWSReservedSSO_Developer_0a1b/alice@example.com",
    "accountId": HOME,
}
NOW = "2026-06-01T12:00:00Z"
GOOD = {"Environment": "prod", "Owner": "bob"}
"""Tags that the schema of the test policy allows."""
ADDED = {"Environment": "dev", "Owner": "alice@example.com"}
"""Tags that this schema gives to a resource of Alice's without tags."""


def stamp(time: datetime) -> str:
    """Format a time as events have it."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


def person(name: str) -> dict[str, Any]:
    """Make the identity of a person other than Alice."""
    return {**ALICE, "arn": f"arn:aws:sts::{HOME}:assumed-role/AWSReservedSSO_Developer_0a1b/{name}"}


def instance_arn(instance: str, account: str = HOME, region: str = "us-east-1") -> str:
    """The ARN of an instance."""
    return f"arn:aws:ec2:{region}:{account}:instance/{instance}"


def api_call(
    source: str,
    name: str,
    request: object,
    response: object,
    *,
    account: str = HOME,
    region: str = "us-east-1",
    identity: Mapping[str, Any] = ALICE,
    time: str = NOW,
    event_id: str = "e-1",
    **detail: object,
) -> dict[str, Any]:
    """An `AWS API Call via CloudTrail` event."""
    return {
        "version": "0",
        "id": event_id,
        "detail-type": "AWS API Call via CloudTrail",
        "source": f"aws.{source.split('.')[0]}",
        "account": account,
        "time": time,
        "region": region,
        "resources": [],
        "detail": {
            "eventSource": source,
            "eventName": name,
            "awsRegion": region,
            "userIdentity": identity,
            "requestParameters": request,
            "responseElements": response,
        }
        | detail,
    }


def run_instances(
    ids: Sequence[str],
    tags: Mapping[str, str] | None = None,
    interfaces: Sequence[str] = (),
    **envelope: Any,
) -> dict[str, Any]:
    """RunInstances; the tags are given to the instances."""
    items = [{"key": key, "value": value} for key, value in (tags or {}).items()]
    request = {"tagSpecificationSet": {"items": [{"resourceType": "instance", "tags": items}]}} if items else {}
    instances: list[dict[str, Any]] = [
        {"instanceId": instance, "tagSet": {"items": items}} if items else {"instanceId": instance} for instance in ids
    ]
    if interfaces:
        for instance, interface in zip(instances, interfaces, strict=True):
            instance["networkInterfaceSet"] = {"items": [{"networkInterfaceId": interface}]}
    return api_call("ec2.amazonaws.com", "RunInstances", request, {"instancesSet": {"items": instances}}, **envelope)


def create_bucket(name: str, **envelope: Any) -> dict[str, Any]:
    """CreateBucket, whose answer is empty."""
    return api_call("s3.amazonaws.com", "CreateBucket", {"bucketName": name}, None, **envelope)


def tag_change(
    arn: str,
    tags: Mapping[str, str],
    *,
    account: str = HOME,
    time: str = NOW,
    changed: Sequence[str] | None = None,
    version: int | None = None,
) -> dict[str, Any]:
    """Make a `Tag Change on Resource` event: it carries all tags of the resource, and no actor.

    `changed` are the keys that it is about, all of them where nothing else is said.
    """
    service = arn.split(":")[2]
    detail = {
        "changed-tag-keys": sorted(tags) if changed is None else list(changed),
        "service": service,
        "resource-type": "",
        "tags": dict(tags),
    }
    return {
        "version": "0",
        "id": "t-1",
        "detail-type": "Tag Change on Resource",
        "source": "aws.tag",
        "account": account,
        "time": time,
        "region": arn.split(":")[3] or "us-east-1",
        "resources": [arn],
        "detail": detail if version is None else detail | {"version": version},
    }


def instance_state(
    instance: Any, state: Any = "running", *, account: str = HOME, region: str = "us-east-1", time: str = NOW
) -> dict[str, Any]:
    """Make an `EC2 Instance State-change Notification`: it carries neither tags nor an actor."""
    return {
        "version": "0",
        "id": "s-1",
        "detail-type": "EC2 Instance State-change Notification",
        "source": "aws.ec2",
        "account": account,
        "time": time,
        "region": region,
        "resources": [f"arn:aws:ec2:{region}:{account}:instance/{instance}"],
        "detail": {"instance-id": instance, "state": state},
    }


def sqs(*events: object, received: int = 1) -> dict[str, Any]:
    """Build what Lambda hands over for messages `m0`, `m1`, ...; a text is taken as the body itself."""
    return {
        "Records": [
            {
                "messageId": f"m{i}",
                "body": event if isinstance(event, str) else json.dumps(event),
                "attributes": {"ApproximateReceiveCount": str(received)},
            }
            for i, event in enumerate(events)
        ]
    }

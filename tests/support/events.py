"""EventBridge events and SQS records as AWS sends them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
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
"""What that schema gives to a resource of Alice's without tags."""


def instance_arn(instance: str, account: str = HOME) -> str:
    """The ARN of an instance."""
    return f"arn:aws:ec2:us-east-1:{account}:instance/{instance}"


def api_call(
    source: str,
    name: str,
    request: object,
    response: object,
    *,
    account: str = HOME,
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
        "region": "us-east-1",
        "resources": [],
        "detail": {
            "eventSource": source,
            "eventName": name,
            "awsRegion": "us-east-1",
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


def tag_change(arn: str, tags: Mapping[str, str], *, account: str = HOME, time: str = NOW) -> dict[str, Any]:
    """A `Tag Change on Resource` event: it carries all tags of the resource, and no actor."""
    service = arn.split(":")[2]
    return {
        "version": "0",
        "id": "t-1",
        "detail-type": "Tag Change on Resource",
        "source": "aws.tag",
        "account": account,
        "time": time,
        "region": "us-east-1",
        "resources": [arn],
        "detail": {"changed-tag-keys": sorted(tags), "service": service, "resource-type": "", "tags": dict(tags)},
    }


def sqs(*events: object, received: int = 1) -> dict[str, Any]:
    """What Lambda hands over for messages `m0`, `m1`, ...; a text is taken as the body itself."""
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

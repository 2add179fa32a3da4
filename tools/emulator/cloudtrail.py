"""CloudTrail for an emulated AWS: each write of a session becomes the event that AWS would deliver.

Source of the envelope: "AWS service events delivered via AWS CloudTrail" in the EventBridge user guide.
"""

from __future__ import annotations

import copy
import re
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
from botocore.model import OperationModel

from tools.emulator import cloudtrail_format
from tools.emulator.stack import REGION

Event = dict[str, Any]

_READS = ("Describe", "Get", "Head", "List", "Search")
# Global services: their calls and events are in one region.
_GLOBAL_SOURCES = ("cloudfront", "iam", "organizations", "route53")
_GLOBAL_REGION = "us-east-1"
_CONTEXT_KEY = "cloudtrail_request_parameters"


@dataclass
class Trail:
    """Recorded events of the attached sessions, oldest first."""

    events: list[Event] = field(default_factory=list)

    def attach(self, session: boto3.Session, account: str, actor: str, role: str = "Developer") -> None:
        """Record every write of a session as made by `actor`, an e-mail address, through an assumed role."""
        identity = assumed_role(account, role, actor)

        def before(params: Mapping[str, Any], context: dict[str, Any], **_: object) -> None:
            context[_CONTEXT_KEY] = copy.deepcopy(dict(params))

        def after(parsed: Mapping[str, Any], model: OperationModel, context: Mapping[str, Any], **_: object) -> None:
            if not model.name.startswith(_READS):
                region = context["client_region"]
                self.events.append(api_call(identity, model, context[_CONTEXT_KEY], parsed, region))

        session.events.register("before-parameter-build", before)
        session.events.register("after-call", after)


def assumed_role(account: str, role: str, session_name: str) -> dict[str, Any]:
    """Build the `userIdentity` of a person with an assumed role."""
    return {
        "type": "AssumedRole",
        "principalId": f"AROAEXAMPLE:{session_name}",
        "arn": f"arn:aws:sts::{account}:assumed-role/{role}/{session_name}",
        "accountId": account,
        "accessKeyId": "ASIAEXAMPLE",
        "sessionContext": {
            "sessionIssuer": {
                "type": "Role",
                "principalId": "AROAEXAMPLE",
                "arn": f"arn:aws:iam::{account}:role/{role}",
                "accountId": account,
                "userName": role,
            },
            "attributes": {"creationDate": _now(), "mfaAuthenticated": "false"},
        },
    }


def api_call(
    identity: Mapping[str, Any],
    operation: OperationModel,
    parameters: Mapping[str, Any],
    answer: Mapping[str, Any],
    region: str = REGION,
) -> Event:
    """Build the EventBridge event of one API call, as CloudTrail records it."""
    source = cloudtrail_format.event_source(operation)
    service = source.partition(".")[0]
    region = _GLOBAL_REGION if service in _GLOBAL_SOURCES else region
    error = answer.get("Error")
    detail = {
        "eventVersion": "1.11",
        "userIdentity": dict(identity),
        "eventTime": _now(),
        "eventSource": source,
        "eventName": cloudtrail_format.event_name(operation),
        "awsRegion": region,
        "sourceIPAddress": "192.0.2.10",
        "userAgent": "aws-cli/2.31",
        "requestParameters": cloudtrail_format.request_parameters(operation, parameters),
        "responseElements": None
        if error
        else _public_urls(cloudtrail_format.response_elements(operation, answer), service, region),
        "requestID": str(uuid.uuid4()),
        "eventID": str(uuid.uuid4()),
        "readOnly": False,
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": identity["accountId"],
        "eventCategory": "Management",
    }
    if error:
        detail |= {"errorCode": error["Code"], "errorMessage": error.get("Message", "")}
    return envelope(identity["accountId"], region, f"aws.{service}", "AWS API Call via CloudTrail", [], detail)


def tag_change(
    account: str, arn: str, tags: Mapping[str, str], changed: Iterable[str], home: str = _GLOBAL_REGION
) -> Event:
    """Build the event that AWS sends after a tag change. It contains all current tags.

    The region is that of the ARN, or `home` if the ARN has none.

    Source: "Tag change events on AWS resources" in the Resource Groups and Tag Editor user guide.
    """
    _, _, service, region, _, resource = arn.split(":", 5)
    detail = {
        "changed-tag-keys": sorted(changed),
        "service": service,
        "resource-type": re.split("[:/]", resource)[0],
        "version": 1,
        "tags": dict(tags),
    }
    return envelope(account, region or home, "aws.tag", "Tag Change on Resource", [arn], detail)


def alarm_change(account: str, region: str, alarm: str, state: str, previous: str) -> Event:
    """Build the event that CloudWatch sends after an alarm changed its state.

    Source: "Alarm events and EventBridge" in the CloudWatch user guide.
    """
    detail = {
        "alarmName": alarm,
        "state": {
            "value": state,
            "reason": "Threshold Crossed: 1 datapoint [1.0] was greater than the threshold (0.0).",
        },
        "previousState": {"value": previous, "reason": "Unchecked: Initial alarm creation"},
    }
    arn = f"arn:aws:cloudwatch:{region}:{account}:alarm:{alarm}"
    return envelope(account, region, "aws.cloudwatch", "CloudWatch Alarm State Change", [arn], detail)


def delayed_copy(event: Event, by: timedelta = timedelta(minutes=1)) -> Event:
    """Copy an event with its times moved back by `by`, as if it arrived late."""
    moved = copy.deepcopy(event)
    for part, name in ((moved, "time"), (moved["detail"], "eventTime")):
        if name in part:
            part[name] = _text(datetime.fromisoformat(part[name]) - by)
    return moved


def envelope(
    account: str, region: str, source: str, detail_type: str, resources: Sequence[str], detail: Mapping[str, Any]
) -> Event:
    """Add the envelope of EventBridge to the detail of an event."""
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": detail_type,
        "source": source,
        "account": account,
        "time": _now(),
        "region": region,
        "resources": list(resources),
        "detail": dict(detail),
    }


def _public_urls(value: Any, service: str, region: str) -> Any:
    """Replace the addresses of the emulator by those of AWS, which parsers of the event expect."""
    if isinstance(value, dict):
        return {key: _public_urls(item, service, region) for key, item in value.items()}
    if isinstance(value, list):
        return [_public_urls(item, service, region) for item in value]
    if isinstance(value, str) and value.startswith("http://127.0.0.1:"):
        path = value.removeprefix("http://").partition("/")[2]
        return f"https://{service}.{region}.amazonaws.com/{path}"
    return value


def _now() -> str:
    return _text(datetime.now(UTC))


def _text(time: datetime) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")

"""Deployment of the function without Terraform: environment, policy and events."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from tools.emulator.cloudtrail import Event, assumed_role, envelope
from tools.emulator.stack import REGION
from tools.policy_document import finished_scope, rule

_GOVERNED = ["dynamodb:table", "ec2:instance", "ec2:network-interface", "lambda:function", "s3:bucket", "sqs:queue"]
ACCOUNT = "123456789012"
NAME = "tag-governance"
LEDGER = f"{NAME}-ledger"
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:{NAME}"
COMPLIANT_TAGS = {"Environment": "prod", "CostCenter": "CC-4711", "Owner": "alice@example.com"}


def environment() -> dict[str, str]:
    """Return the environment variables that Terraform and Lambda set."""
    document = json.dumps(_policy(), separators=(",", ":"))
    packed = base64.b64encode(gzip.compress(document.encode())).decode()
    return {
        "AWS_ACCESS_KEY_ID": "ASIAEXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "example",
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
        "POLICY_BUCKET": "bucket",
        "POLICY_SHA256": hashlib.sha256(document.encode()).hexdigest(),
        "POLICY_INLINE": packed,
        "LEDGER_TABLE": LEDGER,
        "NOTIFICATION_TOPIC_ARN": TOPIC,
        "EVENTS_QUEUE_URL": f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{NAME}-events",
        "DEAD_LETTER_QUEUE_URL": f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{NAME}-dead-letter",
        "METRIC_NAMESPACE": NAME,
        "MAX_FAILURES": "5",
        "MAX_RECEIVE_COUNT": "100",
        "LEDGER_RETENTION_DAYS": "400",
    }


def batch(events: list[Event]) -> dict[str, Any]:
    """Build the SQS event that invokes the function."""
    return {
        "Records": [
            {
                "messageId": f"message-{i}",
                "receiptHandle": "handle",
                "body": json.dumps(event),
                "attributes": {"ApproximateReceiveCount": "1"},
                "messageAttributes": {},
                "eventSource": "aws:sqs",
            }
            for i, event in enumerate(events)
        ]
    }


def compliant_creation() -> Event:
    """Return the creation of a queue with all required tags."""
    request = {"queueName": "orders", "tags": COMPLIANT_TAGS}
    answer = {"queueUrl": f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/orders"}
    return _creation("sqs", "CreateQueue", request, answer)


def launch(instances: Sequence[str], interfaces: Sequence[str], at: datetime) -> Event:
    """Build a RunInstances event without tags, with one network interface per instance."""
    items = [
        {"instanceId": instance, "networkInterfaceSet": {"items": [{"networkInterfaceId": interface}]}}
        for instance, interface in zip(instances, interfaces, strict=True)
    ]
    event = _creation("ec2", "RunInstances", {}, {"instancesSet": {"items": items}})
    return {**event, "time": at.strftime("%Y-%m-%dT%H:%M:%SZ")}


def _creation(service: str, name: str, request: dict[str, Any], answer: dict[str, Any]) -> Event:
    detail = {
        "eventSource": f"{service}.amazonaws.com",
        "eventName": name,
        "awsRegion": REGION,
        "recipientAccountId": ACCOUNT,
        "userIdentity": assumed_role(ACCOUNT, "Developer", "alice@example.com"),
        "requestParameters": request,
        "responseElements": answer,
    }
    return envelope(ACCOUNT, REGION, f"aws.{service}", "AWS API Call via CloudTrail", [], detail)


def _policy() -> dict[str, Any]:
    return {
        "version": 2,
        "name": NAME,
        "partition": "aws",
        "account": ACCOUNT,
        "organization_id": None,
        "resource_types": _GOVERNED,
        "scopes": {
            "default": finished_scope(
                "remediate",
                [
                    rule("Environment", allowed_values=["prod", "test", "dev"], default="dev", key_aliases=["env"]),
                    rule("CostCenter", pattern="CC-[0-9]{4}", default="CC-0000"),
                    rule("Owner", derive_from=["actor"]),
                ],
            )
        },
        "exemptions": [],
        "function_role_name": NAME,
        "member_role_name": None,
        "member_external_id": None,
        "owner_tag": "Owner",
        "settle_seconds": 60,
        "digest_minutes": 0,
        "actor_from": ["source_identity", "session_name"],
        "creation_wait_seconds": 300,
        "contest_after": 3,
        "mail": None,
        "managed_by_aws": "govern",
    }

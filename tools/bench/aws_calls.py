"""How many AWS calls it takes, counted where botocore sends them, against the obvious way to do the same."""

from __future__ import annotations

import contextlib
import io
from collections import Counter
from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

import boto3
from botocore.endpoint import Endpoint
from botocore.model import OperationModel
from moto import mock_aws

from tag_governance.handlers import remediate
from tools.emulator.cloudtrail import Event, Trail
from tools.emulator.stack import REGION

from . import deployment

INSTANCES = 50


def figures() -> Iterator[dict[str, object]]:
    """Calls for a compliant creation, for one RunInstances of 50 untagged instances, and for ten of those."""
    yield _figure("calls_compliant_creation", _handle([deployment.compliant_creation()]), rival=0)
    with mock_aws():
        _prepare()
        one = [_launch()]
        yield _figure("calls_run_instances_50", _handle(one), rival=_one_by_one(one))
        ten = [_launch() for _ in range(10)]
        yield _figure("calls_10_times_run_instances_50", _handle(ten), rival=_one_by_one(ten))


def _prepare() -> None:
    boto3.client("dynamodb").create_table(
        TableName=deployment.LEDGER,
        AttributeDefinitions=[
            {"AttributeName": "resource", "AttributeType": "S"},
            {"AttributeName": "entry", "AttributeType": "S"},
        ],
        KeySchema=[
            {"AttributeName": "resource", "KeyType": "HASH"},
            {"AttributeName": "entry", "KeyType": "RANGE"},
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    boto3.client("sns").create_topic(Name=deployment.NAME)


def _launch() -> Event:
    session, trail = boto3.Session(), Trail()
    trail.attach(session, deployment.ACCOUNT, "alice@example.com")
    ec2 = session.client("ec2", region_name=REGION)
    image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    ec2.run_instances(ImageId=image, MinCount=INSTANCES, MaxCount=INSTANCES, InstanceType="t3.micro")
    return trail.events[-1]


def _handle(events: list[Event]) -> Counter[str]:
    with _counted() as calls, contextlib.redirect_stdout(io.StringIO()):
        remediate.handle(deployment.batch(events), None)
    return calls


def _one_by_one(events: list[Event]) -> int:
    """The rival: look at each instance, then tag it."""
    ec2 = boto3.client("ec2")
    with _counted() as calls:
        for event in events:
            for instance in event["detail"]["responseElements"]["instancesSet"]["items"]:
                ec2.describe_instances(InstanceIds=[instance["instanceId"]])
                ec2.create_tags(
                    Resources=[instance["instanceId"]],
                    Tags=[{"Key": k, "Value": v} for k, v in deployment.COMPLIANT_TAGS.items()],
                )
    return calls.total()


@contextlib.contextmanager
def _counted() -> Iterator[Counter[str]]:
    calls: Counter[str] = Counter()
    send = Endpoint.make_request

    def counting(endpoint: Endpoint, operation: OperationModel, request: dict[str, Any]) -> Any:
        calls[f"{operation.service_model.service_name}:{operation.name}"] += 1
        return send(endpoint, operation, request)

    with patch.object(Endpoint, "make_request", counting):
        yield calls


def _figure(name: str, calls: Counter[str], rival: int) -> dict[str, object]:
    return {
        "figure": name,
        "unit": "calls",
        "value": calls.total(),
        "calls": dict(sorted(calls.items())),
        "rival": "one describe and one create-tags per instance",
        "rival_value": rival,
    }

"""The function on an AWS in memory: two accounts, ledger, topic, queues."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import boto3
from boto3.dynamodb.types import TypeDeserializer

from tag_governance.aws.clients import Clients
from tag_governance.domain.budget import Budget, Context
from tag_governance.domain.catalogue import load_catalogue
from tag_governance.domain.result import Result
from tag_governance.domain.settings import Settings
from tag_governance.handlers.settle import settle
from tag_governance.remediation.batch import Batch
from tag_governance.remediation.deployment import Deployment
from tests.support.events import sqs
from tests.support.policies import MEMBER, ROLE, document, policy
from tests.support.wire import Wire
from tools.emulator.ledger import create_ledger

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_ec2.type_defs import TagSpecificationTypeDef, TagTypeDef

NOW = datetime(2026, 6, 1, 12, 1, tzinfo=UTC)
_UNPACK = TypeDeserializer()


class World:
    """The world that a test may look at and break."""

    def __init__(self) -> None:
        self.wire = Wire()
        self.home = boto3.Session(region_name="us-east-1", botocore_session=self.wire.untapped_session())
        self.home.client = cache(self.home.client)  # type: ignore[method-assign] # a new one costs 10 ms each time
        self.topic = self.home.client("sns").create_topic(Name="notices")["TopicArn"]
        queues = self.home.client("sqs")
        self.events = queues.create_queue(QueueName="events")["QueueUrl"]
        self.inbox = queues.create_queue(QueueName="inbox")["QueueUrl"]
        self.dead_letters = queues.create_queue(QueueName="dead-letters")["QueueUrl"]
        self.home.client("sns").subscribe(
            TopicArn=self.topic,
            Protocol="sqs",
            Endpoint=self.home.client("sqs").get_queue_attributes(QueueUrl=self.inbox, AttributeNames=["QueueArn"])[
                "Attributes"
            ]["QueueArn"],
        )
        create_ledger(self.home.client("dynamodb"), "ledger")
        self.chat_topic = ""
        self.now = NOW
        self._deployments: dict[str, Deployment] = {}
        self.results: list[Result] = []
        self.ignored_count = 0

    def environment(self, **policy_fields: Any) -> dict[str, str]:
        """The function's environment, with a policy that leaves it only by S3."""
        text = json.dumps(document(**policy_fields))
        return {
            "POLICY_BUCKET": "policy",
            "POLICY_SHA256": sha256(text.encode()).hexdigest(),
            "LEDGER_TABLE": "ledger",
            "NOTIFICATION_TOPIC_ARN": self.topic,
            "CHAT_TOPIC_ARN": self.chat_topic,
            "EVENTS_QUEUE_URL": self.events,
            "DEAD_LETTER_QUEUE_URL": self.dead_letters,
            "METRIC_NAMESPACE": "tag-governance",
            "MAX_FAILURES": "5",
            "MAX_RECEIVE_COUNT": "100",
            "LEDGER_RETENTION_DAYS": "400",
        }

    def run(
        self,
        *events: object,
        received: int = 1,
        now: datetime | None = None,
        context: Context | None = None,
        **policy_fields: Any,
    ) -> list[str]:
        """Hand events to the function as one batch. Returns the ids of the messages to try again."""
        self.now = now or self.now
        batch = Batch(self.deployment(**policy_fields), Budget.of(context))
        for record in sqs(*events, received=received)["Records"]:
            batch.add(record)
        failed = batch.finish()
        self.results, self.ignored_count = batch.results, batch.ignored_count
        return failed

    def deliver(self, *events: object, now: datetime, **policy_fields: Any) -> None:
        """Hand events over until none comes back, as SQS does, five minutes after each other."""
        waiting, received = list(events), 1
        while waiting:
            failed = self.run(*waiting, received=received, now=now, **policy_fields)
            waiting = [waiting[int(key.removeprefix("m"))] for key in failed]
            now, received = now + timedelta(minutes=5), received + 1
            assert received < 20, f"{len(waiting)} messages come back for ever"

    def settle(
        self, now: datetime | None = None, context: Context | None = None, **policy_fields: Any
    ) -> dict[str, int]:
        """Let the schedule run once, then the function take what it put on the queue."""
        self.now = now or self.now
        done = settle(context, self.deployment(**policy_fields))
        asked = [message["Body"] for message in self._receive(self.events)]
        if asked:
            self.run(*asked, **policy_fields)
        return done

    def deployment(self, **policy_fields: Any) -> Deployment:
        """A warm function: the same policy gives the same deployment."""
        key = json.dumps(policy_fields, sort_keys=True)
        if key not in self._deployments:
            governing, catalogue = policy(**policy_fields), load_catalogue()
            settings = Settings.from_environment(self.environment(**policy_fields))
            deployment = Deployment(settings, governing, catalogue, now=self._clock)
            # cached_property keeps its value here: the function then finds clients already made, on our wire
            deployment.__dict__["clients"] = Clients(governing, self.wire.session)
            self._deployments[key] = deployment
        return self._deployments[key]

    def _clock(self) -> datetime:
        """Move the clock on by a millisecond, and return the time."""
        self.now += timedelta(milliseconds=1)
        return self.now

    def member_ec2(self) -> EC2Client:
        """A client of somebody in the member account."""
        keys = self.home.client("sts").assume_role(RoleArn=f"arn:aws:iam::{MEMBER}:role/{ROLE}", RoleSessionName="test")
        session = boto3.Session(
            botocore_session=self.wire.untapped_session(),
            region_name="us-east-1",
            aws_access_key_id=keys["Credentials"]["AccessKeyId"],
            aws_secret_access_key=keys["Credentials"]["SecretAccessKey"],
            aws_session_token=keys["Credentials"]["SessionToken"],
        )
        return session.client("ec2")

    def instances(self, count: int, tags: dict[str, str] | None = None, client: Any = None) -> list[str]:
        """Launch instances, tagged or not; returns their ids."""
        pairs: list[TagTypeDef] = [{"Key": key, "Value": value} for key, value in (tags or {}).items()]
        given: list[TagSpecificationTypeDef] = [{"ResourceType": "instance", "Tags": pairs}] if pairs else []
        launched = (client or self.home.client("ec2")).run_instances(
            ImageId="ami-12c6146b", MinCount=count, MaxCount=count, TagSpecifications=given
        )
        return [instance["InstanceId"] for instance in launched["Instances"]]

    def instance_tags(self, *ids: str, client: Any = None) -> list[dict[str, str]]:
        """The tags of instances, in the order asked for."""
        described = (client or self.home.client("ec2")).describe_tags(
            Filters=[{"Name": "resource-id", "Values": list(ids)}], MaxResults=1000
        )["Tags"]
        return [{t["Key"]: t["Value"] for t in described if t["ResourceId"] == i} for i in ids]

    def notices(self) -> list[dict[str, Any]]:
        """Notices that arrived since this was last asked: `{"body": ..., "attributes": {name: value}}`."""
        found = []
        for message in self._receive(self.inbox):
            envelope = json.loads(message["Body"])
            attributes = {k: v["Value"] for k, v in envelope["MessageAttributes"].items()}
            found.append({"body": json.loads(envelope["Message"]), "attributes": attributes})
        return found

    def buried(self) -> list[tuple[str, str]]:
        """Dead letters since this was last asked: body and cause."""
        return [(m["Body"], m["MessageAttributes"]["cause"]["StringValue"]) for m in self._receive(self.dead_letters)]

    def lacks(self, instance: str) -> None:
        """EC2 fails a whole CreateTags call for one id that it does not know; moto takes any id."""
        message = f"The instance ID '{instance}' does not exist"
        self.wire.fail(
            "ec2:CreateTags", "InvalidInstanceID.NotFound", message, lambda call: instance in call["Resources"]
        )

    def changes(self) -> list[dict[str, Any]]:
        """Every change on record."""
        return [entry for entry in self.ledger() if entry["entry"].startswith("change#")]

    def findings(self) -> list[dict[str, Any]]:
        """Every open finding."""
        return [entry for entry in self.states() if entry.get("violations")]

    def states(self) -> list[dict[str, Any]]:
        """List the ledger's state of each resource."""
        others = ("gap#", "progress#")
        return [e for e in self.ledger() if e["entry"] == "state" and not e["resource"].startswith(others)]

    def gaps(self) -> list[dict[str, Any]]:
        """List the ledger's entries of access that accounts deny."""
        return [entry for entry in self.ledger() if entry["resource"].startswith("gap#")]

    def ledger(self) -> list[dict[str, Any]]:
        """Every entry of the ledger."""
        pages = self.home.client("dynamodb").get_paginator("scan").paginate(TableName="ledger")
        items = [item for page in pages for item in page["Items"]]
        return [{name: _UNPACK.deserialize(value) for name, value in item.items()} for item in items]

    def _receive(self, queue: str) -> Iterator[Any]:
        client = self.home.client("sqs")
        while messages := client.receive_message(
            QueueUrl=queue, MaxNumberOfMessages=10, MessageAttributeNames=["All"]
        ).get("Messages"):
            for message in messages:
                client.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
                yield message

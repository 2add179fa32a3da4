"""Looking at a deployed stack from outside: the function's log, the ledger, notices and dead letters."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .polling import wait_until
from .stack import GOVERNANCE_ACCOUNT, Stack


@dataclass(frozen=True)
class Deployed:
    """A stack by the outputs of its Terraform module, in the account that it governs from."""

    stack: Stack
    outputs: Mapping[str, Any]
    account: str = GOVERNANCE_ACCOUNT

    def log_lines(self) -> list[dict[str, Any]]:
        """The JSON lines that the function printed, oldest first."""
        logs = self._client("logs")
        group = f"/aws/lambda/{self.outputs['function_name']}"
        pages = logs.get_paginator("filter_log_events").paginate(logGroupName=group)
        messages = [event["message"].strip() for page in pages for event in page["events"]]
        return [json.loads(message) for message in messages if message.startswith("{")]

    def aws_calls(self) -> Counter[str]:
        """Requests the function sent, by service and operation."""
        total: Counter[str] = Counter()
        for line in self.log_lines():
            total.update(line.get("aws_calls", {}))
        return total

    def metrics(self) -> Counter[str]:
        """Counts the function reported over all scopes, by the name of the metric."""
        total: Counter[str] = Counter()
        for line in self.log_lines():
            for directive in line.get("_aws", {}).get("CloudWatchMetrics", []):
                total.update({metric["Name"]: line[metric["Name"]] for metric in directive["Metrics"]})
        return total

    def ledger(self) -> list[dict[str, Any]]:
        """Every entry of the ledger."""
        table = self.stack.session(self.account).resource("dynamodb").Table(self.outputs["ledger_table_name"])
        return [dict(item) for item in table.scan(ConsistentRead=True)["Items"]]

    def listen(self) -> str:
        """Subscribe a fresh queue to the topic of findings and changes; returns the queue's URL."""
        sqs = self._client("sqs")
        url: str = sqs.create_queue(QueueName="listener")["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        self._client("sns").subscribe(TopicArn=self.outputs["notifications_topic_arn"], Protocol="sqs", Endpoint=arn)
        return url

    def messages(self, queue_url: str) -> list[dict[str, Any]]:
        """Take every message that a queue holds now, attributes included."""
        sqs = self._client("sqs")
        taken: list[dict[str, Any]] = []
        while batch := sqs.receive_message(
            QueueUrl=queue_url, MaxNumberOfMessages=10, MessageAttributeNames=["All"]
        ).get("Messages"):
            for message in batch:
                sqs.delete_message(QueueUrl=queue_url, ReceiptHandle=message["ReceiptHandle"])
                taken.append(dict(message))
        return taken

    def dead_letters(self) -> list[dict[str, Any]]:
        """Take what the function gave up on."""
        return self.messages(self.outputs["dead_letter_queue_url"])

    def do_not_wait(self) -> None:
        """From now on an event is handled at once and tried again at once, instead of after the deployed minutes."""
        self._client("sqs").set_queue_attributes(
            QueueUrl=self.outputs["events_queue_url"], Attributes={"DelaySeconds": "0", "VisibilityTimeout": "1"}
        )

    def wait_idle(self, deadline_seconds: float) -> None:
        """Block until the events queue holds nothing: no message visible, in flight or delayed."""
        wait_until("the events queue is empty", self._is_idle, deadline_seconds)

    def _is_idle(self) -> bool:
        answer = self._client("sqs").get_queue_attributes(
            QueueUrl=self.outputs["events_queue_url"], AttributeNames=["All"]
        )
        counts = [int(n) for name, n in answer["Attributes"].items() if name.startswith("ApproximateNumber")]
        return sum(counts) == 0

    def _client(self, service: str) -> Any:
        return self.stack.client(self.account, service)

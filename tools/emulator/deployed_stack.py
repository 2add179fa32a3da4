"""A deployed stack, seen from outside: functions, logs, ledger, notices and dead letters."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tools.emulator.deliver import Delivery
from tools.emulator.polling import wait_until
from tools.emulator.stack import GOVERNANCE_ACCOUNT, Stack


class FunctionFailedError(Exception):
    """Error: a deployed function failed. The message is its error."""


@dataclass(frozen=True)
class DeployedStack:
    """A stack, identified by the outputs of its Terraform module, in its governance account."""

    stack: Stack
    outputs: Mapping[str, Any]
    account: str = GOVERNANCE_ACCOUNT

    def role_of(self, function: str) -> str:
        """Return the ARN of a function's role."""
        role: str = self._client("lambda").get_function_configuration(FunctionName=function)["Role"]
        return role

    def log_lines(self) -> list[dict[str, Any]]:
        """List the JSON lines in the function's log, oldest first."""
        logs = self._client("logs")
        group = f"/aws/lambda/{self.outputs['function_name']}"
        pages = logs.get_paginator("filter_log_events").paginate(logGroupName=group)
        messages = [event["message"].strip() for page in pages for event in page["events"]]
        return [json.loads(message) for message in messages if message.startswith("{")]

    def aws_calls(self) -> Counter[str]:
        """Count the requests of the function by service and operation."""
        total: Counter[str] = Counter()
        for line in self.log_lines():
            total.update(line.get("aws_calls", {}))
        return total

    def metrics(self) -> Counter[str]:
        """Sum the metrics of the function over all scopes, by name."""
        total: Counter[str] = Counter()
        for line in self.log_lines():
            for directive in line.get("_aws", {}).get("CloudWatchMetrics", []):
                total.update({metric["Name"]: line[metric["Name"]] for metric in directive["Metrics"]})
        return total

    def ledger(self) -> list[dict[str, Any]]:
        """List all ledger entries."""
        table = self.stack.session(self.account).resource("dynamodb").Table(self.outputs["ledger_table_name"])
        return [dict(item) for item in table.scan(ConsistentRead=True)["Items"]]

    def states(self) -> dict[str, dict[str, Any]]:
        """Read the state of each resource in the ledger, by ARN."""
        return {e["resource"]: e for e in self.ledger() if e["entry"] == "state" and ":" in e["resource"]}

    def changes(self) -> list[dict[str, Any]]:
        """List all recorded changes."""
        return [entry for entry in self.ledger() if str(entry["entry"]).startswith("change#")]

    def gaps(self) -> list[dict[str, Any]]:
        """List the denials of accounts in the ledger."""
        return [entry for entry in self.ledger() if str(entry["resource"]).startswith("gap#")]

    def stop_schedule(self) -> None:
        """Disable the schedule, so that the settlement function runs only when it is invoked."""
        scheduler = self._client("scheduler")
        schedule = scheduler.get_schedule(Name=self.outputs["settlement_function_name"])
        kept = {name: schedule[name] for name in ("Name", "ScheduleExpression", "FlexibleTimeWindow", "Target")}
        scheduler.update_schedule(**kept, State="DISABLED")

    def settle(self) -> dict[str, int]:
        """Invoke the settlement function, as its schedule does every five minutes."""
        done: dict[str, int] = self._invoke(self.outputs["settlement_function_name"], {})
        return done

    def redeliver(self, deliveries: Iterable[Delivery]) -> list[str]:
        """Invoke the function again with delivered messages, as SQS can do.

        Returns:
            The ids of the messages that the function wants to retry.
        """
        records = [
            {
                "messageId": delivery.event_id,
                "body": delivery.body,
                "attributes": {"ApproximateReceiveCount": "2"},
                "eventSource": "aws:sqs",
                "eventSourceARN": delivery.target_arn,
            }
            for delivery in deliveries
        ]
        answer = self._invoke(self.outputs["function_name"], {"Records": records})
        return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]

    def subscribe_queue(self, topic: str = "notifications") -> str:
        """Subscribe a new queue to the notifications or the alarms topic. Return its URL."""
        sqs = self._client("sqs")
        url: str = sqs.create_queue(QueueName=f"{topic}-listener")["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        topic_arn = self.outputs["notifications_topic_arn"].removesuffix("notifications") + topic
        self._client("sns").subscribe(TopicArn=topic_arn, Protocol="sqs", Endpoint=arn)
        return url

    def messages(self, queue_url: str) -> list[dict[str, Any]]:
        """Receive and delete all messages of a queue, with their attributes."""
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
        """Receive all dead letters."""
        return self.messages(self.outputs["dead_letter_queue_url"])

    def disable_delays(self) -> None:
        """Set the delays of the events queue to the minimum, so that events are processed and retried at once."""
        self._client("sqs").set_queue_attributes(
            QueueUrl=self.outputs["events_queue_url"], Attributes={"DelaySeconds": "0", "VisibilityTimeout": "1"}
        )

    def wait_idle(self, deadline_seconds: float) -> None:
        """Wait until the events queue is empty: no message is visible, in flight or delayed."""
        wait_until("the events queue is empty", self._is_idle, deadline_seconds)

    def _is_idle(self) -> bool:
        answer = self._client("sqs").get_queue_attributes(
            QueueUrl=self.outputs["events_queue_url"], AttributeNames=["All"]
        )
        counts = [int(n) for name, n in answer["Attributes"].items() if name.startswith("ApproximateNumber")]
        return sum(counts) == 0

    def _invoke(self, function: str, event: Mapping[str, Any]) -> Any:
        answer = self._client("lambda").invoke(FunctionName=function, Payload=json.dumps(event).encode())
        payload = json.loads(answer["Payload"].read())
        if "FunctionError" in answer:
            raise FunctionFailedError(f"{function}: {payload}")
        return payload

    def _client(self, service: str) -> Any:
        return self.stack.client(self.account, service)

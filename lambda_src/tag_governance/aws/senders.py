"""What leaves for people: notices to the topic, and to the dead-letter queue what could not be finished."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tag_governance.aws.clients import Clients
from tag_governance.aws.readers import AWS_ERRORS, failure_of
from tag_governance.reporting.notices import Notice

if TYPE_CHECKING:
    from mypy_boto3_sns.type_defs import MessageAttributeValueTypeDef, PublishBatchRequestEntryTypeDef

_BATCH = 10
"""Entries per PublishBatch and SendMessageBatch. Source: SNS and SQS API references."""
_LONGEST_CAUSE = 1024


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message that the function gives up on, and why."""

    key: str
    body: str
    cause: str


def publish(notices: Sequence[Notice], clients: Clients, topic_arn: str) -> list[DeadLetter]:
    """Publish notices. Returns those that SNS did not take, as dead letters, so that none is lost."""
    rejected: list[DeadLetter] = []
    for start in range(0, len(notices), _BATCH):
        part = dict(zip(map(str, range(_BATCH)), notices[start : start + _BATCH], strict=False))
        try:
            answer = clients.sns.publish_batch(
                TopicArn=topic_arn, PublishBatchRequestEntries=[_entry(*item) for item in part.items()]
            )
            failed = {entry["Id"]: entry["Code"] for entry in answer.get("Failed", [])}
        except AWS_ERRORS as error:
            failed = dict.fromkeys(part, failure_of(error).cause)
        rejected += [
            DeadLetter(f"notice-{start}-{key}", part[key].body, f"notice not published: {cause}")
            for key, cause in failed.items()
        ]
    return rejected


def bury(letters: Iterable[DeadLetter], clients: Clients, queue_url: str) -> set[str]:
    """Send dead letters with their cause as a message attribute. Returns the keys of those that arrived."""
    pending = list(letters)
    buried: set[str] = set()
    for start in range(0, len(pending), _BATCH):
        part = {str(i): letter for i, letter in enumerate(pending[start : start + _BATCH])}
        answer = clients.sqs.send_message_batch(
            QueueUrl=queue_url,
            Entries=[
                {
                    "Id": key,
                    "MessageBody": letter.body,
                    "MessageAttributes": {
                        "cause": {"DataType": "String", "StringValue": letter.cause[:_LONGEST_CAUSE]}
                    },
                }
                for key, letter in part.items()
            ],
        )
        buried |= {part[sent["Id"]].key for sent in answer.get("Successful", [])}
    return buried


def _entry(key: str, notice: Notice) -> PublishBatchRequestEntryTypeDef:
    return {
        "Id": key,
        "Subject": notice.subject,
        "Message": json.dumps({"default": notice.body, "email": notice.text}),
        "MessageStructure": "json",
        "MessageAttributes": {name: _attribute(value) for name, value in notice.attributes.items()},
    }


def _attribute(value: str | list[str]) -> MessageAttributeValueTypeDef:
    if isinstance(value, str):
        return {"DataType": "String", "StringValue": value}
    return {"DataType": "String.Array", "StringValue": json.dumps(value)}

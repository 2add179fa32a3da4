"""Senders of messages: notices to owners, dead letters, and requests to evaluate a resource again."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from tag_governance.aws.clients import Clients
from tag_governance.aws.errors import AWS_ERRORS, failure_of
from tag_governance.domain.budget import Budget
from tag_governance.domain.failure import Failure, FailureKind, postponement
from tag_governance.reporting.notices import Notice

if TYPE_CHECKING:
    from mypy_boto3_sns.type_defs import MessageAttributeValueTypeDef, PublishBatchRequestEntryTypeDef

_BATCH = 10
"""Entries per PublishBatch, SendMessageBatch and ChangeMessageVisibilityBatch. Source: SNS and SQS API references."""
_PUBLISH_SIZE = 250_000
"""Bytes of one PublishBatch; the limit is 262,144. Source: SNS API reference."""
_SEND_SIZE = 250_000
"""Bytes of one SendMessageBatch; the limit was 262,144 until August 2025 and is 1,048,576 since. Source: SQS API
reference."""
_LARGEST_MESSAGE = 1_048_576
"""Bytes of one SQS message with its attributes. Source: SQS API reference."""
_LONGEST_CAUSE = 1024


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message that the function cannot process, and the cause."""

    key: str
    body: str
    cause: str

    @property
    def size(self) -> int:
        """Bytes of the body and the cause."""
        return len(self.body.encode(errors="replace")) + len(self.cause.encode(errors="replace")) + 50


@dataclass(frozen=True, slots=True)
class RecheckRequest:
    """A message to the function itself: evaluate a resource again."""

    key: str
    body: str

    @property
    def size(self) -> int:
        """Bytes of the body."""
        return len(self.body.encode())


def publish(
    notices: Sequence[Notice], clients: Clients, topic_arn: str, budget: Budget, calls: int
) -> dict[str, Failure | None]:
    """Publish notices. If SNS refuses a batch, its notices are retried one by one.

    Returns:
        For each id None, or the failure.
    """
    outcomes: dict[str, Failure | None] = {}
    for part in _batches(notices, _PUBLISH_SIZE):
        outcomes |= _publish(part, clients, topic_arn, budget, calls)
    return outcomes


def _publish(
    part: Sequence[Notice], clients: Clients, topic_arn: str, budget: Budget, calls: int
) -> dict[str, Failure | None]:
    if not budget.allows(calls):
        return {notice.id: postponement("no time is left to publish the notice") for notice in part}
    numbered = dict(zip(map(str, range(_BATCH)), part, strict=False))
    try:
        answer = clients.sns.publish_batch(
            TopicArn=topic_arn, PublishBatchRequestEntries=[_entry(*item) for item in numbered.items()]
        )
    except AWS_ERRORS as error:
        failure = _topic_failure(failure_of(error))
        if failure.kind is FailureKind.REFUSED and len(part) > 1:
            return {
                key: outcome
                for notice in part
                for key, outcome in _publish([notice], clients, topic_arn, budget, calls).items()
            }
        return {notice.id: failure for notice in part}
    failed = {
        numbered[entry["Id"]].id: _topic_failure(
            Failure.of(entry["Code"], entry.get("Message", ""), 400 if entry.get("SenderFault", True) else 500)
        )
        for entry in answer.get("Failed", [])
    }
    return {notice.id: failed.get(notice.id) for notice in part}


def _topic_failure(failure: Failure) -> Failure:
    """Postpone a notice that failed because of the topic or its KMS key. It is sent once they are fixed."""
    is_its_own = failure.kind is FailureKind.REFUSED and not failure.code.lower().startswith("kms")
    return failure if is_its_own or failure.is_transient else replace(failure, kind=FailureKind.POSTPONED)


def send_dead_letters(
    letters: Iterable[DeadLetter], clients: Clients, queue_url: str, budget: Budget, calls: int
) -> set[str]:
    """Send dead letters with the cause as a message attribute. Return the keys of those that were accepted."""
    return _send([_fit_message(letter) for letter in letters], clients, queue_url, _cause_attribute, budget, calls)


def send_recheck_requests(
    requests: Iterable[RecheckRequest], clients: Clients, queue_url: str, budget: Budget, calls: int
) -> set[str]:
    """Put requests on the events queue. Return the keys of those that were accepted."""
    return _send(list(requests), clients, queue_url, lambda _: {}, budget, calls)


def delay_messages(receipts: Mapping[str, int], clients: Clients, queue_url: str) -> None:
    """Set the seconds until messages become visible again. If it fails, the visibility timeout of the queue applies."""
    waiting = list(receipts.items())
    for start in range(0, len(waiting), _BATCH):
        entries: Any = [
            {"Id": str(i), "ReceiptHandle": receipt, "VisibilityTimeout": seconds}
            for i, (receipt, seconds) in enumerate(waiting[start : start + _BATCH])
        ]
        try:
            clients.sqs.change_message_visibility_batch(QueueUrl=queue_url, Entries=entries)
        except AWS_ERRORS:
            return


class _Message(Protocol):
    @property
    def key(self) -> str: ...
    @property
    def body(self) -> str: ...
    @property
    def size(self) -> int: ...


class _HasSize(Protocol):
    @property
    def size(self) -> int: ...


M = TypeVar("M", bound=_Message)
S = TypeVar("S", bound=_HasSize)


def _send(
    messages: Sequence[M], clients: Clients, queue_url: str, attributes: Any, budget: Budget, calls: int
) -> set[str]:
    """Send messages. If SQS refuses a batch, its messages are retried one by one. Return the keys of those that were
    accepted."""
    sent: set[str] = set()
    waiting = list(_batches(messages, _SEND_SIZE))
    while waiting and budget.allows(calls):
        part = waiting.pop(0)
        numbered = {str(i): message for i, message in enumerate(part)}
        try:
            entries: Any = [
                {"Id": number, "MessageBody": message.body, **attributes(message)}
                for number, message in numbered.items()
            ]
            answer = clients.sqs.send_message_batch(QueueUrl=queue_url, Entries=entries)
        except AWS_ERRORS as error:
            if len(part) > 1 and failure_of(error).kind is FailureKind.REFUSED:
                waiting = [*([message] for message in part), *waiting]
            continue
        sent |= {numbered[entry["Id"]].key for entry in answer.get("Successful", [])}
    return sent


def _fit_message(letter: DeadLetter) -> DeadLetter:
    """Shorten the cause so that the message with its body stays below the limit of SQS."""
    room = _LARGEST_MESSAGE - len(letter.body.encode(errors="replace")) - 50
    cause = letter.cause[:_LONGEST_CAUSE].encode(errors="replace")[: max(room, 0)].decode(errors="ignore")
    return DeadLetter(letter.key, letter.body, cause)


def _cause_attribute(letter: DeadLetter) -> dict[str, Any]:
    if not letter.cause:
        return {}
    return {"MessageAttributes": {"cause": {"DataType": "String", "StringValue": letter.cause}}}


def _batches(items: Sequence[S], largest: int) -> Iterator[list[S]]:
    """Split items into batches of at most ten that stay below the size limit. A larger item is sent alone."""
    part: list[S] = []
    size = 0
    for item in items:
        if part and (len(part) == _BATCH or size + item.size > largest):
            yield part
            part, size = [], 0
        part.append(item)
        size += item.size
    if part:
        yield part


def _entry(number: str, notice: Notice) -> PublishBatchRequestEntryTypeDef:
    return {
        "Id": number,
        "Subject": notice.subject,
        "Message": notice.message,
        "MessageStructure": "json",
        "MessageAttributes": {name: _attribute(value) for name, value in notice.attributes.items()},
    }


def _attribute(value: str | list[str]) -> MessageAttributeValueTypeDef:
    if isinstance(value, str):
        return {"DataType": "String", "StringValue": value}
    return {"DataType": "String.Array", "StringValue": json.dumps(value)}

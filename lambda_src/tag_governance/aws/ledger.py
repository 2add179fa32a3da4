"""The ledger: the state of each resource with a finding, a correction or an open task, and all changes of the function.

It is one DynamoDB table with partition key `resource` and sort key `entry`:

* ARN, `state`: the state of a resource. Each write is conditional on the version that was read, so of two concurrent
  copies of the function one succeeds. Open tasks (send a notice, resolve a change, evaluate again) are in the sparse
  index `due`, by `shard` and `due`.
* ARN, `change#<time of the plan>#<id>`: a change, with all data to undo it. It is written in the same transaction that
  removes the plan from the state, so a repeated batch writes it once.
* `gap#<account>`, `state`: the operations that an account denies.
* `message#<id>`, `failures`: the number of failures that a message caused itself.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import uuid4

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from botocore.exceptions import ClientError

from tag_governance.aws.errors import AWS_ERRORS, failure_of
from tag_governance.aws.ledger_items import change_item, entry_item, entry_of, gap_item, gap_of, number_of
from tag_governance.domain.budget import Budget
from tag_governance.domain.entry import ChangeRecord, Entry
from tag_governance.domain.failure import LONGEST_CAUSE, Failure, FailureKind, postponement
from tag_governance.domain.gap import Gap

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

logger = logging.getLogger("tag_governance")

STATE = "state"
INDEX = "due"
_GAP = "gap#"
_PROGRESS = "progress#"
_READ_BATCH = 100
"""Keys per BatchGetItem. Source: DynamoDB API reference."""
_WRITE_BATCH = 100
"""Actions per TransactWriteItems. Source: DynamoDB API reference."""
_WRITE_SIZE = 3_500_000
"""Bytes of actions per TransactWriteItems; the limit is 4 MB. Source: DynamoDB API reference."""
_ROUNDS = 3
"""Attempts of one read or write. Each one repeats what DynamoDB left unprocessed in the attempt before."""
_MESSAGE_DAYS = 15
"""Days for which failures of a message are counted. SQS keeps a message for 14 days."""

_LARGEST_ITEM = 390_000
"""Bytes of an item; the limit is 400 KB. Source: DynamoDB service quotas."""

Item = dict[str, Any]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Write:
    """Write of one entry, with the changes to record in the same transaction.

    `seen` is the version of the entry when it was read; 0 for a new entry.
    """

    entry: Entry | Gap
    seen: int
    changes: tuple[ChangeRecord, ...] = ()

    @property
    def key(self) -> str:
        """The partition key of the entry."""
        return self.entry.arn if isinstance(self.entry, Entry) else f"{_GAP}{self.entry.account}"


_PreparedWrite = tuple[Write, list[Any]]


class Ledger:
    """Reads and writes the ledger table.

    Args:
        client: a DynamoDB client.
        table: the name of the table.
        retention_days: days for which changes, and the state of compliant resources, are kept.
    """

    def __init__(self, client: DynamoDBClient, table: str, retention_days: int) -> None:
        self._client = client
        self._table = table
        self._retention = timedelta(days=retention_days)
        self._pack, self._unpack = TypeSerializer(), TypeDeserializer()

    def load(
        self, arns: Iterable[str], accounts: Iterable[str], budget: Budget, calls: int
    ) -> tuple[dict[str, Entry | Failure | None], dict[str, Gap | Failure]]:
        """Read the state of resources and the denials of accounts.

        Returns:
            For each resource its entry, None if there is none, or a failure. For each account with denials its gap or a
            failure.
        """
        names = [*dict.fromkeys(arns), *(f"{_GAP}{account}" for account in dict.fromkeys(accounts))]
        found: dict[str, Item | Failure | None] = {}
        for start in range(0, len(names), _READ_BATCH):
            found |= self._get(names[start : start + _READ_BATCH], budget, calls)
        entries: dict[str, Entry | Failure | None] = {}
        gaps: dict[str, Gap | Failure] = {}
        for name, item in found.items():
            if name.startswith(_GAP):
                if item is not None:
                    gaps[name.removeprefix(_GAP)] = _parse(gap_of, item)
            else:
                entries[name] = None if item is None else _parse(entry_of, item)
        return entries, gaps

    def write(self, writes: Iterable[Write], now: datetime, budget: Budget, calls: int) -> dict[str, Failure | None]:
        """Write entries, each on condition that nobody else wrote it since it was read.

        Returns:
            For each entry None, or the failure. It is POSTPONED if another copy of the function wrote first.
        """
        outcomes: dict[str, Failure | None] = {}
        prepared = [(write, list(self._actions(write, now))) for write in writes]
        for write, actions in prepared:
            if any(_size(action) > _LARGEST_ITEM for action in actions):
                outcomes[write.key] = Failure(
                    FailureKind.REFUSED, "ledger: the entry exceeds the item size limit of DynamoDB"
                )
        for part in _batches(item for item in prepared if item[0].key not in outcomes):
            outcomes |= self._transact(part, budget, calls)
        return outcomes

    def due(self, shard: str, until: datetime, limit: int) -> list[str]:
        """List the partition keys that are due in one partition of the index, oldest first. The index is eventually
        consistent."""
        answer = self._client.query(
            TableName=self._table,
            IndexName=INDEX,
            KeyConditionExpression="#shard = :shard AND #due <= :until",
            ExpressionAttributeNames={"#shard": "shard", "#due": "due", "#resource": "resource"},
            ExpressionAttributeValues={":shard": {"S": shard}, ":until": {"N": number_of(until)}},
            ProjectionExpression="#resource",
            Limit=limit,
        )
        return [item["resource"]["S"] for item in answer["Items"]]

    def page(self, shard: str, start: Item | None, limit: int) -> tuple[list[str], Item | None]:
        """Read one page of a partition of the index. It contains all entries, due or not.

        Returns:
            The partition keys, and the start of the next page or None.
        """
        answer = self._client.query(
            TableName=self._table,
            IndexName=INDEX,
            KeyConditionExpression="#shard = :shard",
            ExpressionAttributeNames={"#shard": "shard", "#resource": "resource"},
            ExpressionAttributeValues={":shard": {"S": shard}},
            ProjectionExpression="#resource",
            Limit=limit,
            **({"ExclusiveStartKey": start} if start else {}),  # type: ignore[arg-type]
        )
        return [item["resource"]["S"] for item in answer["Items"]], answer.get("LastEvaluatedKey")

    def progress(self, name: str, budget: Budget, calls: int) -> Item | Failure | None:
        """Read the progress of a scan of the index, as `put_progress` stored it."""
        return self._get([f"{_PROGRESS}{name}"], budget, calls)[f"{_PROGRESS}{name}"]

    def put_progress(self, name: str, progress: Item) -> None:
        """Store the progress of a scan of the index."""
        item = {"resource": f"{_PROGRESS}{name}", "entry": STATE, **progress}
        self._client.transact_write_items(
            TransactItems=[{"Put": {"TableName": self._table, "Item": self._attribute_values(item)}}],
            ClientRequestToken=uuid4().hex,
        )

    def count_failure(self, message_id: str, now: datetime) -> int:
        """Count a failure that a message caused itself. Return the number of failures so far."""
        answer = self._client.update_item(
            TableName=self._table,
            Key={"resource": {"S": f"message#{message_id}"}, "entry": {"S": "failures"}},
            UpdateExpression="SET expires_at = :expires ADD failures :one",
            ExpressionAttributeValues={
                ":one": {"N": "1"},
                ":expires": {"N": number_of(now + timedelta(days=_MESSAGE_DAYS))},
            },
            ReturnValues="UPDATED_NEW",
        )
        return int(answer["Attributes"]["failures"]["N"])

    def _get(self, names: Sequence[str], budget: Budget, calls: int) -> dict[str, Item | Failure | None]:
        left: Sequence[Any] = [{"resource": {"S": name}, "entry": {"S": STATE}} for name in names]
        found: dict[str, Item | Failure | None] = dict.fromkeys(names)
        for _ in range(_ROUNDS):
            if not budget.allows(calls):
                break
            try:
                answer = self._client.batch_get_item(RequestItems={self._table: {"Keys": left, "ConsistentRead": True}})
            except AWS_ERRORS as error:
                return found | {key["resource"]["S"]: failure_of(error) for key in left}
            for packed in answer["Responses"].get(self._table, []):
                item = {name: self._unpack.deserialize(value) for name, value in packed.items()}
                found[str(item["resource"])] = item
            unprocessed: Mapping[str, Any] = answer.get("UnprocessedKeys", {})
            left = unprocessed.get(self._table, {}).get("Keys", [])
            if not left:
                return found
        # An unprocessed key is not a missing entry.
        return found | {key["resource"]["S"]: postponement("the ledger did not return the entry") for key in left}

    def _transact(self, prepared: Sequence[_PreparedWrite], budget: Budget, calls: int) -> dict[str, Failure | None]:
        outcomes: dict[str, Failure | None] = {}
        left = list(prepared)
        token = uuid4().hex
        failure = postponement("the ledger entry is being written by another copy of the function")
        for _ in range(_ROUNDS):
            if not left:
                return outcomes
            if not budget.allows(calls):
                return outcomes | {write.key: postponement("no time is left to write the ledger") for write, _ in left}
            actions = [action for _, actions in left for action in actions]
            try:
                # A call without an answer may have been carried out. The same token prevents a second write.
                self._client.transact_write_items(TransactItems=actions, ClientRequestToken=token)
            except AWS_ERRORS as error:
                refused = _rejected_writes(error, left)
                if refused is not None:
                    outcomes |= refused
                    left = [(write, actions) for write, actions in left if write.key not in refused]
                    token = uuid4().hex
                elif not (failure := failure_of(error)).is_transient:
                    break
            else:
                return outcomes | {write.key: None for write, _ in left}
        return outcomes | {write.key: failure for write, _ in left}

    def _actions(self, write: Write, now: datetime) -> Iterator[Any]:
        expires = now + self._retention
        item = (
            entry_item(write.entry, write.seen + 1, expires)
            if isinstance(write.entry, Entry)
            else gap_item(write.key, write.entry, write.seen + 1, expires)
        )
        condition: dict[str, Any] = {
            "ConditionExpression": "attribute_not_exists(#version)",
            "ExpressionAttributeNames": {"#version": "version"},
        }
        if write.seen:
            condition["ConditionExpression"] = "#version = :seen"
            condition["ExpressionAttributeValues"] = {":seen": {"N": str(write.seen)}}
        yield {"Put": {"TableName": self._table, "Item": self._attribute_values(item), **condition}}
        if isinstance(write.entry, Entry):
            for recorded in write.changes:
                change = change_item(write.entry, recorded, expires)
                yield {"Put": {"TableName": self._table, "Item": self._attribute_values(change)}}

    def _attribute_values(self, item: Item) -> dict[str, Any]:
        return {name: self._pack.serialize(value) for name, value in item.items()}


def _parse(shape: Callable[[Item], T], item: Item | Failure) -> T | Failure:
    """Parse an item. An invalid one, for example edited by hand, becomes a failure and does not affect the others."""
    if isinstance(item, Failure):
        return item
    try:
        return shape(item)
    except (KeyError, TypeError, ValueError, ArithmeticError, AttributeError) as error:
        cause = f"the entry {item['resource']} of the ledger cannot be read: {type(error).__name__} {error}"
        logger.error(cause)
        return Failure(FailureKind.REFUSED, cause[:LONGEST_CAUSE])


def _batches(prepared: Iterable[_PreparedWrite]) -> Iterator[list[_PreparedWrite]]:
    part: list[_PreparedWrite] = []
    count = size = 0
    for write, actions in prepared:
        length = sum(map(_size, actions))
        if count + len(actions) > _WRITE_BATCH or (part and size + length > _WRITE_SIZE):
            yield part
            part, count, size = [], 0, 0
        part.append((write, actions))
        count += len(actions)
        size += length
    if part:
        yield part


def _size(action: Any) -> int:
    return len(json.dumps(action, ensure_ascii=False).encode(errors="replace"))


def _rejected_writes(error: Exception, prepared: Sequence[_PreparedWrite]) -> dict[str, Failure] | None:
    """Find the writes of a cancelled transaction for which a retry cannot succeed. Return None for other errors."""
    if not isinstance(error, ClientError) or error.response["Error"]["Code"] != "TransactionCanceledException":
        return None
    keys = [write.key for write, actions in prepared for _ in actions]
    rejected: dict[str, Failure] = {}
    for key, reason in zip(keys, error.response.get("CancellationReasons", []), strict=False):
        code, message = str(reason.get("Code", "None")), str(reason.get("Message", ""))
        if code == "ConditionalCheckFailed":
            rejected[key] = postponement("another copy of the function wrote the entry first")
        elif code in ("ValidationError", "ItemCollectionSizeLimitExceeded"):
            rejected[key] = Failure(FailureKind.REFUSED, f"ledger: {code}: {message}", code)
    return rejected

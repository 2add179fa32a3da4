"""The ledger table: conditional transactions, consistent reads, and an index that lags."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

Item = dict[str, Any]
Key = tuple[str, str]
_LARGEST_ITEM = 400_000
_INDEX_LAG = timedelta(seconds=1)


class DueTimes:
    """Due times of items, by the partition of the index in which they are."""

    def __init__(self) -> None:
        self._partitions: defaultdict[str, dict[Key, int]] = defaultdict(dict)
        self._partition_of: dict[Key, str] = {}

    def put(self, key: Key, item: Item) -> None:
        """Replace the due time of an item."""
        if key in self._partition_of:
            del self._partitions[self._partition_of.pop(key)][key]
        partition = item.get("shard", {}).get("S")
        if partition is not None:
            self._partition_of[key] = partition
            self._partitions[partition][key] = int(item["due"]["N"])

    def until(self, partition: str, latest: int) -> list[Key]:
        """List the items of a partition that are due until a time, oldest first."""
        found = sorted((due, key) for key, due in self._partitions[partition].items() if due <= latest)
        return [key for _, key in found]

    def earliest(self, kind: str) -> int | None:
        """Return the earliest due time in all partitions of a kind; None if they are empty."""
        parts = (times for partition, times in self._partitions.items() if times and partition.split("#")[0] == kind)
        return min((min(times.values()) for times in parts), default=None)


class Table:
    """Items of a DynamoDB table. Source of the limits: DynamoDB API reference."""

    def __init__(self) -> None:
        self.items: dict[Key, Item] = {}
        self.writes = 0
        """Write request units: one per KB, twice in a transaction, and one per change of the index."""
        self._done: set[str] = set()
        self._sizes: dict[Key, int] = {}
        self._due = DueTimes()
        self._index = DueTimes()
        """Due times that a query finds."""
        self._indexed: list[tuple[datetime, Key, Item]] = []

    def batch_get(self, request: Mapping[str, Any], left_out: int) -> Item:
        """Answer BatchGetItem; of the keys, as many as `left_out` come back unprocessed."""
        (name, wanted), *_ = request["RequestItems"].items()
        keys = wanted["Keys"]
        assert 0 < len(keys) <= 100, f"BatchGetItem takes 100 keys, got {len(keys)}"
        done = keys[: len(keys) - left_out] if left_out else keys
        found = [dict(self.items[_key(key)]) for key in done if _key(key) in self.items]
        answer: Item = {"Responses": {name: found}, "UnprocessedKeys": {}}
        if left_out:
            answer["UnprocessedKeys"] = {name: {"Keys": keys[len(keys) - left_out :], "ConsistentRead": True}}
        return answer

    def transact(self, request: Mapping[str, Any], now: datetime) -> Item:
        """Do all of TransactWriteItems, or nothing."""
        token = request["ClientRequestToken"]
        if token in self._done:
            return {}
        actions = [action["Put"] for action in request["TransactItems"]]
        assert 0 < len(actions) <= 100, f"TransactWriteItems takes 100 actions, got {len(actions)}"
        keys = [_key(put["Item"]) for put in actions]
        assert len(set(keys)) == len(keys), "TransactWriteItems takes one action for an item"
        assert len(json.dumps(actions)) <= 4_000_000, "TransactWriteItems takes 4 MB"
        reasons = [self._reason(put) for put in actions]
        if any(reasons):
            cancelled = [{"Code": reason or "None"} for reason in reasons]
            raise cancelled_error(cancelled)
        for key, put in zip(keys, actions, strict=True):
            self._put(key, put["Item"], now)
        self._done.add(token)
        return {}

    def query(self, request: Mapping[str, Any], now: datetime) -> Item:
        """Answer a query of the index `due`, which shows what was written a second ago."""
        values = request["ExpressionAttributeValues"]
        shard, until = values[":shard"]["S"], int(values.get(":until", {"N": str(10**12)})["N"])
        self._catch_up(now)
        found = self._index.until(shard, until)
        return {"Items": [{"resource": {"S": key[0]}} for key in found[: request["Limit"]]]}

    def add(self, request: Mapping[str, Any], now: datetime) -> Item:
        """Answer the UpdateItem that counts failures."""
        key = _key(request["Key"])
        item = self.items.setdefault(key, dict(request["Key"]))
        count = int(item.get("failures", {"N": "0"})["N"]) + 1
        item["failures"] = {"N": str(count)}
        self.writes += 1
        return {"Attributes": {"failures": {"N": str(count)}}}

    def next_due(self, kind: str) -> datetime | None:
        """Return the earliest time at which an entry of a kind (`due`, `observed`, `denied`, `gaps`) is due."""
        earliest = self._due.earliest(kind)
        return None if earliest is None else datetime.fromtimestamp(earliest, tz=UTC)

    def _reason(self, put: Mapping[str, Any]) -> str | None:
        if len(json.dumps(put["Item"])) > _LARGEST_ITEM:
            return "ValidationError"
        present = self.items.get(_key(put["Item"]))
        condition = put.get("ConditionExpression")
        if condition is None:
            return None
        if condition == "attribute_not_exists(#version)":
            return "ConditionalCheckFailed" if present is not None else None
        assert condition == "#version = :seen", condition
        seen = put["ExpressionAttributeValues"][":seen"]
        return None if present is not None and present["version"] == seen else "ConditionalCheckFailed"

    def _put(self, key: Key, item: Item, now: datetime) -> None:
        before = self.items.get(key, {})
        indexed = [{name: i.get(name) for name in ("shard", "due")} for i in (before, item)]
        size = _size(item)
        self.writes += 2 * -(-max(self._sizes.get(key, 0), size) // 1024)
        self._sizes[key] = size
        if indexed[0] != indexed[1]:
            self.writes += sum(1 for i in indexed if i["shard"] is not None)
        assert all(len(part.encode()) <= limit for part, limit in zip(key, (2048, 1024), strict=True)), key
        self.items[key] = item
        self._due.put(key, item)
        self._indexed.append((now + _INDEX_LAG, key, item))

    def _catch_up(self, now: datetime) -> None:
        ready = [entry for entry in self._indexed if entry[0] <= now]
        self._indexed = [entry for entry in self._indexed if entry[0] > now]
        for _, key, item in ready:
            self._index.put(key, item)


def cancelled_error(reasons: list[dict[str, str]]) -> ClientError:
    """Build the error of a cancelled transaction, with a reason per action."""
    answer: Any = {
        "Error": {"Code": "TransactionCanceledException", "Message": "Transaction cancelled"},
        "ResponseMetadata": {"HTTPStatusCode": 400},
        "CancellationReasons": reasons,
    }
    return ClientError(answer, "TransactWriteItems")


def plain(value: Mapping[str, Any]) -> Any:
    """Convert a DynamoDB attribute value to a plain value."""
    (kind, content), *_ = value.items()
    match kind:
        case "M":
            return {name: plain(item) for name, item in content.items()}
        case "L":
            return [plain(item) for item in content]
        case "N":
            return int(content)
        case "NULL":
            return None
        case _:
            return content


def plain_item(item: Mapping[str, Any]) -> Item:
    """Convert a DynamoDB item to plain values."""
    return {name: plain(value) for name, value in item.items()}


def _size(item: Item) -> int:
    """Count the bytes of an item. Source: "DynamoDB item sizes and formats" in the DynamoDB developer guide."""
    return sum(len(name.encode()) + _length(value) for name, value in item.items())


def _length(value: Mapping[str, Any]) -> int:
    (kind, content), *_ = value.items()
    match kind:
        case "M":
            return 3 + sum(1 + len(name.encode()) + _length(item) for name, item in content.items())
        case "L":
            return 3 + sum(1 + _length(item) for item in content)
        case "N":
            return 2 + len(content) // 2
        case "NULL" | "BOOL":
            return 1
        case _:
            return len(content.encode())


def _key(item: Mapping[str, Any]) -> Key:
    return item["resource"]["S"], item["entry"]["S"]

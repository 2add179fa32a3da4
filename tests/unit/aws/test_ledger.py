"""The ledger has a result for each entry, and never reports an unread entry as missing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from tag_governance.aws.ledger import Ledger, Write
from tag_governance.aws.ledger_items import entry_item, entry_of
from tag_governance.domain.budget import Budget
from tag_governance.domain.entry import Change, ChangeRecord, Claim, Entry
from tag_governance.domain.failure import Failure, FailureKind
from tag_governance.domain.gap import Gap
from tag_governance.domain.model import (
    Correction,
    Evidence,
    Fix,
    Mode,
    ObservedValue,
    Origin,
    Problem,
    RelatedResource,
    Status,
    TagSetWrite,
    TagWrite,
    Violation,
)
from tools.simulation.table import Table, cancelled_error

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
NO_LIMIT = Budget.of(None)
CHANGE = Change("c", NOW, {"env": "prod"}, {"Environment": "prod"}, {"Environment": ("env",)}, {}, NOW, "e")


class Dynamo:
    """DynamoDB in memory. It can leave keys unprocessed, cancel transactions or not answer."""

    def __init__(self, unread: int = 0, conflicts: int = 0, unanswered: int = 0) -> None:
        self.table = Table()
        self.unread, self.conflicts, self.unanswered = unread, conflicts, unanswered
        self.too_large: str | None = None

    def batch_get_item(self, **request: Any) -> Mapping[str, Any]:
        self.unread -= 1
        return self.table.batch_get(request, 1 if self.unread >= 0 else 0)

    def transact_write_items(self, **request: Any) -> Mapping[str, Any]:
        self.conflicts -= 1
        if self.conflicts >= 0:
            reasons = [{"Code": "TransactionConflict"}, *({"Code": "None"} for _ in request["TransactItems"][1:])]
            answer: Any = {"Error": {"Code": "TransactionCanceledException"}, "CancellationReasons": reasons}
            raise ClientError(answer, "TransactWriteItems")
        keys = [action["Put"]["Item"]["resource"]["S"] for action in request["TransactItems"]]
        if self.too_large in keys:
            raise cancelled_error([{"Code": "ValidationError" if key == self.too_large else "None"} for key in keys])
        answered = self.table.transact(request, NOW)
        self.unanswered -= 1
        if self.unanswered >= 0:
            raise ReadTimeoutError(endpoint_url="https://dynamodb.us-east-1.amazonaws.com")
        return answered


def ledger(dynamo: Dynamo) -> Ledger:
    client: Any = dynamo
    return Ledger(client, "ledger", retention_days=400)


def entry(number: int = 0, **fields: Any) -> Entry:
    return Entry(f"arn:aws:ec2:us-east-1:1:instance/i-{number}", "ec2:instance", "1", "us-east-1", **fields)


def load(on: Ledger, *arns: str) -> dict[str, Entry | Failure | None]:
    found, _ = on.load(arns, (), NO_LIMIT, 1)
    return found


def write(on: Ledger, *writes: Write) -> list[FailureKind | None]:
    outcomes = on.write(writes, NOW, NO_LIMIT, 1)
    return [failure.kind if failure else None for failure in outcomes.values()]


def test_unprocessed_keys_are_requested_again() -> None:
    dynamo = Dynamo(unread=2)
    write(ledger(dynamo), Write(entry(1), 0), Write(entry(2), 0))
    found = load(ledger(dynamo), entry(1).arn, entry(2).arn)
    assert [getattr(item, "version", None) for item in found.values()] == [1, 1]


def test_a_key_that_stays_unprocessed_is_a_failure_and_not_absent() -> None:
    dynamo = Dynamo(unread=99)
    write(ledger(dynamo), Write(entry(1), 0))
    first, last = load(ledger(dynamo), entry(1).arn, entry(2).arn).values()
    assert first == replace(entry(1), version=1)
    assert isinstance(last, Failure)
    assert last.kind is FailureKind.POSTPONED


def test_a_missing_entry_is_none() -> None:
    assert load(ledger(Dynamo()), entry(1).arn) == {entry(1).arn: None}


def test_of_two_writes_with_the_same_version_one_succeeds() -> None:
    dynamo = Dynamo()
    assert write(ledger(dynamo), Write(entry(1), 0)) == [None]
    assert write(ledger(dynamo), Write(entry(1, reason="first"), 1)) == [None]
    assert write(ledger(dynamo), Write(entry(1, reason="second"), 1)) == [FailureKind.POSTPONED]
    assert write(ledger(dynamo), Write(entry(1, reason="new"), 0)) == [FailureKind.POSTPONED]
    (kept,) = load(ledger(dynamo), entry(1).arn).values()
    assert isinstance(kept, Entry)
    assert kept.reason == "first"


def test_a_failed_condition_does_not_affect_other_entries() -> None:
    dynamo = Dynamo()
    write(ledger(dynamo), Write(entry(1), 0))
    outcomes = write(ledger(dynamo), Write(entry(0), 0), Write(entry(1), 0), Write(entry(2), 0))
    assert outcomes.count(None) == 2
    assert [len(load(ledger(dynamo), entry(n).arn)) for n in range(3)] == [1, 1, 1]
    assert None not in load(ledger(dynamo), entry(0).arn, entry(2).arn).values()


def test_a_change_is_recorded_only_together_with_its_state() -> None:
    dynamo = Dynamo()
    write(ledger(dynamo), Write(entry(1), 0))
    write(ledger(dynamo), Write(entry(1), 0, (ChangeRecord(CHANGE, "applied"),)))
    assert [key[1] for key in dynamo.table.items] == ["state"]


@pytest.mark.parametrize(("conflicts", "kind"), [(2, None), (99, FailureKind.POSTPONED)])
def test_a_conflict_is_retried_at_once_and_then_later(conflicts: int, kind: FailureKind | None) -> None:
    assert write(ledger(Dynamo(conflicts=conflicts)), Write(entry(1), 0)) == [kind]


def test_only_a_too_large_item_is_refused() -> None:
    large = replace(CHANGE, before={f"k{n}": "v" * 256 for n in range(2000)})
    outcomes = write(ledger(Dynamo()), Write(entry(1, pending_change=large), 0), Write(entry(2), 0))
    assert sorted(outcomes, key=str) == [None, FailureKind.REFUSED]


def test_only_an_entry_that_dynamodb_finds_too_large_is_refused() -> None:
    dynamo = Dynamo()
    dynamo.too_large = entry(1).arn
    writes = [Write(entry(number), 0) for number in range(3)]
    assert write(ledger(dynamo), *writes) == [FailureKind.REFUSED, None, None]
    assert sorted(key[0] for key in dynamo.table.items) == [entry(0).arn, entry(2).arn]


def test_a_transaction_without_an_answer_is_repeated_with_the_same_token() -> None:
    dynamo = Dynamo(unanswered=2)
    assert write(ledger(dynamo), Write(entry(1), 0, (ChangeRecord(CHANGE, "applied"),)), Write(entry(2), 0)) == [
        None,
        None,
    ]
    found = load(ledger(dynamo), entry(1).arn, entry(2).arn)
    assert [getattr(item, "version", None) for item in found.values()] == [1, 1]


def test_after_a_conflict_the_rest_gets_a_new_token() -> None:
    dynamo = Dynamo()
    write(ledger(dynamo), Write(entry(1), 0))
    assert write(ledger(dynamo), Write(entry(1), 0), Write(entry(2), 0)) == [FailureKind.POSTPONED, None]
    assert load(ledger(dynamo), entry(2).arn) == {entry(2).arn: replace(entry(2), version=1)}


def test_an_invalid_item_is_a_failure() -> None:
    dynamo = Dynamo()
    write(ledger(dynamo), Write(entry(1), 0), Write(entry(2), 0))
    dynamo.table.items[entry(1).arn, "state"]["status"] = {"S": "of another release"}

    spoilt, other = load(ledger(dynamo), entry(1).arn, entry(2).arn).values()

    assert isinstance(spoilt, Failure)
    assert (spoilt.kind, entry(1).arn in spoilt.cause) == (FailureKind.REFUSED, True)
    assert other == replace(entry(2), version=1)


def test_due_entries_of_a_partition_are_listed_oldest_first() -> None:
    dynamo = Dynamo()
    entries = [entry(n, claim=Claim("x", NOW - timedelta(minutes=n))) for n in range(40)]
    write(ledger(dynamo), *(Write(item, 0) for item in entries))
    client: Any = dynamo
    client.query = lambda **request: dynamo.table.query(request, NOW + timedelta(minutes=1))
    shards = [f"due#{number}" for number in range(8)]
    found = {shard: ledger(client).due(shard, NOW, 100) for shard in shards}
    assert sorted(arn for arns in found.values() for arn in arns) == sorted(item.arn for item in entries)
    ages = {item.arn: number for number, item in enumerate(entries)}
    assert all([ages[a] for a in arns] == sorted((ages[a] for a in arns), reverse=True) for arns in found.values())


def test_a_gap_is_read_as_it_was_written() -> None:
    dynamo = Dynamo()
    failure = Failure(FailureKind.DENIED, "AccessDenied: no", "AccessDenied")
    gap = Gap("210987654321").with_denial("ec2:CreateTags", failure, entry(1).arn, NOW)
    write(ledger(dynamo), Write(gap, 0))
    _, gaps = ledger(dynamo).load((), ["210987654321"], NO_LIMIT, 1)
    assert gaps == {"210987654321": replace(gap, version=1)}


FULL = Entry(
    arn="arn:aws:s3:::b",
    resource_type="s3:bucket",
    account="1",
    region="eu-west-1",
    version=7,
    scope="default",
    mode=Mode.REMEDIATE,
    status=Status.NON_COMPLIANT,
    reason="why",
    owner="ann",
    violations=(
        Violation("A", Problem.MISSPELT_KEY, "a", Fix("A", "", "key_spelling", ("a",))),
        Violation("B", Problem.MISSING),
    ),
    first_seen=NOW,
    last_seen=NOW,
    origin=Origin(NOW, "alice", {"k": ""}, (RelatedResource("arn:x", "ec2:volume"),)),
    since=NOW,
    evidence=Evidence({"a": "", "b": "1"}, NOW, 3, is_read=True, changed=("a",)),
    deferred_evidence=(Evidence({}, NOW), Evidence({"x": "y"}, NOW, changed=())),
    corrections={
        "A": Correction(
            "v",
            "default",
            NOW,
            writes=(TagWrite("v", NOW, NOW, is_certain=False),),
            reverts=(NOW,),
            is_restored=True,
            others=(ObservedValue(None, NOW), ObservedValue("x", NOW, 2)),
            contested_by="eve",
            allowed_since=NOW,
            leftover_keys=("a",),
        )
    },
    tag_set_writes=(TagSetWrite(NOW, NOW, {"a": "1"}, ("a",), {"b": (ObservedValue("x", NOW),), "c": ()}),),
    refused_plan="plan",
    pending_change=CHANGE,
    claim=Claim("me", NOW),
    changes=(CHANGE,),
    notified_digest="digest",
    notice_count=2,
    notify_after=NOW,
    undeliverable="too long",
    denying_account="1",
    recheck_requested_at=NOW,
)


@pytest.mark.parametrize("state", [FULL, entry(1, version=1)], ids=["full", "empty"])
def test_a_state_is_read_as_it_was_written(state: Entry) -> None:
    assert entry_of(entry_item(state, state.version, NOW)) == state

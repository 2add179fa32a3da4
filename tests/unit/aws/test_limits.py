"""The documented limits of AWS: batches are full, and never exceed them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.model import ListShape, Shape

from tag_governance.aws.ledger import Ledger, Write
from tag_governance.aws.senders import (
    DeadLetter,
    RecheckRequest,
    delay_messages,
    publish,
    send_dead_letters,
    send_recheck_requests,
)
from tag_governance.decision.plan import plan_reads, plan_writes
from tag_governance.domain.budget import Budget
from tag_governance.domain.catalogue import load_catalogue
from tag_governance.domain.entry import Change, ChangeRecord, Entry
from tag_governance.domain.model import Fix, Mode, Observation, Problem, Source, Status, Verdict, Violation
from tag_governance.reporting.notices import Notice, notices_of
from tools.catalogue.sources import service_model

NOW = datetime(2026, 6, 1, tzinfo=UTC)
NO_LIMIT = Budget.of(None)
CATALOGUE = load_catalogue()
KB = 1024


class Recorder:
    """Client of any service that accepts every call and records its parameters."""

    def __init__(self) -> None:
        self.calls: list[dict[str, Any]] = []

    @property
    def sns(self) -> Recorder:
        return self

    @property
    def sqs(self) -> Recorder:
        return self

    def __getattr__(self, _: str) -> Callable[..., Any]:
        def take(**parameters: Any) -> Any:
            self.calls.append(parameters)
            entries = parameters.get("Entries", parameters.get("PublishBatchRequestEntries", []))
            return {"Successful": [{"Id": entry["Id"]} for entry in entries], "Failed": [], "Responses": {}}

        return take


def seen(number: int, resource_type: str) -> Observation:
    region, account = "us-east-1", "111111111111"
    arn = f"arn:aws:x:{region}:{account}:thing/{number}"
    return Observation(arn, resource_type, account, region, NOW, Source.CREATION, "e")


def wrong(observation: Observation) -> Verdict:
    violation = Violation("Owner", Problem.MISSING, fix=Fix("Owner", "x", "default"))
    return Verdict(observation, Status.NON_COMPLIANT, violations=(violation,))


@pytest.mark.parametrize(
    ("resource_type", "limit"),
    [
        ("ec2:instance", 200),  # DescribeTags: values of a filter. EC2 API reference, "Filter"
        ("sqs:queue", 100),  # GetResources: ResourceARNList. Resource Groups Tagging API reference
        ("autoscaling:autoScalingGroup", 50),  # DescribeTags states none; DescribeAutoScalingGroups answers with 50
        ("s3:bucket", 1),
        ("iam:role", 1),
    ],
)
def test_reads_use_full_batches_within_the_limit(resource_type: str, limit: int) -> None:
    calls = plan_reads((seen(number, resource_type) for number in range(2 * limit + 1)), CATALOGUE)
    assert [len(call.arns) for call in calls] == [limit, limit, 1]


@pytest.mark.parametrize(
    ("resource_type", "limit"),
    [
        ("ec2:instance", 1000),  # CreateTags, DeleteTags: "up to 1000 resources". EC2 API reference
        ("sqs:queue", 20),  # TagResources, UntagResources: ResourceARNList. Resource Groups Tagging API reference
        ("autoscaling:autoScalingGroup", 1),
        ("s3:bucket", 1),
        ("iam:role", 1),
    ],
)
def test_writes_use_full_batches_within_the_limit(resource_type: str, limit: int) -> None:
    calls = plan_writes((wrong(seen(number, resource_type)) for number in range(2 * limit + 1)), CATALOGUE)
    assert [len(call.arns) for call in calls] == [limit, limit, 1]


@pytest.mark.parametrize(
    ("service", "operation", "path", "limit"),
    [
        ("resourcegroupstaggingapi", "GetResources", ["ResourceARNList"], 100),
        ("resourcegroupstaggingapi", "TagResources", ["ResourceARNList"], 20),
        ("resourcegroupstaggingapi", "UntagResources", ["ResourceARNList"], 20),
        ("dynamodb", "TransactWriteItems", ["TransactItems"], 100),
        ("dynamodb", "BatchGetItem", ["RequestItems", "Keys"], 100),
    ],
)
def test_the_limits_agree_with_the_service_models(service: str, operation: str, path: list[str], limit: int) -> None:
    shape: Any = service_model(service).operation_model(operation).input_shape
    for name in path:
        shape = _member(shape, name)
    assert isinstance(shape, ListShape)
    assert shape.metadata["max"] == limit


def _member(shape: Any, name: str) -> Shape:
    found: Shape = (shape.value if shape.type_name == "map" else shape).members[name]
    return found


def entries(count: int, **fields: Any) -> list[Entry]:
    given = {"owner": "ann", "mode": Mode.NOTIFY, "violations": (Violation("Owner", Problem.MISSING),)} | fields
    return [
        Entry(f"arn:aws:ec2:us-east-1:1:instance/i-{n:04}", "ec2:instance", "1", "us-east-1", first_seen=NOW, **given)
        for n in range(count)
    ]


def ledger() -> tuple[Ledger, Recorder]:
    recorder = Recorder()
    client: Any = recorder
    return Ledger(client, "ledger", 400), recorder


def test_batch_get_item_takes_100_keys() -> None:
    reading, recorder = ledger()
    reading.load((entry.arn for entry in entries(201)), (), NO_LIMIT, 1)
    assert [len(call["RequestItems"]["ledger"]["Keys"]) for call in recorder.calls] == [100, 100, 1]


def test_transact_write_items_takes_100_actions() -> None:
    writing, recorder = ledger()
    writing.write((Write(entry, 0) for entry in entries(201)), NOW, NO_LIMIT, 1)
    assert [len(call["TransactItems"]) for call in recorder.calls] == [100, 100, 1]


def test_a_state_and_its_changes_are_in_one_transaction() -> None:
    change = ChangeRecord(Change("c", NOW, {}, {"Owner": "x"}, {}, {}, NOW, "e"), "applied")
    writing, recorder = ledger()
    writing.write((Write(entry, 0, (change, change)) for entry in entries(67)), NOW, NO_LIMIT, 1)
    assert [len(call["TransactItems"]) for call in recorder.calls] == [99, 99, 3]


def test_transact_write_items_takes_4_mb() -> None:
    large = {f"key-{number:03}": "v" * 256 for number in range(1000)}
    change = Change("c", NOW, large, {}, {}, {}, NOW, "e")
    writing, recorder = ledger()
    writing.write((Write(entry, 0) for entry in entries(30, pending_change=change)), NOW, NO_LIMIT, 1)
    sizes = [len(str(call["TransactItems"])) for call in recorder.calls]
    assert max(sizes) <= 4_000_000 < sum(sizes)
    assert sum(len(call["TransactItems"]) for call in recorder.calls) == 30


def notices(count: int, characters: int = 0) -> list[Notice]:
    return [
        notice
        for number in range(count)
        for notice in notices_of(entries(1, owner=f"owner-{number:04}", reason="r" * characters), "tags")
    ]


def test_publish_batch_takes_10_messages() -> None:
    recorder = Recorder()
    clients: Any = recorder
    publish(notices(21), clients, "topic", NO_LIMIT, 1)
    assert [len(call["PublishBatchRequestEntries"]) for call in recorder.calls] == [10, 10, 1]


def test_publish_batch_takes_256_kib() -> None:
    recorder = Recorder()
    clients: Any = recorder
    publish(notices(10, characters=40_000), clients, "topic", NO_LIMIT, 1)
    sizes = [
        sum(len(entry["Message"].encode()) + len(str(entry["MessageAttributes"])) for entry in batch)
        for batch in (call["PublishBatchRequestEntries"] for call in recorder.calls)
    ]
    assert max(sizes) <= 256 * KB < sum(sizes)
    assert sum(len(call["PublishBatchRequestEntries"]) for call in recorder.calls) == 10


def test_send_message_batch_takes_10_messages() -> None:
    recorder = Recorder()
    clients: Any = recorder
    send_dead_letters((DeadLetter(f"m{number}", "x", "cause") for number in range(21)), clients, "queue", NO_LIMIT, 1)
    send_recheck_requests((RecheckRequest(f"m{number}", "x") for number in range(21)), clients, "queue", NO_LIMIT, 1)
    assert [len(call["Entries"]) for call in recorder.calls] == [10, 10, 1] * 2


def test_send_message_batch_takes_256_kib_or_one_larger_message() -> None:
    recorder = Recorder()
    clients: Any = recorder
    letters = [DeadLetter(f"m{number}", "x" * size, "cause") for number, size in enumerate((100_000,) * 5 + (900_000,))]

    assert send_dead_letters(letters, clients, "queue", NO_LIMIT, 1) == {letter.key for letter in letters}

    sizes = [[len(entry["MessageBody"]) for entry in call["Entries"]] for call in recorder.calls]
    assert [len(batch) for batch in sizes] == [2, 2, 1, 1]
    assert all(sum(batch) <= 256 * KB for batch in sizes[:3])


def test_the_cause_of_a_large_dead_letter_is_shortened() -> None:
    recorder = Recorder()
    clients: Any = recorder
    send_dead_letters([DeadLetter("m0", "x" * (1024 * KB - 100), "c" * 1000)], clients, "queue", NO_LIMIT, 1)
    ((entry,),) = [call["Entries"] for call in recorder.calls]
    attributes = entry["MessageAttributes"]["cause"]
    size = len(entry["MessageBody"]) + len("cause") + len(attributes["DataType"]) + len(attributes["StringValue"])
    assert size <= 1024 * KB


def test_change_message_visibility_batch_takes_10_messages() -> None:
    recorder = Recorder()
    clients: Any = recorder
    delay_messages({f"r{number}": 15 for number in range(21)}, clients, "queue")
    assert [len(call["Entries"]) for call in recorder.calls] == [10, 10, 1]
    # 12 hours at most. Source: SQS API reference
    assert all(0 <= entry["VisibilityTimeout"] <= 43_200 for call in recorder.calls for entry in call["Entries"])

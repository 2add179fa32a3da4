"""Rule: whatever is too large does not affect others."""

from __future__ import annotations

import json
import logging
from datetime import timedelta
from typing import Any

import pytest

from tag_governance.handlers.remediate import remediate
from tests.support.events import ADDED, run_instances, sqs, tag_change
from tests.support.policies import HOME, scope
from tests.support.world import NOW, World
from tools.policy_document import rule

BATCH_TAKES = 262_144
"""Bytes of one PublishBatch, and of one SendMessageBatch until August 2025. Source: SNS and SQS API references."""
LONGEST_LINE = 16_000
"""Bytes of a log line that a person still reads; CloudWatch takes 256 KiB."""


def size_of(entry: dict[str, Any]) -> int:
    """Count the bytes of a batch entry: SNS and SQS count texts and attributes."""
    attributes = entry.get("MessageAttributes", {})
    texts = [entry.get("Message") or entry["MessageBody"], *attributes]
    texts += [text for attribute in attributes.values() for text in attribute.values()]
    return sum(len(text.encode()) for text in texts)


def test_notices_of_a_large_batch_are_published_in_batches_that_sns_takes(world: World) -> None:
    tags = [rule(f"key-{number:02}", default="v" * 250) for number in range(48)]
    owners = world.instances(12)
    for number, instance in enumerate(owners):
        world.home.client("ec2").create_tags(
            Resources=[instance], Tags=[{"Key": "Owner", "Value": f"{number} {'o' * 200}"}]
        )

    events = [run_instances([instance], event_id=instance) for instance in owners]
    assert world.run(*events, scopes={"default": scope(tags=tags)}) == []

    batches = [call["PublishBatchRequestEntries"] for call in world.wire.parameters("sns:PublishBatch")]
    assert sum(map(len, batches)) == 12
    assert all(sum(map(size_of, batch)) <= BATCH_TAKES for batch in batches)
    assert sum(size_of(entry) for batch in batches for entry in batch) > BATCH_TAKES
    assert len(world.notices()) == 12


def test_a_too_long_arn_does_not_affect_others(world: World) -> None:
    (instance,) = world.instances(1)
    endless = tag_change(f"arn:aws:sqs:us-east-1:{HOME}:{'q' * 2048}", {})

    assert world.run(run_instances([instance]), endless) == []

    assert world.instance_tags(instance) == [ADDED]
    ((_, cause),) = world.buried()
    assert "2048 bytes" in cause


def test_ten_large_dead_letters_are_all_sent(world: World) -> None:
    letters = [f"{number}{'x' * 150_000}" for number in range(10)]

    assert world.run(*letters) == []

    assert sorted(body for body, _ in world.buried()) == letters
    batches = [call["Entries"] for call in world.wire.parameters("sqs:SendMessageBatch")]
    assert all(sum(map(size_of, batch)) <= BATCH_TAKES for batch in batches)


def test_a_dead_letter_that_the_queue_refuses_does_not_block_others(world: World) -> None:
    failed = {"Id": "1", "Code": "InvalidMessageContents", "SenderFault": True}
    world.wire.answer("sqs:SendMessageBatch", {"Successful": [{"Id": "0"}, {"Id": "2"}], "Failed": [failed]})

    assert world.run("a", "b", "c") == ["m1"]


@pytest.mark.parametrize(
    "event",
    [
        "x" * 210_000,
        run_instances(["i" * 210_000]),
        run_instances(["i-1"]) | {"time": "t" * 210_000},
        run_instances(["i-1"]) | {"account": "1" * 210_000},
        run_instances(["i-1"]) | {"detail-type": "d" * 210_000},
        tag_change(f"arn:aws:sqs:us-east-1:{HOME}:{'q' * 210_000}", {}),
        tag_change(f"arn:aws:moon:us-east-1:{HOME}:{'q' * 210_000}", {}),
    ],
    ids=["body", "id", "time", "account", "detail-type", "arn", "unknown arn"],
)
def test_log_lines_about_malformed_records_are_short(
    world: World, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture, event: object
) -> None:
    caplog.set_level(logging.INFO)
    remediate(sqs(event), None, world.deployment())
    lines = [*capsys.readouterr().out.splitlines(), *caplog.text.splitlines()]
    assert max(len(line.encode()) for line in lines) <= LONGEST_LINE


def test_log_lines_about_aws_errors_are_short(
    world: World, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    (instance,) = world.instances(1)
    world.wire.fail("ec2:CreateTags", "UnauthorizedOperation", "Encoded authorization failure message: " + "x" * 50_000)
    remediate(sqs(run_instances([instance])), None, world.deployment())
    lines = [*capsys.readouterr().out.splitlines(), *caplog.text.splitlines()]
    assert max(len(line.encode()) for line in lines) <= LONGEST_LINE
    assert any('"audit"' in line and instance in line for line in lines)


def test_every_log_line_is_a_json_object(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.now = NOW + timedelta(minutes=5)
    ids = world.instances(2)
    remediate(sqs(run_instances(ids), "not json"), None, world.deployment())
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["resource"].rpartition("/")[2] for line in lines if "audit" in line] == ids
    assert (lines[-1]["batch"], lines[-1]["given_up"]) == (2, 1)

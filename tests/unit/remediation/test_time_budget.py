"""Rule: a batch stops in time and returns the rest to the queue, which does not count as a failure of the records."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

from tag_governance.aws.clients import CONFIG
from tag_governance.domain.budget import CALL_SECONDS
from tests.support.events import ADDED, GOOD, run_instances
from tests.support.world import NOW, World


class Clock:
    """Lambda's context, whose remaining time a test can reduce."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def get_remaining_time_in_millis(self) -> int:
        return int(self.seconds * 1000)

    def exhaust_time(self) -> None:
        """Leave one second, less than any call may take."""
        self.seconds = 1


def test_without_time_for_a_call_the_whole_batch_is_returned(world: World) -> None:
    events = [run_instances(["i-1"]), run_instances(["i-2"], GOOD, event_id="e-2")]
    assert world.run(*events, context=Clock(1)) == ["m0", "m1"]
    assert world.wire.calls == {}


@pytest.mark.parametrize("operation", ["dynamodb:BatchGetItem", "ec2:DescribeTags", "dynamodb:TransactWriteItems"])
def test_a_timeout_before_the_write_changes_nothing_and_succeeds_later(world: World, operation: str) -> None:
    (instance,) = world.instances(1)
    clock = Clock(300)
    world.wire.before(operation, clock.exhaust_time)

    assert world.run(run_instances([instance]), context=clock) == ["m0"]
    assert (world.wire.calls["ec2:CreateTags"], world.changes(), world.buried()) == (0, [], [])

    assert world.run(run_instances([instance]), received=2, now=NOW + timedelta(minutes=20)) == []
    assert world.instance_tags(instance) == [ADDED]
    assert len(world.notices()) == 1


def test_a_timeout_after_the_write_is_reported_and_concluded_later(world: World) -> None:
    (instance,) = world.instances(1)
    clock = Clock(300)
    world.wire.before("ec2:CreateTags", clock.exhaust_time)

    assert world.run(run_instances([instance]), context=clock) == ["m0"]
    assert world.wire.count("sns") == 0

    assert world.run(run_instances([instance]), received=2, now=NOW + timedelta(minutes=20)) == []
    assert world.instance_tags(instance) == [ADDED]
    assert [change["state"] for change in world.changes()] == ["applied"]
    assert len(world.notices()) == 1


def test_a_record_that_is_returned_often_is_not_a_dead_letter(world: World) -> None:
    for received in range(1, 20):
        assert world.run(run_instances(["i-1"]), received=received, context=Clock(1)) == ["m0"]
    assert (world.buried(), world.wire.calls["dynamodb:UpdateItem"]) == ([], 0)


def test_an_unresponsive_endpoint_is_called_once_per_batch(world: World) -> None:
    def hang() -> None:
        raise ReadTimeoutError(endpoint_url="https://ec2.us-east-1.amazonaws.com")

    ids = world.instances(201)
    world.wire.before("ec2:DescribeTags", hang)

    assert world.run(run_instances(ids)) == ["m0"]

    assert world.wire.calls["ec2:DescribeTags"] == 1


def test_every_call_is_bounded_by_what_the_budget_counts_for_it() -> None:
    given: Any = CONFIG
    assert (given.retries["total_max_attempts"], given.connect_timeout, given.read_timeout) == (2, 2, 4)
    longest_pause = 1  # of botocore's standard mode after the first attempt
    assert 2 * (2 + 4) + longest_pause <= CALL_SECONDS


def test_an_unresponsive_dead_letter_queue_does_not_use_all_the_time(world: World) -> None:
    clock = Clock(100)

    def hang(_: object) -> bool:
        clock.seconds -= CALL_SECONDS
        raise ReadTimeoutError(endpoint_url="https://sqs.us-east-1.amazonaws.com")

    world.wire.fail("sqs:SendMessageBatch", "", when=hang)
    letters = [f"{number}{'x' * 200_000}" for number in range(10)]

    assert len(world.run(*letters, context=clock)) == 10

    assert world.wire.calls["sqs:SendMessageBatch"] > 1
    assert clock.seconds >= 0

"""Rule: an unreadable ledger entry, edited by hand or of another release, does not affect others."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.support.events import ADDED, instance_arn, run_instances, tag_change
from tests.support.world import NOW, World
from tests.unit.remediation.test_denied_accounts import gauges
from tests.unit.remediation.test_notice_delivery import reported_arns


def invalidate(world: World, arn: str) -> None:
    """Write an invalid mode into an entry."""
    world.home.client("dynamodb").update_item(
        TableName="ledger",
        Key={"resource": {"S": arn}, "entry": {"S": "state"}},
        UpdateExpression="SET #mode = :mode",
        ExpressionAttributeNames={"#mode": "mode"},
        ExpressionAttributeValues={":mode": {"S": "advise"}},
    )


def test_the_schedule_reports_all_others_and_counts_the_entry_as_overdue(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    ids = world.instances(3)
    world.run(run_instances(ids), digest_minutes=10)
    invalidate(world, instance_arn(ids[0]))

    world.settle(NOW + timedelta(minutes=20), digest_minutes=10)

    assert reported_arns(world) == sorted(map(instance_arn, ids[1:]))
    assert gauges(capsys.readouterr().out)["Overdue"] == 1


def test_its_message_becomes_a_dead_letter_with_the_cause_and_others_are_processed(world: World) -> None:
    spoilt, other = world.instances(2)
    world.run(run_instances([spoilt]))
    invalidate(world, instance_arn(spoilt))
    event = tag_change(instance_arn(spoilt), {}, time="2026-06-01T12:10:00Z")
    later = NOW + timedelta(minutes=20)

    assert world.run(event, run_instances([other], event_id="e-2"), now=later) == ["m0"]
    for received in range(2, 5):
        assert world.run(event, received=received) == ["m0"]
    assert world.run(event, received=5) == []

    assert world.instance_tags(other) == [ADDED]
    ((_, cause),) = world.buried()
    assert f"the entry {instance_arn(spoilt)} of the ledger cannot be read" in cause
    assert "'advise' is not a valid Mode" in cause

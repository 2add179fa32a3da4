"""Rule: an entry of the ledger that nobody can read, edited by hand or of another release, harms itself alone."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.support.events import ADDED, instance_arn, run_instances, tag_change
from tests.support.world import NOW, World
from tests.unit.remediation.test_denied_accounts import gauges
from tests.unit.remediation.test_telling import told


def spoil(world: World, arn: str) -> None:
    """Give an entry a mode that no release has."""
    world.home.client("dynamodb").update_item(
        TableName="ledger",
        Key={"resource": {"S": arn}, "entry": {"S": "state"}},
        UpdateExpression="SET #mode = :mode",
        ExpressionAttributeNames={"#mode": "mode"},
        ExpressionAttributeValues={":mode": {"S": "advise"}},
    )


def test_the_schedule_tells_all_others_and_counts_it_as_overdue(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    ids = world.instances(3)
    world.run(run_instances(ids), digest_minutes=10)
    spoil(world, instance_arn(ids[0]))

    world.settle(NOW + timedelta(minutes=20), digest_minutes=10)

    assert told(world) == sorted(map(instance_arn, ids[1:]))
    assert gauges(capsys.readouterr().out)["Overdue"] == 1


def test_the_message_about_it_ends_as_a_dead_letter_with_the_cause_and_its_neighbour_is_done(world: World) -> None:
    spoilt, other = world.instances(2)
    world.run(run_instances([spoilt]))
    spoil(world, instance_arn(spoilt))
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

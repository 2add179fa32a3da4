"""Rule: in mode `observe` owners still get notices about earlier changes, and about nothing else."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.support.events import ADDED, instance_arn, run_instances, tag_change
from tests.support.world import NOW, World
from tests.unit.remediation.test_notice_delivery import AFTER_THE_CLAIM, OBSERVE, WRONG, Killed, kill, reported_arns


def count_rechecks(world: World) -> int:
    """Run the schedule for a day, and count its recheck requests."""
    return sum(world.settle(AFTER_THE_CLAIM + n * timedelta(minutes=30), scopes=OBSERVE)["asked"] for n in range(48))


@pytest.mark.parametrize("is_redelivered", [True, False])
def test_an_interrupted_change_is_recorded_and_reported_once_without_rechecks(
    world: World, is_redelivered: bool
) -> None:
    (instance,) = world.instances(1)
    kill(world, "sns:PublishBatch")
    with pytest.raises(Killed):
        world.run(run_instances([instance]))
    world.wire.recover()
    if is_redelivered:
        world.run(run_instances([instance]), received=2, now=AFTER_THE_CLAIM, scopes=OBSERVE)

    asked = count_rechecks(world)

    assert world.instance_tags(instance) == [ADDED]
    assert reported_arns(world) == [instance_arn(instance)]
    assert [change["state"] for change in world.changes()] == ["applied"]
    assert asked <= 1
    assert [("pending" in state, "changes" in state) for state in world.states()] == [(False, False)]


def test_a_change_waiting_for_its_digest_is_reported_after_another_event(world: World) -> None:
    (instance,) = world.instances(1)
    world.run(run_instances([instance]), digest_minutes=60)
    more = ADDED | {"Name": "web"}
    world.home.client("ec2").create_tags(Resources=[instance], Tags=[{"Key": "Name", "Value": "web"}])
    event = tag_change(instance_arn(instance), more, changed=["Name"], time="2026-06-01T12:05:00Z")
    world.run(event, now=NOW + timedelta(minutes=10), scopes=OBSERVE, digest_minutes=60)

    for hour in range(1, 4):
        world.settle(NOW + timedelta(hours=hour), scopes=OBSERVE, digest_minutes=60)

    assert reported_arns(world) == [instance_arn(instance)]


def test_a_finding_is_not_reported(world: World) -> None:
    (instance,) = world.instances(1, WRONG)
    world.run(run_instances([instance]), scopes=OBSERVE)

    assert count_rechecks(world) == 0

    assert (len(world.findings()), world.notices()) == (1, [])

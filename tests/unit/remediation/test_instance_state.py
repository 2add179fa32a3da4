"""EC2's own event of a starting instance: it needs no trail, and is combined with the creation event."""

from __future__ import annotations

from datetime import timedelta

from tests.support.events import ADDED, instance_arn, instance_state, run_instances
from tests.support.world import NOW, World

SOON, LATER = NOW + timedelta(minutes=2), NOW + timedelta(minutes=10)
UNKNOWN = {"Environment": "dev"}
"""Tags that the schema gives to an instance with an unknown creator."""


def test_without_a_trail_an_instance_is_tagged_at_once(world: World) -> None:
    (instance,) = world.instances(1)

    assert world.run(instance_state(instance), creation_wait_seconds=0) == []

    assert world.instance_tags(instance) == [UNKNOWN]


def test_a_later_creation_event_names_the_creator_and_is_reported_once(world: World) -> None:
    (instance,) = world.instances(1)
    started, created = instance_state(instance), run_instances([instance])

    assert world.run(started) == ["m0"]  # waits
    assert (world.instance_tags(instance), world.states(), world.notices()) == ([{}], [], [])
    assert world.run(created, now=SOON) == []
    assert world.run(started, now=LATER) == []

    assert world.instance_tags(instance) == [ADDED]
    assert [state["origin"]["actor"] for state in world.states()] == [ADDED["Owner"]]
    assert (len(world.changes()), len(world.notices())) == (1, 1)


def test_after_the_creation_event_a_state_event_adds_nothing(world: World) -> None:
    (instance,) = world.instances(1)

    assert world.run(run_instances([instance])) == []
    assert world.run(instance_state(instance, "pending"), instance_state(instance)) == []

    assert world.instance_tags(instance) == [ADDED]
    assert [state["origin"]["actor"] for state in world.states()] == [ADDED["Owner"]]
    assert (len(world.changes()), len(world.notices())) == (1, 1)


def test_both_in_one_batch_are_one_case(world: World) -> None:
    (instance,) = world.instances(1)

    assert world.run(instance_state(instance), run_instances([instance])) == []

    assert world.instance_tags(instance) == [ADDED]
    assert (len(world.results), len(world.changes()), len(world.notices())) == (1, 1, 1)


def test_after_the_wait_the_instance_is_corrected_without_its_creator(world: World) -> None:
    (instance,) = world.instances(1)
    started = instance_state(instance)

    assert world.run(started) == ["m0"]
    assert world.run(started, now=LATER) == []

    assert world.instance_tags(instance) == [UNKNOWN]
    assert [state["resource"] for state in world.findings()] == [instance_arn(instance)]


def test_a_creation_event_after_the_wait_still_names_the_creator(world: World) -> None:
    (instance,) = world.instances(1)

    world.run(instance_state(instance), now=LATER)
    assert world.run(run_instances([instance]), now=LATER + timedelta(minutes=5)) == []

    assert world.instance_tags(instance) == [ADDED]
    assert world.findings() == []


def test_a_tagged_instance_does_not_wait_for_the_creation_event(world: World) -> None:
    (instance,) = world.instances(1, {"Environment": "prod", "Owner": "bob"})

    assert world.run(instance_state(instance)) == []

    assert (world.states(), world.notices(), world.buried()) == ([], [], [])


def test_a_restarted_instance_is_evaluated_again(world: World) -> None:
    (instance,) = world.instances(1)
    assert world.run(run_instances([instance])) == []
    world.home.client("ec2").delete_tags(Resources=[instance], Tags=[{"Key": "Environment"}])
    tomorrow = NOW + timedelta(days=1)

    assert world.run(instance_state(instance, time="2026-06-02T12:00:00Z"), now=tomorrow) == []

    assert world.instance_tags(instance) == [ADDED]

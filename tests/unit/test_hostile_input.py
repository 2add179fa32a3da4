"""Hostile records go to retry and to the dead-letter queue alone, with their cause."""

from __future__ import annotations

import pytest

from tests.support.events import ADDED, GOOD, api_call, create_bucket, instance_arn, run_instances, tag_change
from tests.support.world import World

HOSTILE: list[tuple[str, object, str]] = [
    ("not JSON", "{", "the body is not JSON"),
    ("JSON too deep", "[" * 100_000, "malformed event"),
    ("a list", [], "event is list"),
    ("no detail", {"detail-type": "x"}, "detail is NoneType"),
    ("another kind", {"detail-type": "Scheduled Event", "detail": {}}, "detail-type is 'Scheduled Event'"),
    (
        "an unknown event",
        api_call("ec2.amazonaws.com", "InventInstances", {}, {}),
        "creates nothing that the catalogue",
    ),
    (
        "an unknown service",
        api_call("moon.amazonaws.com", "CreateCrater", {}, {}),
        "creates nothing that the catalogue",
    ),
    ("a null answer", api_call("ec2.amazonaws.com", "RunInstances", {}, None), "carries no id"),
    ("an omitted answer", api_call("ec2.amazonaws.com", "RunInstances", {}, {"omitted": True}), "carries no id"),
    ("an answer that is a text", api_call("ec2.amazonaws.com", "RunInstances", "x", "y"), "carries no id"),
    ("an id that is an object", run_instances([{"a": 1}]), "carries no id"),  # type: ignore[list-item]
    ("an id with a line break", run_instances(["i-1\ni-2"]), "carries no id"),
    ("an id with half a character", run_instances(["i-\ud800"]), "carries no id"),
    ("an endless id", run_instances(["i" * 5000]), "carries no id"),
    ("a name that is a number", api_call("ec2.amazonaws.com", 7, {}, {}), "eventName is 7"),  # type: ignore[arg-type]
    ("no time", run_instances(["i-1"]) | {"time": "yesterday"}, "time is 'yesterday'"),
    ("no account", {k: v for k, v in run_instances(["i-1"]).items() if k != "account"}, "account is None"),
    ("a tag change of nothing", tag_change(instance_arn("i-1"), {}) | {"resources": []}, "resources is []"),
    ("tags that are a number", tag_change(instance_arn("i-1"), {}) | {"detail": {"tags": 5}}, "is not a map of tags"),
]


@pytest.mark.parametrize(("event", "cause"), [(e, c) for _, e, c in HOSTILE], ids=[name for name, _, _ in HOSTILE])
def test_a_hostile_record_goes_to_retry_and_then_with_its_cause_to_the_dlq_alone(
    world: World, event: object, cause: str
) -> None:
    good = run_instances(world.instances(1))
    assert world.run(good, event) == ["m1"]
    assert [r.changed for r in world.results] == [True]
    assert world.run(event, received=5) == []
    ((_, said),) = world.buried()
    assert cause in said


def test_hostile_records_together_lose_none(world: World) -> None:
    events = [event for _, event, _ in HOSTILE]
    assert world.run(*events) == [f"m{i}" for i in range(len(events))]
    assert world.run(*events, received=5) == []
    assert len(world.buried()) == len(events)


@pytest.mark.parametrize(
    "tags",
    [
        {"aws:createdBy": "x", "Owner": "bob"},
        {f"k{i}": "v" for i in range(50)},
        {"Owner": "v" * 256, "Environment": "x" * 256},
    ],
    ids=["aws keys", "fifty tags", "longest values"],
)
def test_tags_at_the_edge_of_what_aws_takes_end_without_a_failure(world: World, tags: dict[str, str]) -> None:
    (instance,) = world.instances(1, {k: v for k, v in tags.items() if not k.startswith("aws:")})
    assert world.run(run_instances([instance], tags)) == []


def test_something_unforeseen_costs_only_its_own_record(world: World) -> None:
    (instance,) = world.instances(1)

    def broken(params: object) -> bool:
        if "i-0bad" in str(params):
            raise RuntimeError("unforeseen")
        return False

    world.wire.fail("ec2:CreateTags", "x", when=broken)
    assert world.run(run_instances([instance]), run_instances(["i-0bad"], event_id="e-2")) == ["m1"]
    assert world.instance_tags(instance) == [ADDED]


def test_redacted_tags_are_no_tags(world: World) -> None:
    (instance,) = world.instances(1, GOOD)
    assert world.run(run_instances([instance], {"Owner": "HIDDEN_DUE_TO_SECURITY_REASONS"})) == []
    assert world.wire.calls["ec2:DescribeTags"] == 1
    assert world.instance_tags(instance) == [GOOD]


def test_a_failed_call_created_nothing(world: World) -> None:
    event = api_call("ec2.amazonaws.com", "RunInstances", {}, None, errorCode="Client.UnauthorizedOperation")
    assert world.run(event) == []


def test_types_that_are_not_governed_are_left_alone(world: World) -> None:
    assert world.run(create_bucket("access-records"), resource_types=["ec2:instance"]) == []
    assert (world.results, world.wire.calls) == ([], {})

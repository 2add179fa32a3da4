"""Malformed records go to the dead-letter queue, without others, and with their cause."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from tag_governance.domain.budget import Budget
from tag_governance.remediation.batch import Batch
from tests.support.events import ADDED, GOOD, api_call, create_bucket, instance_arn, run_instances, sqs, tag_change
from tests.support.world import NOW, World

HOSTILE: list[tuple[str, object, str]] = [
    ("not JSON", "{", "the body is not JSON"),
    ("JSON too deep", "[" * 100_000, "malformed event"),
    ("a list", [], "event is list"),
    ("no detail", {"detail-type": "x"}, "detail is NoneType"),
    ("another kind", {"detail-type": "Scheduled Event", "detail": {}}, "detail-type is 'Scheduled Event'"),
    ("a null answer", api_call("ec2.amazonaws.com", "RunInstances", {}, None), "contains no id"),
    ("an omitted answer", api_call("ec2.amazonaws.com", "RunInstances", {}, {"omitted": True}), "contains no id"),
    ("an answer that is a text", api_call("ec2.amazonaws.com", "RunInstances", "x", "y"), "contains no id"),
    ("an id that is an object", run_instances([{"a": 1}]), "contains no id"),  # type: ignore[list-item]
    ("an id with a line break", run_instances(["i-1\ni-2"]), "contains no id"),
    ("an id with half a character", run_instances(["i-\ud800"]), "contains no id"),
    ("an endless id", run_instances(["i" * 5000]), "contains no id"),
    ("a name that is a number", api_call("ec2.amazonaws.com", 7, {}, {}), "eventName is 7"),  # type: ignore[arg-type]
    ("no time", run_instances(["i-1"]) | {"time": "yesterday"}, "time is 'yesterday'"),
    ("no account", {k: v for k, v in run_instances(["i-1"]).items() if k != "account"}, "account is None"),
    ("a tag change of nothing", tag_change(instance_arn("i-1"), {}) | {"resources": []}, "resources is []"),
    (
        "a recheck of nothing",
        tag_change(instance_arn("i-1"), {}) | {"detail-type": "Tag Governance Recheck"},
        "resource_type is None",
    ),
]


@pytest.mark.parametrize(("event", "cause"), [(e, c) for _, e, c in HOSTILE], ids=[name for name, _, _ in HOSTILE])
def test_only_a_malformed_record_goes_to_the_dead_letter_queue_with_its_cause(
    world: World, event: object, cause: str
) -> None:
    good = run_instances(world.instances(1))
    assert world.run(good, event) == []
    assert [r.written_tags for r in world.results] == [ADDED]
    ((_, said),) = world.buried()
    assert cause in said


def test_several_malformed_records_all_become_dead_letters(world: World) -> None:
    events = [event for _, event, _ in HOSTILE]
    assert world.run(*events) == []
    assert len(world.buried()) == len(events)


def test_a_refused_dead_letter_does_not_affect_others(world: World) -> None:
    def has_the_refused(call: Any) -> bool:
        return any('"refused"' in entry["MessageBody"] for entry in call["Entries"])

    world.wire.fail("sqs:SendMessageBatch", "InvalidMessageContents", "Invalid characters found.", has_the_refused)
    events = [{"name": name} for name in ("first", "refused", "last")]

    assert world.run(*events) == ["m1"]
    assert [json.loads(body)["name"] for body, _ in world.buried()] == ["first", "last"]


@pytest.mark.parametrize(
    "event",
    [
        api_call("ec2.amazonaws.com", "InventInstances", {}, {}),
        api_call("moon.amazonaws.com", "CreateCrater", {}, {}),
        api_call("ec2.amazonaws.com", "RunInstances", {}, None, errorCode="Client.UnauthorizedOperation"),
        tag_change("arn:aws:moon:::crater/1", {"Owner": "bob"}),
    ],
    ids=["an unknown event", "an unknown service", "a failed call", "tags of an unknown type"],
)
def test_an_event_that_creates_no_known_type_is_ignored_and_counted(world: World, event: object) -> None:
    assert world.run(event) == []
    assert (world.results, world.wire.calls, world.buried()) == ([], {}, [])
    assert world.ignored_count == 1


def test_tags_of_an_unknown_shape_are_read_from_aws(world: World) -> None:
    (instance,) = world.instances(1, {"Owner": "bob"})
    event = tag_change(instance_arn(instance), {}) | {"detail": {"tags": 5}}
    assert world.run(event) == []
    assert world.instance_tags(instance) == [{"Owner": "bob", "Environment": "dev"}]


@pytest.mark.parametrize(
    "tags",
    [
        {"aws:createdBy": "x", "Owner": "bob"},
        {f"k{i}": "v" for i in range(50)},
        {"Owner": "v" * 256, "Environment": "x" * 256},
    ],
    ids=["aws keys", "fifty tags", "longest values"],
)
def test_tags_at_the_limits_of_aws_cause_no_failure(world: World, tags: dict[str, str]) -> None:
    (instance,) = world.instances(1, {k: v for k, v in tags.items() if not k.startswith("aws:")})
    assert world.run(run_instances([instance], tags)) == []


def raise_on(world: World, operation: str, instance: str) -> None:
    """Let a call about an instance raise an unexpected error."""

    def is_about_it(params: object) -> bool:
        if instance in str(params):
            raise RuntimeError("unforeseen")
        return False

    world.wire.fail(operation, "x", when=is_about_it)


def test_an_unexpected_error_affects_only_its_own_record(world: World) -> None:
    (instance,) = world.instances(1)
    raise_on(world, "ec2:DescribeTags", "i-0bad")
    assert world.run(run_instances([instance]), run_instances(["i-0bad"], event_id="e-2")) == ["m1"]
    assert world.instance_tags(instance) == [ADDED]


def test_an_unexpected_error_in_a_write_is_resolved_by_a_retry(world: World) -> None:
    (instance,) = world.instances(1)
    raise_on(world, "ec2:CreateTags", "i-0bad")
    good = run_instances([instance])
    assert "m1" in world.run(good, run_instances(["i-0bad"], event_id="e-2"))
    assert world.run(good, now=NOW + timedelta(minutes=20)) == []
    assert world.instance_tags(instance) == [ADDED]
    assert len(world.notices()) == 1


def test_redacted_tags_are_no_tags(world: World) -> None:
    (instance,) = world.instances(1, GOOD)
    assert world.run(run_instances([instance], {"Owner": "HIDDEN_DUE_TO_SECURITY_REASONS"})) == []
    assert world.wire.calls["ec2:DescribeTags"] == 1
    assert world.instance_tags(instance) == [GOOD]


def test_ungoverned_types_are_not_changed(world: World) -> None:
    assert world.run(create_bucket("access-records"), resource_types=["ec2:instance"]) == []
    assert (world.results, world.wire.calls) == ([], {})


def test_a_record_without_attributes_counts_as_the_first_delivery(world: World) -> None:
    (instance,) = world.instances(1)
    (record,) = sqs(run_instances([instance]))["Records"]
    del record["attributes"]
    world.wire.fail("ec2:CreateTags", "RequestLimitExceeded")
    world.now = NOW
    batch = Batch(world.deployment(), Budget.of(None))

    batch.add(record)

    assert batch.finish() == ["m0"]

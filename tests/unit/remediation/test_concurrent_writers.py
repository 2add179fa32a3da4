"""Rule: an allowed value of somebody else that the function overwrote is restored, if that is certain."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.support.events import create_bucket, instance_arn, run_instances, tag_change
from tests.support.policies import ENVIRONMENT, scope
from tests.support.world import NOW, World

ONLY_ENVIRONMENT = {"default": scope(tags=[ENVIRONMENT])}


def set_environment(world: World, instance: str, value: str) -> None:
    world.home.client("ec2").create_tags(Resources=[instance], Tags=[{"Key": "Environment", "Value": value}])


def overwritten(world: World) -> tuple[str, dict[str, Any]]:
    """Set `prod` between the function's read and its write. Return the instance and the event."""
    (instance,) = world.instances(1)
    world.wire.before("ec2:CreateTags", lambda: set_environment(world, instance, "prod"))
    assert world.run(run_instances([instance]), scopes=ONLY_ENVIRONMENT) == []
    assert world.instance_tags(instance) == [{"Environment": "dev"}]
    return instance, changed(instance, "prod", "2026-06-01T12:00:57Z")


def changed(instance: str, value: str, time: str) -> dict[str, Any]:
    return tag_change(instance_arn(instance), {"Environment": value}, changed=["Environment"], time=time)


def test_a_value_set_between_read_and_write_is_restored(world: World) -> None:
    instance, event = overwritten(world)

    assert world.run(event, now=NOW + timedelta(minutes=5), scopes=ONLY_ENVIRONMENT) == []

    assert world.instance_tags(instance) == [{"Environment": "prod"}]
    restored = max(world.changes(), key=lambda change: str(change["at"]))
    assert (restored["before"], restored["after"]) == ({"Environment": "dev"}, {"Environment": "prod"})
    assert restored["why"] == {"Environment": "restored"}
    assert world.findings() == []


def test_it_is_not_restored_if_somebody_set_the_functions_value_since(world: World) -> None:
    instance, event = overwritten(world)
    set_environment(world, instance, "dev")
    world.run(
        changed(instance, "dev", "2026-06-01T12:25:00Z"), now=NOW + timedelta(minutes=30), scopes=ONLY_ENVIRONMENT
    )

    world.deliver(event, now=NOW + timedelta(hours=1), scopes=ONLY_ENVIRONMENT)

    assert world.instance_tags(instance) == [{"Environment": "dev"}]
    assert world.findings() == []


def test_it_is_restored_once_and_reported_the_next_time(world: World) -> None:
    allowed = {"default": scope(tags=[ENVIRONMENT | {"allowed_values": ["dev", "prod", "test"]}])}
    instance, event = overwritten(world)
    world.wire.before("ec2:CreateTags", lambda: set_environment(world, instance, "test"))
    world.run(event, now=NOW + timedelta(minutes=5), scopes=allowed)
    assert world.instance_tags(instance) == [{"Environment": "prod"}]

    later = changed(instance, "test", "2026-06-01T12:05:55Z")
    assert world.run(later, now=NOW + timedelta(minutes=10), scopes=allowed) == []

    assert world.instance_tags(instance) == [{"Environment": "prod"}]
    ((violation,),) = [finding["violations"] for finding in world.findings()]
    assert (violation["problem"], violation["found"]) == ("overwritten", "'test' was overwritten with 'prod'")


def test_a_value_that_was_changed_since_stays(world: World) -> None:
    instance, event = overwritten(world)
    world.home.client("ec2").delete_tags(Resources=[instance], Tags=[{"Key": "Environment"}])
    set_environment(world, instance, "staging")

    world.run(event, now=NOW + timedelta(minutes=5), scopes=ONLY_ENVIRONMENT)

    assert world.instance_tags(instance) == [{"Environment": "staging"}]


def test_two_values_of_unknown_order_are_one_finding_and_nothing_is_written(world: World) -> None:
    allowed = {"default": scope(tags=[ENVIRONMENT | {"allowed_values": ["dev", "prod", "test"]}])}
    (instance,) = world.instances(1)
    world.wire.before("ec2:CreateTags", lambda: set_environment(world, instance, "prod"))
    world.run(run_instances([instance]), scopes=allowed)
    world.notices()
    others = [changed(instance, "prod", "2026-06-01T12:00:57Z"), changed(instance, "test", "2026-06-01T12:00:58Z")]

    assert world.run(*others, now=NOW + timedelta(minutes=5), scopes=allowed) == []

    assert world.instance_tags(instance) == [{"Environment": "dev"}]
    ((violation,),) = [finding["violations"] for finding in world.findings()]
    assert violation["problem"] == "overwritten"
    assert "was overwritten with 'dev'" in violation["found"]
    assert len(world.notices()) == 1
    world.run(*others, now=NOW + timedelta(minutes=10), scopes=allowed)
    assert (world.notices(), world.instance_tags(instance)) == ([], [{"Environment": "dev"}])


def test_the_event_of_its_own_write_is_not_a_value_of_others(world: World) -> None:
    (instance,) = world.instances(1)
    world.run(run_instances([instance]), scopes=ONLY_ENVIRONMENT)
    echo = changed(instance, "dev", "2026-06-01T12:01:00Z")

    assert world.run(echo, now=NOW + timedelta(minutes=5), scopes=ONLY_ENVIRONMENT) == []

    assert (len(world.changes()), world.findings()) == (1, [])


def bucket_tags(world: World) -> dict[str, str]:
    answer = world.home.client("s3").get_bucket_tagging(Bucket="records")["TagSet"]
    return {tag["Key"]: tag["Value"] for tag in answer}


def put_bucket_tags(world: World, tags: dict[str, str]) -> None:
    pairs: Any = [{"Key": key, "Value": value} for key, value in tags.items()]
    world.home.client("s3").put_bucket_tagging(Bucket="records", Tagging={"TagSet": pairs})


@pytest.mark.parametrize("key", ["Project", "Environment"])
def test_a_tag_lost_between_get_and_put_of_a_bucket_is_restored(world: World, key: str) -> None:
    world.home.client("s3").create_bucket(Bucket="records")
    put_bucket_tags(world, {"Team": "a"})
    world.wire.before("s3:PutBucketTagging", lambda: put_bucket_tags(world, {"Team": "a", key: "prod"}))
    assert world.run(create_bucket("records"), scopes=ONLY_ENVIRONMENT) == []
    assert bucket_tags(world) == {"Team": "a", "Environment": "dev"}

    shown = {"Team": "a", key: "prod"}
    event = tag_change("arn:aws:s3:::records", shown, changed=[key], time="2026-06-01T12:00:59Z")
    assert world.run(event, now=NOW + timedelta(minutes=5), scopes=ONLY_ENVIRONMENT) == []

    assert bucket_tags(world) == {"Team": "a", "Environment": "dev"} | {key: "prod"}


REPLACING = {"default": scope(tags=[ENVIRONMENT | {"replace_key_aliases": True}])}


def test_an_alias_whose_value_changed_is_not_removed(world: World) -> None:
    (instance,) = world.instances(1, {"env": "dev"})
    ec2 = world.home.client("ec2")
    set_alias: list[Any] = [{"Key": "env", "Value": "prod"}]
    world.wire.before("ec2:CreateTags", lambda: ec2.create_tags(Resources=[instance], Tags=set_alias))

    assert world.run(run_instances([instance]), scopes=REPLACING) == []

    assert world.wire.parameters("ec2:DeleteTags") == [
        {"Resources": [instance], "Tags": [{"Key": "env", "Value": "dev"}]}
    ]
    tags = {"env": "prod", "Environment": "dev"}
    assert world.instance_tags(instance) == [tags]

    # The event of the change shows two contradicting values: a person decides.
    later = world.now + timedelta(minutes=5)
    time = (later - timedelta(minutes=2)).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert world.run(tag_change(instance_arn(instance), tags, time=time), now=later, scopes=REPLACING) == []
    assert [v["problem"] for finding in world.findings() for v in finding["violations"]] == ["ambiguous_key"]
    assert world.instance_tags(instance) == [tags]


def test_an_alias_with_unchanged_value_is_removed(world: World) -> None:
    (instance,) = world.instances(1, {"env": "prod"})
    assert world.run(run_instances([instance]), scopes=REPLACING) == []
    assert world.instance_tags(instance) == [{"Environment": "prod"}]

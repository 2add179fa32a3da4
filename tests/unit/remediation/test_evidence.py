"""Rule: tags from events and reads are combined. An index that does not list a resource contradicts nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.support.events import ADDED, ALICE, api_call
from tests.support.world import NOW, World

NOTHING_LISTED: dict[str, Any] = {"ResourceTagMappingList": []}


def topic(world: World, **tags: str) -> tuple[str, dict[str, Any]]:
    """Create a topic. Return its ARN and its event with the given tags."""
    pairs: Any = [{"Key": key, "Value": value} for key, value in tags.items()]
    arn = world.home.client("sns").create_topic(Name="orders", Tags=pairs)["TopicArn"]
    request: dict[str, Any] = {"name": "orders"}
    if tags:
        request["tags"] = [{"key": key, "value": value} for key, value in tags.items()]
    return arn, api_call("sns.amazonaws.com", "CreateTopic", request, {"topicArn": arn}, identity=ALICE)


def tags_of(world: World, arn: str) -> dict[str, str]:
    answer = world.home.client("sns").list_tags_for_resource(ResourceArn=arn)["Tags"]
    return {tag["Key"]: tag["Value"] for tag in answer}


def test_tags_of_the_creation_stay_when_the_index_does_not_list_the_resource_yet(world: World) -> None:
    arn, event = topic(world, Environment="prod")
    world.wire.answer("resourcegroupstaggingapi:GetResources", NOTHING_LISTED)

    assert world.run(event) == []

    assert tags_of(world, arn) == {"Environment": "prod", "Owner": "alice@example.com"}
    ((_, request),) = [r for r in world.wire.requests if r[0] == "resourcegroupstaggingapi:TagResources"]
    assert request["Tags"] == {"Owner": "alice@example.com"}


def test_an_index_that_contradicts_a_recent_event_is_read_again_later(world: World) -> None:
    arn, event = topic(world, Environment="prod")
    listed = [{"ResourceARN": arn, "Tags": []}]
    world.wire.answer("resourcegroupstaggingapi:GetResources", {"ResourceTagMappingList": listed})

    assert world.run(event, now=NOW - timedelta(seconds=30)) == ["m0"]

    assert tags_of(world, arn) == {"Environment": "prod"}


@pytest.mark.parametrize(("seconds", "again", "tags"), [(30, ["m0"], {}), (60, [], ADDED)])
def test_a_resource_that_nothing_has_shown_with_tags_counts_as_untagged_once_the_settle_time_is_over(
    world: World, seconds: int, again: list[str], tags: dict[str, str]
) -> None:
    arn, event = topic(world)
    world.wire.answer("resourcegroupstaggingapi:GetResources", NOTHING_LISTED)
    created = NOW - timedelta(seconds=60)

    assert world.run(event, now=created + timedelta(seconds=seconds)) == again

    assert tags_of(world, arn) == tags


def test_tags_from_a_read_stay_known_if_the_index_no_longer_lists_the_resource(world: World) -> None:
    arn, event = topic(world, Environment="staging")
    world.run(event)
    assert tags_of(world, arn) == {"Environment": "staging", "Owner": "alice@example.com"}
    world.wire.answer("resourcegroupstaggingapi:GetResources", NOTHING_LISTED)

    assert world.run(event, now=NOW + timedelta(hours=2)) == []

    assert tags_of(world, arn) == {"Environment": "staging", "Owner": "alice@example.com"}
    ((violation,),) = [finding["violations"] for finding in world.findings()]
    assert (violation["problem"], violation["found"]) == ("value_not_allowed", "staging")

"""Rule: a busy resource is retried until it is ready, without affecting others."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.support.events import ADDED, run_instances
from tests.support.world import NOW, World
from tests.unit.remediation.test_split_calls import refuse, topic_tags, topics


@pytest.mark.parametrize("count", [1, 6])
@pytest.mark.parametrize("code", ["IncorrectInstanceState", "ResourceInUseException", "ConflictException"])
def test_only_the_busy_resource_is_retried_and_tagged_later(world: World, code: str, count: int) -> None:
    ids = world.instances(count)
    refuse(world, "ec2:CreateTags", "Resources", ids[0], code)
    events = [run_instances([instance], event_id=instance) for instance in ids]

    assert world.run(*events) == ["m0"]

    assert world.instance_tags(*ids) == [{}, *[ADDED] * (count - 1)]
    for received in range(2, 8):
        assert world.run(events[0], received=received, now=NOW + timedelta(minutes=5 * received)) == ["m0"]
    assert world.buried() == []

    world.wire.recover()
    assert world.run(events[0], received=8, now=NOW + timedelta(hours=1)) == []
    assert world.instance_tags(*ids) == [ADDED] * count
    assert world.findings() == []


@pytest.mark.parametrize("code", ["InvalidDBInstanceState", "ResourceInUseException"])
def test_only_the_resource_that_the_tagging_api_names_is_retried(world: World, code: str) -> None:
    arns, events = topics(world, 3)
    failed: Any = {arns[1]: {"StatusCode": 400, "ErrorCode": code, "ErrorMessage": "is being created"}}
    world.wire.answer("resourcegroupstaggingapi:TagResources", {"FailedResourcesMap": failed})

    assert world.run(*events) == ["m1"]

    world.wire.recover()
    assert world.run(events[1], received=2, now=NOW + timedelta(minutes=5)) == []
    assert topic_tags(world, arns[1]) == [ADDED]

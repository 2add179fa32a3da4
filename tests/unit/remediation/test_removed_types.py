"""Rule: a started change is finished even if its type is no longer governed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.support.events import ADDED, instance_arn, run_instances
from tests.support.policies import ENVIRONMENT, TYPES, scope
from tests.support.world import World
from tests.unit.remediation.test_notice_delivery import AFTER_THE_CLAIM, Killed, kill, reported_arns

NO_INSTANCES = {"resource_types": [name for name in TYPES if name != "ec2:instance"]}
NO_RULE = {"scopes": {"default": scope(tags=[ENVIRONMENT | {"resource_types": ["s3:bucket"]}])}}


@pytest.mark.parametrize("schema", [NO_INSTANCES, NO_RULE], ids=["the type", "its last rule"])
@pytest.mark.parametrize("is_redelivered", [True, False])
def test_an_interrupted_change_is_recorded_and_reported(
    world: World, schema: dict[str, Any], is_redelivered: bool
) -> None:
    (instance,) = world.instances(1)
    kill(world, "sns:PublishBatch")
    with pytest.raises(Killed):
        world.run(run_instances([instance]))
    world.wire.recover()
    if is_redelivered:
        assert world.run(run_instances([instance]), received=2, now=AFTER_THE_CLAIM, **schema) == []

    asked = [world.settle(AFTER_THE_CLAIM + n * timedelta(minutes=30), **schema)["asked"] for n in range(6)]

    assert world.instance_tags(instance) == [ADDED]
    assert reported_arns(world) == [instance_arn(instance)]
    assert [change["state"] for change in world.changes()] == ["applied"]
    assert asked[-1] == 0
    assert [("pending" in state, "changes" in state) for state in world.states()] == [(False, False)]

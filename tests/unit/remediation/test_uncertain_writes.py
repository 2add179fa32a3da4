"""Rule: a write without an answer is checked by a read. What was written is recorded and reported."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from tests.support.events import ADDED, instance_arn, run_instances
from tests.support.world import NOW, World
from tests.unit.remediation.test_notice_delivery import reported_arns


@pytest.mark.parametrize(
    ("code", "status"),
    [("RequestLimitExceeded", 503), ("RequestLimitExceeded", 400), ("InvalidParameterValue", 400)],
)
def test_tags_written_by_the_first_of_two_requests_are_recorded_and_reported_once(
    world: World, code: str, status: int
) -> None:
    (instance,) = world.instances(1)

    def carried_out(call: Mapping[str, Any]) -> bool:
        world.home.client("ec2").create_tags(**call)
        return True

    world.wire.fail("ec2:CreateTags", code, when=carried_out, status=status, retries=1)
    assert world.run(run_instances([instance])) == ["m0"]
    world.wire.recover()

    assert world.run(run_instances([instance]), received=2, now=NOW + timedelta(minutes=20)) == []

    assert world.instance_tags(instance) == [ADDED]
    assert [change["state"] for change in world.changes()] == ["applied"]
    assert reported_arns(world) == [instance_arn(instance)]


def test_a_refusal_of_the_second_request_counts_once_the_first_is_known_to_have_failed(
    world: World,
) -> None:
    (instance,) = world.instances(1)
    world.wire.fail("ec2:CreateTags", "TagPolicyViolation", retries=1)
    assert world.run(run_instances([instance])) == ["m0"]

    world.wire.fail("ec2:CreateTags", "TagPolicyViolation")
    assert world.run(run_instances([instance]), received=2, now=NOW + timedelta(minutes=20)) == []

    assert [finding["reason"] for finding in world.findings()] == ["TagPolicyViolation: "]
    assert [change["state"] for change in world.changes()] == ["unknown"]

"""Events of services themselves, which need no trail: EC2's change of an instance's state."""

from __future__ import annotations

from typing import Any

import pytest

from tag_governance.domain.catalogue import load_catalogue
from tag_governance.domain.model import Source
from tag_governance.events.event import MalformedEvent
from tag_governance.events.observe import observe
from tag_governance.events.resolve import resolve
from tests.support.events import instance_arn, instance_state
from tests.support.policies import policy

CATALOGUE = load_catalogue()


@pytest.mark.parametrize("state", ["pending", "running"])
def test_a_starting_instance_is_observed(state: str) -> None:
    (seen,) = observe(instance_state("i-0a1b2c3d", state), CATALOGUE, policy())

    assert (seen.arn, seen.resource_type, seen.source) == (
        instance_arn("i-0a1b2c3d"),
        "ec2:instance",
        Source.NOTIFICATION,
    )
    assert (seen.tags, seen.origin, seen.actor) == (None, None, None)


@pytest.mark.parametrize("state", ["stopping", "stopped", "shutting-down", "terminated", None, ["running"]])
def test_a_stopping_instance_is_not_observed(state: Any) -> None:
    assert resolve(instance_state("i-0a1b2c3d", state), CATALOGUE) == []


def test_instances_are_not_observed_if_they_are_not_governed() -> None:
    assert observe(instance_state("i-0a1b2c3d"), CATALOGUE, policy(resource_types=["ec2:volume"])) == []


@pytest.mark.parametrize("instance", [None, "", "*" * 5, {"omitted": True}])
def test_an_event_that_does_not_name_the_instance_is_an_error(instance: Any) -> None:
    with pytest.raises(MalformedEvent, match="contains no id of its resource"):
        resolve(instance_state(instance), CATALOGUE)


@pytest.mark.parametrize("kind", ["EC2 Spot Instance Interruption Warning", '","', None, ["x"], "EC2 Instance State"])
def test_other_events_of_services_are_errors(kind: Any) -> None:
    with pytest.raises(MalformedEvent, match="detail-type is"):
        resolve(instance_state("i-0a1b2c3d") | {"detail-type": kind}, CATALOGUE)

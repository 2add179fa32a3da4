"""Removals always name their tags."""

from __future__ import annotations

import pytest

from tag_governance.aws.attempts import Attempts
from tag_governance.aws.writers import Outcome, write_tags
from tag_governance.decision.plan import Pairs, WriteCall
from tag_governance.domain.budget import Budget
from tests.support.events import instance_arn
from tests.support.policies import HOME
from tests.support.world import NOW, World


@pytest.mark.parametrize("expected", [(), None])
def test_delete_tags_always_names_the_tags(world: World, expected: Pairs | None) -> None:
    (instance,) = world.instances(1, {"Name": "web"})
    arn = instance_arn(instance)
    call = WriteCall(HOME, "us-east-1", "ec2", None, (arn,), (), ("env",), expected)

    outcomes = write_tags([call], world.deployment().clients, Attempts(Budget.of(None), {}, lambda: NOW))

    assert outcomes == {arn: Outcome(written=True)}
    assert world.wire.calls["ec2:DeleteTags"] == 0
    assert world.instance_tags(instance) == [{"Name": "web"}]

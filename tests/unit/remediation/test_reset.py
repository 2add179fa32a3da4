"""The run-book (docs/OPERATIONS.md): an operator resets a contested tag, and it is corrected again."""

from __future__ import annotations

import json
import re
import shlex
from datetime import timedelta
from typing import Any

from tests.support.events import instance_arn, run_instances, stamp, tag_change
from tests.support.world import NOW, World
from tests.unit.remediation.test_contested_tags import RULES, problems, record_principals, remove, revert_repeatedly
from tools import ROOT


def reset_command(arn: str, key: str) -> dict[str, Any]:
    """Read the options of the command in the run-book for one tag of one resource."""
    page = (ROOT / "docs" / "OPERATIONS.md").read_text()
    found = re.search(r"aws dynamodb update-item (.*?)\n```", page, re.DOTALL)
    assert found is not None
    text = found[1].replace("\\\n", " ").replace("arn:aws:...", arn).replace('"Owner"', f'"{key}"')
    words = shlex.split(text)
    options = dict(zip(words[::2], words[1::2], strict=True))
    return {
        "Key": json.loads(options["--key"]),
        "UpdateExpression": options["--update-expression"],
        "ConditionExpression": options["--condition-expression"],
        "ExpressionAttributeNames": json.loads(options["--expression-attribute-names"]),
        "ExpressionAttributeValues": json.loads(options["--expression-attribute-values"]),
    }


def reset(world: World, instance: str) -> None:
    """Follow the run-book."""
    command = reset_command(instance_arn(instance), "Environment")
    world.home.client("dynamodb").update_item(TableName="ledger", **command)


def removed(world: World, instance: str, rules: dict[str, Any], hours: int = 1) -> None:
    """Remove the tag, and process the event."""
    now = NOW + timedelta(hours=hours)
    remove(world, instance)
    event = tag_change(instance_arn(instance), {}, changed=["Environment"], time=stamp(now - timedelta(minutes=5)))
    world.deliver(event, now=now, **rules)


def test_a_contested_tag_that_was_reset_is_corrected_again(world: World) -> None:
    record_principals(world)
    instance, now = revert_repeatedly(world, rounds=3)
    assert problems(world) == ["contested"]

    reset(world, instance)
    world.settle(now + timedelta(minutes=5), **RULES)

    assert world.instance_tags(instance) == [{"Environment": "dev"}]
    assert problems(world) == []


def test_a_tag_that_is_contested_after_one_removal_can_be_reset(world: World) -> None:
    rules = {**RULES, "contest_after": 1}
    record_principals(world)
    (instance,) = world.instances(1)
    world.run(run_instances([instance]), **rules)
    removed(world, instance, rules)
    assert problems(world) == ["contested"]

    reset(world, instance)
    world.settle(NOW + timedelta(hours=2), **rules)

    assert world.instance_tags(instance) == [{"Environment": "dev"}]
    removed(world, instance, rules, hours=3)
    assert problems(world) == ["contested"]


def test_a_contested_tag_can_be_reset_before_it_is_reported(world: World) -> None:
    rules = {**RULES, "contest_after": 1, "digest_minutes": 240}
    record_principals(world)
    (instance,) = world.instances(1)
    world.run(run_instances([instance]), **rules)
    removed(world, instance, rules)

    reset(world, instance)
    for hours in range(2, 10):
        world.settle(NOW + timedelta(hours=hours), **rules)

    assert world.instance_tags(instance) == [{"Environment": "dev"}]
    (notice,) = world.notices()
    assert [resource["violations"] for resource in notice["body"]["resources"]] == [[]]

"""Rule: every change can be undone from the ledger, and is recorded once whatever happens to the batch."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from tests.support.events import run_instances
from tests.support.policies import ENVIRONMENT, OWNER, scope
from tests.support.world import NOW, World

REPLACING = {"default": scope(tags=[ENVIRONMENT | {"replace_key_aliases": True}, OWNER])}


class Killed(BaseException):
    """Error: the process was ended from outside. Nothing catches it."""


def keys_of_changes(world: World) -> set[str]:
    """Collect the ledger keys of the changes that the function recorded or tried to record."""
    puts = [
        action["Put"]
        for call in world.wire.parameters("dynamodb:TransactWriteItems")
        for action in call["TransactItems"]
    ]
    entries = {put["Item"]["entry"]["S"] for put in puts}
    return {entry for entry in entries if entry.startswith("change#")}


def test_the_old_state_includes_removed_keys(world: World) -> None:
    before = {"env": "Production", "stage": "prod", "Owner": "bob", "Other": "x"}
    (instance,) = world.instances(1, before)

    assert world.run(run_instances([instance]), scopes=REPLACING) == []

    (change,) = world.changes()
    assert change["before"] == {"env": "Production", "stage": "prod"}
    assert change["after"] == {"Environment": "prod"}
    assert change["removed"] == {"Environment": ["env", "stage"]}
    after = world.instance_tags(instance)[0]
    undone = {key: value for key, value in after.items() if key not in change["after"]} | change["before"]
    assert undone == before


@pytest.mark.parametrize("minutes", [17, 45, 300])
def test_an_interrupted_and_repeated_change_is_recorded_once(world: World, minutes: int) -> None:
    (instance,) = world.instances(1)

    def end() -> None:
        raise Killed

    world.wire.before("dynamodb:TransactWriteItems", end, call=2)
    with pytest.raises(Killed):
        world.run(run_instances([instance]))

    assert world.run(run_instances([instance]), now=NOW + timedelta(minutes=minutes)) == []
    assert world.run(run_instances([instance]), now=NOW + timedelta(minutes=2 * minutes)) == []

    (change,) = world.changes()
    planned = datetime.fromisoformat(change["at"])
    assert change["entry"] == f"change#{planned.isoformat()}#{change['id']}"
    assert NOW <= planned < NOW + timedelta(seconds=1)


def test_a_repeated_ledger_write_uses_the_same_key(world: World) -> None:
    (instance,) = world.instances(1)
    world.wire.fail(
        "dynamodb:TransactWriteItems",
        "InternalServerError",
        status=500,
        when=lambda _: world.wire.calls["ec2:CreateTags"] == 1,
    )
    assert world.run(run_instances([instance])) == ["m0"]
    assert world.changes() == []
    refused = keys_of_changes(world)
    world.wire.recover()

    assert world.run(run_instances([instance]), now=NOW + timedelta(minutes=20), received=2) == []

    assert keys_of_changes(world) == refused
    assert [change["entry"] for change in world.changes()] == sorted(refused)


def test_each_change_of_a_resource_has_its_own_record(world: World) -> None:
    (instance,) = world.instances(1)
    world.run(run_instances([instance]))
    world.home.client("ec2").delete_tags(Resources=[instance], Tags=[{"Key": "Environment"}])
    world.run(run_instances([instance]), now=NOW + timedelta(hours=1))
    assert len(world.changes()) == 2

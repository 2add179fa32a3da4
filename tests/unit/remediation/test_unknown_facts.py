"""Rule: a fact is known, known to be absent, or could not be read. An unreadable fact never leads to a default."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tag_governance.domain.model import Status
from tests.support.events import api_call, run_instances
from tests.support.policies import HOME, scope
from tests.support.world import NOW, World
from tools.policy_document import rule

TRANSIENT = [("ThrottlingException", 400), ("ServiceUnavailable", 503), ("ExpiredToken", 403)]
BY_ACCOUNT = {"default": scope(tags=[rule("Cost", derive_from=["account_tag:CostCenter"], default="none")])}
INHERITED = {"default": scope(tags=[rule("Owner", derive_from=["related_tag"], default="unassigned")])}
BY_PLACE = {
    "default": scope(tags=[rule("Stage", default="prod")]),
    "sandbox": scope(target="{unit}", tags=[rule("Stage", default="test")]),
}


def account_with_cost_center(world: World) -> None:
    organizations = world.home.client("organizations")
    organizations.create_organization()
    organizations.tag_resource(ResourceId=HOME, Tags=[{"Key": "CostCenter", "Value": "cc-7"}])


def snapshot_of_carols_volume(world: World) -> tuple[str, dict[str, Any], str]:
    """Create a snapshot. Return its id, the event of its creation, and the id of its volume."""
    ec2 = world.home.client("ec2")
    volume = ec2.create_volume(AvailabilityZone="us-east-1a", Size=1)["VolumeId"]
    ec2.create_tags(Resources=[volume], Tags=[{"Key": "Owner", "Value": "carol"}])
    snapshot = ec2.create_snapshot(VolumeId=volume)["SnapshotId"]
    event = api_call("ec2.amazonaws.com", "CreateSnapshot", {"volumeId": volume}, {"snapshotId": snapshot})
    return snapshot, event, volume


def sandbox_account(world: World) -> tuple[str, dict[str, Any]]:
    """Create an account after the last apply. Return its id, and scopes of a policy, one of which is attached to its
    OU."""
    organizations = world.home.client("organizations")
    organizations.create_organization()
    root = organizations.list_roots()["Roots"][0]["Id"]
    unit = organizations.create_organizational_unit(ParentId=root, Name="sandbox")["OrganizationalUnit"]["Id"]
    created = organizations.create_account(AccountName="new", Email="new@example.com")["CreateAccountStatus"]
    organizations.move_account(AccountId=created["AccountId"], SourceParentId=root, DestinationParentId=unit)
    return created["AccountId"], BY_PLACE | {"sandbox": BY_PLACE["sandbox"] | {"target": unit}}


@pytest.mark.parametrize(("code", "status"), TRANSIENT)
def test_an_account_with_unreadable_tags_gets_its_real_value_later(world: World, code: str, status: int) -> None:
    account_with_cost_center(world)
    (instance,) = world.instances(1)
    world.wire.fail("organizations:ListTagsForResource", code, status=status)

    assert world.run(run_instances([instance]), scopes=BY_ACCOUNT) == ["m0"]
    assert world.instance_tags(instance) == [{}]

    world.wire.recover()
    assert world.run(run_instances([instance]), received=2, scopes=BY_ACCOUNT) == []
    assert world.instance_tags(instance) == [{"Cost": "cc-7"}]


def test_an_account_that_has_no_such_tag_gets_the_default_at_once(world: World) -> None:
    world.home.client("organizations").create_organization()
    (instance,) = world.instances(1)
    assert world.run(run_instances([instance]), scopes=BY_ACCOUNT) == []
    assert world.instance_tags(instance) == [{"Cost": "none"}]


def test_an_account_whose_tags_are_denied_is_not_evaluated_until_they_are_not(world: World) -> None:
    account_with_cost_center(world)
    (instance,) = world.instances(1)
    world.wire.fail("organizations:ListTagsForResource", "AccessDeniedException", "no")

    assert world.run(run_instances([instance]), scopes=BY_ACCOUNT) == []
    assert [r.status for r in world.results] == [Status.NOT_EVALUATED]
    assert world.instance_tags(instance) == [{}]

    world.wire.recover()
    for days in (1, 2):
        world.settle(NOW + timedelta(days=days), scopes=BY_ACCOUNT)
    assert world.instance_tags(instance) == [{"Cost": "cc-7"}]


@pytest.mark.parametrize(("code", "status"), TRANSIENT)
def test_unreadable_tags_of_a_related_resource_are_read_again(world: World, code: str, status: int) -> None:
    snapshot, event, volume = snapshot_of_carols_volume(world)
    world.wire.fail("ec2:DescribeTags", code, status=status, when=lambda call: volume in str(call))

    assert world.run(event, scopes=INHERITED) == ["m0"]
    assert world.instance_tags(snapshot) == [{}]

    world.wire.recover()
    assert world.run(event, received=2, scopes=INHERITED) == []
    assert world.instance_tags(snapshot) == [{"Owner": "carol"}]


@pytest.mark.parametrize(("code", "status"), TRANSIENT)
def test_an_account_with_unreadable_position_waits_for_its_scope(world: World, code: str, status: int) -> None:
    account, scopes = sandbox_account(world)
    event = run_instances(["i-0aaaaaaaaaaaaaaaa"], account=account)
    world.wire.fail("organizations:ListParents", code, status=status)

    assert world.run(event, scopes=scopes) == ["m0"]
    assert (world.wire.calls["ec2:CreateTags"], world.states()) == (0, [])

    world.wire.recover()
    assert world.run(event, received=2, scopes=scopes) == []
    assert [(r.verdict.scope, dict(r.written_tags)) for r in world.results] == [("sandbox", {"Stage": "test"})]


@pytest.mark.parametrize(("code", "status"), TRANSIENT)
def test_a_resource_whose_own_tags_could_not_be_read_waits(world: World, code: str, status: int) -> None:
    (instance,) = world.instances(1, {"Environment": "prod"})
    world.wire.fail("ec2:DescribeTags", code, status=status)

    assert world.run(run_instances([instance])) == ["m0"]
    assert world.wire.calls["ec2:CreateTags"] == 0


def test_a_related_resource_that_the_index_does_not_list_yet_is_read_again(world: World) -> None:
    ec2 = world.home.client("ec2")
    snapshot, event, volume = snapshot_of_carols_volume(world)
    named = [{"key": "Name", "value": "n"}]
    event["detail"]["requestParameters"] |= {
        "tagSpecificationSet": {"items": [{"resourceType": "snapshot", "tags": named}]}
    }
    event["detail"]["responseElements"] |= {"tagSet": {"items": named}}
    ec2.create_tags(Resources=[snapshot], Tags=[{"Key": "Name", "Value": "n"}])
    ec2.delete_tags(Resources=[volume], Tags=[{"Key": "Owner"}])
    assert world.run(event, now=NOW - timedelta(seconds=50), scopes=INHERITED) == ["m0"]

    ec2.create_tags(Resources=[volume], Tags=[{"Key": "Owner", "Value": "carol"}])
    assert world.run(event, received=2, now=NOW + timedelta(minutes=5), scopes=INHERITED) == []

    assert world.instance_tags(snapshot) == [{"Name": "n", "Owner": "carol"}]


def test_a_related_resource_without_tags_gives_the_default_once_the_index_is_up_to_date(world: World) -> None:
    snapshot, event, volume = snapshot_of_carols_volume(world)
    world.home.client("ec2").delete_tags(Resources=[volume], Tags=[{"Key": "Owner"}])

    assert world.run(event, now=NOW + timedelta(minutes=5), scopes=INHERITED) == []

    assert world.instance_tags(snapshot) == [{"Owner": "unassigned"}]

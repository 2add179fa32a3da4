"""Values from what a resource belongs to, read from AWS: Auto Scaling group, organizational units."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.support.events import run_instances
from tests.support.policies import HOME, scope
from tests.support.world import NOW, World
from tools.policy_document import rule


def inheriting(*sources: str) -> dict[str, Any]:
    return {"default": scope(tags=[rule("Owner", derive_from=list(sources), default="nobody")])}


def test_an_instance_inherits_from_its_auto_scaling_group(world: World) -> None:
    scaling = world.home.client("autoscaling")
    scaling.create_launch_configuration(LaunchConfigurationName="web", ImageId="ami-12c6146b", InstanceType="t3.micro")
    scaling.create_auto_scaling_group(
        AutoScalingGroupName="web",
        LaunchConfigurationName="web",
        MinSize=1,
        MaxSize=1,
        AvailabilityZones=["us-east-1a"],
        Tags=[{"Key": "Owner", "Value": "carol", "PropagateAtLaunch": False}],
    )
    (group,) = scaling.describe_auto_scaling_groups()["AutoScalingGroups"]
    instance = group["Instances"][0]["InstanceId"]

    assert world.run(run_instances([instance]), scopes=inheriting("related_tag")) == []

    assert world.instance_tags(instance)[0]["Owner"] == "carol"


def test_the_nearest_organizational_unit_counts(world: World) -> None:
    organizations = world.home.client("organizations")
    organizations.create_organization()
    root = organizations.list_roots()["Roots"][0]["Id"]
    upper, lower = root, root
    for name in ("upper", "lower"):
        unit = organizations.create_organizational_unit(ParentId=lower, Name=name)["OrganizationalUnit"]
        upper, lower = lower, unit["Id"]
    organizations.move_account(AccountId=HOME, SourceParentId=root, DestinationParentId=lower)
    organizations.tag_resource(ResourceId=root, Tags=[{"Key": "Owner", "Value": "root"}, {"Key": "Cost", "Value": "1"}])
    organizations.tag_resource(ResourceId=lower, Tags=[{"Key": "Owner", "Value": "lower"}])
    organizations.tag_resource(ResourceId=upper, Tags=[{"Key": "Owner", "Value": "upper"}])
    scopes = {
        "default": scope(
            tags=[rule("Owner", derive_from=["ou_tag"]), rule("Cost", derive_from=["ou_tag"], default="0")]
        )
    }
    (instance,) = world.instances(1)

    assert world.run(run_instances([instance]), scopes=scopes) == []

    assert world.instance_tags(instance) == [{"Owner": "lower", "Cost": "1"}]


def test_denied_tags_of_units_are_read_again_once_they_are_allowed(world: World) -> None:
    organizations = world.home.client("organizations")
    organizations.create_organization()
    place = organizations.list_roots()["Roots"][0]["Id"]
    instances = world.instances(4)
    scopes = inheriting("ou_tag")
    world.wire.fail("organizations:ListTagsForResource", "AccessDeniedException")
    for number, instance in enumerate(instances):
        parent = organizations.list_roots()["Roots"][0]["Id"]
        unit = organizations.create_organizational_unit(ParentId=parent, Name=f"u{number}")["OrganizationalUnit"]["Id"]
        organizations.tag_resource(ResourceId=unit, Tags=[{"Key": "Owner", "Value": "shop"}])
        organizations.move_account(AccountId=HOME, SourceParentId=place, DestinationParentId=unit)
        place = unit
        world.run(run_instances([instance]), now=NOW + timedelta(minutes=10 * number), scopes=scopes)
    world.wire.recover()

    for hours in range(2, 30):
        world.settle(now=NOW + timedelta(hours=hours), scopes=scopes)

    assert world.instance_tags(*instances) == [{"Owner": "shop"}] * len(instances)


def test_a_unit_that_was_deleted_since_it_was_read_is_looked_up_again(world: World) -> None:
    organizations = world.home.client("organizations")
    organizations.create_organization()
    root = organizations.list_roots()["Roots"][0]["Id"]
    old, new = (
        organizations.create_organizational_unit(ParentId=root, Name=name)["OrganizationalUnit"]["Id"]
        for name in ("old", "new")
    )
    organizations.tag_resource(ResourceId=new, Tags=[{"Key": "Owner", "Value": "new"}])
    organizations.move_account(AccountId=HOME, SourceParentId=root, DestinationParentId=old)
    instances, scopes = world.instances(2), inheriting("ou_tag")
    world.run(run_instances([instances[0]]), now=NOW, scopes=scopes)
    organizations.move_account(AccountId=HOME, SourceParentId=old, DestinationParentId=new)
    organizations.delete_organizational_unit(OrganizationalUnitId=old)
    world.wire.fail(
        "organizations:ListTagsForResource", "TargetNotFoundException", when=lambda params: params["ResourceId"] == old
    )
    deployment = world.deployment(scopes=scopes)
    deployment.organization._tags.clear()  # as if they had been read a little before the position

    world.deliver(run_instances([instances[1]]), now=NOW + timedelta(minutes=1), scopes=scopes)

    assert world.instance_tags(instances[1]) == [{"Owner": "new"}]

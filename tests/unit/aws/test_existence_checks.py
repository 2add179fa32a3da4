"""Each describe call of the catalogue, on resources that are created and deleted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest
from botocore.exceptions import ClientError
from botocore.model import StructureShape
from botocore.session import Session
from botocore.validate import validate_parameters

from tag_governance.aws.attempts import Attempts
from tag_governance.aws.readers import check_existence
from tag_governance.decision.plan import plan_describes
from tag_governance.domain.budget import Budget
from tag_governance.domain.catalogue import Describe, load_catalogue
from tag_governance.domain.failure import Failure
from tag_governance.domain.model import Observation, Source
from tests.support.catalogued import ENTRIES
from tests.support.policies import HOME
from tests.support.world import NOW, World

Made = Iterator[str]


def instance(world: World) -> Made:
    ec2 = world.home.client("ec2")
    (made,) = world.instances(1)
    yield made
    ec2.terminate_instances(InstanceIds=[made])


def volume(world: World) -> Made:
    ec2 = world.home.client("ec2")
    made = ec2.create_volume(AvailabilityZone="us-east-1a", Size=1)["VolumeId"]
    yield made
    ec2.delete_volume(VolumeId=made)


def snapshot(world: World) -> Made:
    ec2 = world.home.client("ec2")
    disk = ec2.create_volume(AvailabilityZone="us-east-1a", Size=1)["VolumeId"]
    made = ec2.create_snapshot(VolumeId=disk)["SnapshotId"]
    yield made
    ec2.delete_snapshot(SnapshotId=made)


def image(world: World) -> Made:
    ec2 = world.home.client("ec2")
    made = ec2.create_image(InstanceId=world.instances(1)[0], Name="web")["ImageId"]
    yield made
    ec2.deregister_image(ImageId=made)


def vpc(world: World) -> Made:
    ec2 = world.home.client("ec2")
    made = ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
    yield made
    ec2.delete_vpc(VpcId=made)


def subnet(world: World) -> Made:
    ec2 = world.home.client("ec2")
    parent = ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
    made = ec2.create_subnet(VpcId=parent, CidrBlock="10.1.0.0/24")["Subnet"]["SubnetId"]
    yield made
    ec2.delete_subnet(SubnetId=made)


def network_interface(world: World) -> Made:
    ec2 = world.home.client("ec2")
    made = ec2.create_network_interface(SubnetId=next(subnet(world)))["NetworkInterface"]["NetworkInterfaceId"]
    yield made
    ec2.delete_network_interface(NetworkInterfaceId=made)


def security_group(world: World) -> Made:
    ec2 = world.home.client("ec2")
    made = ec2.create_security_group(GroupName="web", Description="web", VpcId=next(vpc(world)))["GroupId"]
    yield made
    ec2.delete_security_group(GroupId=made)


def elastic_ip(world: World) -> Made:
    ec2 = world.home.client("ec2")
    made = ec2.allocate_address(Domain="vpc")["AllocationId"]
    yield made
    ec2.release_address(AllocationId=made)


def nat_gateway(world: World) -> Made:
    ec2 = world.home.client("ec2")
    made = ec2.create_nat_gateway(SubnetId=next(subnet(world)), AllocationId=next(elastic_ip(world)))
    yield made["NatGateway"]["NatGatewayId"]
    ec2.delete_nat_gateway(NatGatewayId=made["NatGateway"]["NatGatewayId"])


def auto_scaling_group(world: World) -> Made:
    groups = world.home.client("autoscaling")
    with suppress(ClientError):
        groups.create_launch_configuration(
            LaunchConfigurationName="web", ImageId="ami-12c6146b", InstanceType="t3.micro"
        )
    name = f"web/{len(groups.describe_auto_scaling_groups()['AutoScalingGroups'])}"
    groups.create_auto_scaling_group(
        AutoScalingGroupName=name,
        LaunchConfigurationName="web",
        MinSize=0,
        MaxSize=1,
        AvailabilityZones=["us-east-1a"],
    )
    yield name
    groups.delete_auto_scaling_group(AutoScalingGroupName=name)


MAKERS: dict[str, Callable[[World], Made]] = {
    "autoscaling:autoScalingGroup": auto_scaling_group,
    "ec2:elastic-ip": elastic_ip,
    "ec2:image": image,
    "ec2:instance": instance,
    "ec2:natgateway": nat_gateway,
    "ec2:network-interface": network_interface,
    "ec2:security-group": security_group,
    "ec2:snapshot": snapshot,
    "ec2:subnet": subnet,
    "ec2:volume": volume,
    "ec2:vpc": vpc,
}


def seen(name: str, identifier: str) -> Observation:
    known = load_catalogue().type(name)
    arn = known.arn("aws", "us-east-1", HOME, {known.last_variable: identifier, "GroupId": "*"})
    return Observation(arn, name, HOME, "us-east-1", NOW, Source.RECHECK, "1")


def described(name: str) -> Describe:
    describe = load_catalogue().type(name).describe
    assert describe is not None
    return describe


def present(world: World, *observations: Observation) -> dict[str, Any]:
    calls = plan_describes(observations, load_catalogue())
    assert len(calls) == 1, "resources of a type are asked for together"
    attempts = Attempts(Budget.of(None), {}, lambda: NOW)
    return check_existence(calls, world.deployment().clients, attempts)


@pytest.mark.parametrize("name", MAKERS)
def test_existing_and_deleted_resources_are_distinguished(world: World, name: str) -> None:
    lives, dies = MAKERS[name](world), MAKERS[name](world)
    living, dead = seen(name, next(lives)), seen(name, next(dies))
    assert present(world, living, dead) == {living.arn: True, dead.arn: True}

    next(dies, None)

    assert present(world, living, dead) == {living.arn: True, dead.arn: False}


@pytest.mark.parametrize("name", [name for name in MAKERS if described(name).also])
def test_an_older_sdk_never_reports_a_hidden_resource_as_gone(world: World, name: str) -> None:
    unknown = [*described(name).also]
    world.wire.age(*unknown)
    lives, dies = MAKERS[name](world), MAKERS[name](world)
    living, dead = seen(name, next(lives)), seen(name, next(dies))
    next(dies, None)

    found = present(world, living, dead)

    assert found[living.arn] is True
    hidden = found[dead.arn]
    assert isinstance(hidden, Failure)
    assert not hidden.is_transient
    assert all(parameter in hidden.cause for parameter in unknown)


@pytest.mark.parametrize("name", MAKERS)
def test_the_parameters_are_valid_and_limited_to_the_account(name: str) -> None:
    describe = described(name)
    taken = Session().get_service_model(describe.service).operation_model(describe.operation).input_shape
    asked = describe.parameters(["a", "b"])

    assert isinstance(taken, StructureShape)
    validate_parameters(asked, taken)
    assert all(asked.get(member) == ["self"] for member in ("Owners", "OwnerIds") if member in taken.members)


def test_every_describe_call_of_the_catalogue_is_tested() -> None:
    types = [entry["type"] for entry in ENTRIES if entry["describe"] is not None]

    assert types == sorted(MAKERS)

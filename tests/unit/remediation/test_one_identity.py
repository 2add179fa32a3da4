"""Rule: one resource is one ledger entry, for all forms of its ARN and all regions of its events."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.events import ADDED, api_call, instance_arn, tag_change
from tests.support.policies import HOME, MEMBER
from tests.support.world import World

TOKYO = "ap-northeast-1"


def snapshot_tags(world: World, snapshot: str) -> dict[str, str]:
    (found,) = world.home.client("ec2").describe_snapshots(SnapshotIds=[snapshot])["Snapshots"]
    return {tag["Key"]: tag["Value"] for tag in found.get("Tags", [])}


@pytest.fixture
def snapshot(world: World) -> str:
    ec2 = world.home.client("ec2")
    volume = ec2.create_volume(AvailabilityZone="us-east-1a", Size=1)["VolumeId"]
    return ec2.create_snapshot(VolumeId=volume)["SnapshotId"]


def test_a_snapshot_is_one_entry_with_and_without_its_account(world: World, snapshot: str) -> None:
    created = api_call("ec2.amazonaws.com", "CreateSnapshot", {}, {"snapshotId": snapshot})
    changed = tag_change(f"arn:aws:ec2:us-east-1:{HOME}:snapshot/{snapshot}", {})

    assert world.run(created) == []
    assert world.run(changed) == []
    assert world.run(created, changed) == []

    assert snapshot_tags(world, snapshot) == ADDED
    assert {state["resource"] for state in world.states()} == {f"arn:aws:ec2:us-east-1::snapshot/{snapshot}"}
    assert len(world.changes()) == 1
    assert len(world.notices()) == 1


def test_a_snapshot_in_an_event_of_another_account_is_ignored(world: World, snapshot: str) -> None:
    assert world.run(tag_change(f"arn:aws:ec2:us-east-1:{MEMBER}:snapshot/{snapshot}", {}, account=HOME)) == []

    assert (snapshot_tags(world, snapshot), world.states(), world.buried()) == ({}, [], [])


def test_a_function_that_is_published_at_creation_is_tagged_as_a_function(world: World) -> None:
    arn = f"arn:aws:lambda:us-east-1:{HOME}:function:pay"
    request = {"functionName": "pay", "publish": True}
    event = api_call("lambda.amazonaws.com", "CreateFunction20150331", request, {"functionArn": f"{arn}:1"})

    world.run(event)

    asked = {
        one
        for call in world.wire.parameters("resourcegroupstaggingapi:GetResources")
        for one in call["ResourceARNList"]
    }
    assert asked == {arn}


def test_a_replica_of_a_table_is_tagged_in_its_region_and_its_table_is_not_touched(world: World) -> None:
    places = []
    for region in ("us-east-1", TOKYO):
        client = world.home.client("dynamodb", region_name=region)
        client.create_table(
            TableName="orders",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        places.append((client, f"arn:aws:dynamodb:{region}:{HOME}:table/orders"))
    event = api_call(
        "dynamodb.amazonaws.com",
        "UpdateTable",
        {"tableName": "orders", "replicaUpdates": [{"create": {"regionName": TOKYO}}]},
        {"tableDescription": {"tableName": "orders", "tableArn": places[0][1]}},
    )

    assert world.run(event) == []

    (table, replica) = (tags_of(client, arn) for client, arn in places)
    assert (table, replica) == ({}, ADDED)
    assert [(state["resource"], state["region"]) for state in world.states()] == [(places[1][1], TOKYO)]


def tags_of(client: Any, arn: str) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in client.list_tags_of_resource(ResourceArn=arn)["Tags"]}


def test_an_update_of_a_table_without_a_new_replica_is_ignored(world: World) -> None:
    event = api_call("dynamodb.amazonaws.com", "UpdateTable", {"tableName": "t"}, {"tableDescription": {}})

    assert world.run(event) == []

    assert (world.states(), world.buried(), world.ignored_count) == ([], [], 1)


def test_a_call_that_created_nothing_is_no_dead_letter(world: World) -> None:
    event = api_call("ecs.amazonaws.com", "RunTask", {"cluster": "c"}, {"tasks": [], "failures": [{"reason": "CPU"}]})

    assert world.run(event, received=100, resource_types=["ecs:task"]) == []

    assert (world.buried(), world.ignored_count) == ([], 1)


def test_a_spot_request_is_tagged_with_its_instance(world: World) -> None:
    (instance,) = world.instances(1)
    request = world.home.client("ec2").request_spot_instances(
        LaunchSpecification={"ImageId": "ami-12c6146b", "InstanceType": "t3.micro"}
    )["SpotInstanceRequests"][0]["SpotInstanceRequestId"]
    launched = {"instanceId": instance, "spotInstanceRequestId": request}
    event = api_call("ec2.amazonaws.com", "RunInstances", {}, {"instancesSet": {"items": [launched]}})

    assert world.run(event, resource_types=["ec2:instance", "ec2:spot-instances-request"]) == []

    assert world.instance_tags(instance, request) == [ADDED, ADDED]
    assert {state["resource"] for state in world.states()} == {
        instance_arn(instance),
        f"arn:aws:ec2:us-east-1:{HOME}:spot-instances-request/{request}",
    }

"""AWS calls of a batch, counted at the HTTP layer."""

from __future__ import annotations

from datetime import timedelta

from tag_governance.domain.model import Status
from tests.support.events import ADDED, GOOD, instance_arn, run_instances
from tests.support.policies import exemption
from tests.support.world import NOW, World


def test_a_compliant_creation_needs_no_aws_call(world: World) -> None:
    assert world.run(*[run_instances([f"i-{n}"], GOOD) for n in range(10)]) == []
    assert world.wire.calls == {}
    assert [r.status for r in world.results] == [Status.COMPLIANT] * 10


def test_twenty_untagged_instances_need_one_read_and_one_write(world: World) -> None:
    ids = world.instances(20)
    assert world.run(run_instances(ids)) == []
    assert {k: n for k, n in world.wire.calls.items() if k.startswith("ec2:")} == {
        "ec2:DescribeTags": 1,
        "ec2:CreateTags": 1,
    }
    assert world.instance_tags(*ids) == [ADDED] * 20


def test_ten_launches_in_a_batch_are_planned_together(world: World) -> None:
    groups = [world.instances(4) for _ in range(10)]
    assert world.run(*[run_instances(ids, event_id=f"e-{n}") for n, ids in enumerate(groups)]) == []
    assert {operation: n for operation, n in world.wire.calls.items() if operation.startswith("ec2:")} == {
        "ec2:DescribeTags": 1,
        "ec2:CreateTags": 1,
    }
    assert world.instance_tags(*groups[9]) == [ADDED] * 4


def test_the_calls_of_a_batch_are_in_its_summary(world: World) -> None:
    ids = world.instances(1)
    world.run(run_instances(ids))
    calls = world.deployment().pop_calls()
    assert (calls["ec2:DescribeTags"], calls["ec2:CreateTags"], calls["sns:PublishBatch"]) == (1, 1, 1)
    assert world.deployment().pop_calls() == {}


WITH_VOLUMES = ["ec2:instance", "ec2:volume"]


def volumes_of(world: World, *instances: str) -> list[str]:
    found = world.home.client("ec2").describe_volumes(
        Filters=[{"Name": "attachment.instance-id", "Values": list(instances)}]
    )
    return [volume["VolumeId"] for volume in found["Volumes"]]


def test_volumes_that_the_event_does_not_name_are_found_through_their_instance(world: World) -> None:
    ids = world.instances(5)
    assert world.run(run_instances(ids), resource_types=WITH_VOLUMES) == []
    volumes = volumes_of(world, *ids)
    assert len(volumes) == 5
    assert world.instance_tags(*ids, *volumes) == [ADDED] * 10
    assert {k: n for k, n in world.wire.calls.items() if k.startswith("ec2:")} == {
        "ec2:DescribeVolumes": 1,
        "ec2:DescribeTags": 1,
        "ec2:CreateTags": 1,
    }


def test_volumes_with_tags_in_the_event_need_no_aws_call(world: World) -> None:
    event = run_instances(["i-1"], GOOD)
    specification = event["detail"]["requestParameters"]["tagSpecificationSet"]["items"]
    specification.append(specification[0] | {"resourceType": "volume"})
    assert world.run(event, resource_types=WITH_VOLUMES) == []
    assert world.wire.calls == {}
    assert {r.verdict.observation.resource_type for r in world.results} == set(WITH_VOLUMES)


def test_volumes_are_found_when_only_volumes_are_governed(world: World) -> None:
    (instance,) = world.instances(1)
    assert world.run(run_instances([instance]), resource_types=["ec2:volume"]) == []
    assert world.instance_tags(instance, *volumes_of(world, instance)) == [{}, ADDED]


def test_volumes_that_are_not_attached_yet_are_retried_for_a_while(world: World) -> None:
    (instance,) = world.instances(1)
    world.wire.answer("ec2:DescribeVolumes", {"Volumes": []})
    event = run_instances([instance])
    assert world.run(event, resource_types=WITH_VOLUMES) == ["m0"]
    assert world.instance_tags(instance) == [ADDED]
    assert world.findings() == []
    assert world.run(event, resource_types=WITH_VOLUMES, now=NOW + timedelta(minutes=20)) == []


def test_an_open_finding_of_an_instance_stays_if_it_has_no_volume(world: World) -> None:
    (instance,) = world.instances(1, {"Environment": "staging", "Owner": "bob"})
    world.wire.answer("ec2:DescribeVolumes", {"Volumes": []})
    event = run_instances([instance])
    world.run(event, resource_types=WITH_VOLUMES)
    world.run(event, resource_types=WITH_VOLUMES, now=NOW + timedelta(minutes=20))
    assert [f["resource"] for f in world.findings()] == [instance_arn(instance)]


def test_an_exemption_of_the_instance_does_not_cover_its_volumes(world: World) -> None:
    (instance,) = world.instances(1, GOOD)
    event = run_instances([instance], GOOD)
    specification = event["detail"]["requestParameters"]["tagSpecificationSet"]["items"]
    specification.append({"resourceType": "volume", "tags": [{"key": "Owner", "value": "bob"}]})
    exempt = [exemption(arns=["arn:aws:ec2:*:instance/*"])]
    assert world.run(event, resource_types=WITH_VOLUMES, exemptions=exempt) == []
    assert world.instance_tags(*volumes_of(world, instance)) == [ADDED]

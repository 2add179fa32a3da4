"""Each tagging API with its services, limits and special cases."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from tag_governance.domain.model import Status
from tests.support.events import ADDED, api_call, create_bucket
from tests.support.policies import ENVIRONMENT, OWNER, scope
from tests.support.world import World

GROUP = "arn:aws:autoscaling:us-east-1:123456789012:autoScalingGroup:*:autoScalingGroupName/web"


def auto_scaling_group(world: World, *tags: dict[str, Any]) -> Any:
    client = world.home.client("autoscaling")
    client.create_launch_configuration(LaunchConfigurationName="web", ImageId="ami-12c6146b", InstanceType="t3.micro")
    client.create_auto_scaling_group(
        AutoScalingGroupName="web",
        LaunchConfigurationName="web",
        MinSize=0,
        MaxSize=1,
        AvailabilityZones=["us-east-1a"],
        Tags=[{"ResourceId": "web", "ResourceType": "auto-scaling-group", **tag} for tag in tags],
    )
    return client


def group_created() -> dict[str, Any]:
    return api_call("autoscaling.amazonaws.com", "CreateAutoScalingGroup", {"autoScalingGroupName": "web"}, None)


def group_tags(client: Any) -> dict[str, tuple[str, bool]]:
    return {tag["Key"]: (tag["Value"], tag["PropagateAtLaunch"]) for tag in client.describe_tags()["Tags"]}


def bucket(world: World, **tags: str) -> Any:
    client = world.home.client("s3")
    client.create_bucket(Bucket="records")
    client.put_bucket_tagging(Bucket="records", Tagging={"TagSet": [{"Key": k, "Value": v} for k, v in tags.items()]})
    return client


def bucket_tags(client: Any) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in client.get_bucket_tagging(Bucket="records")["TagSet"]}


def test_an_auto_scaling_group_is_tagged_by_name_and_propagates_its_tags(world: World) -> None:
    client = auto_scaling_group(world)

    assert world.run(group_created(), resource_types=["autoscaling:autoScalingGroup"]) == []

    assert group_tags(client) == {key: (value, True) for key, value in ADDED.items()}
    assert [result.verdict.observation.arn for result in world.results] == [GROUP]


def test_a_tag_that_a_group_does_not_propagate_stays_so(world: World) -> None:
    client = auto_scaling_group(
        world,
        {"Key": "Environment", "Value": "DEV", "PropagateAtLaunch": False},
        {"Key": "Owner", "Value": "ana", "PropagateAtLaunch": False},
    )

    assert world.run(group_created(), resource_types=["autoscaling:autoScalingGroup"]) == []

    assert group_tags(client) == {"Environment": ("dev", False), "Owner": ("ana", False)}


def test_a_group_name_may_contain_slashes(world: World) -> None:
    client = auto_scaling_group(world)
    client.create_auto_scaling_group(
        AutoScalingGroupName="team-a/web",
        LaunchConfigurationName="web",
        MinSize=0,
        MaxSize=1,
        AvailabilityZones=["us-east-1a"],
        Tags=[],
    )
    event = api_call(
        "autoscaling.amazonaws.com", "CreateAutoScalingGroup", {"autoScalingGroupName": "team-a/web"}, None
    )

    assert world.run(event, resource_types=["autoscaling:autoScalingGroup"]) == []

    assert {(tag["ResourceId"], tag["Key"]) for tag in client.describe_tags()["Tags"]} == {
        ("team-a/web", key) for key in ADDED
    }


def test_a_misspelt_key_of_an_auto_scaling_group_is_replaced(world: World) -> None:
    client = auto_scaling_group(world, {"Key": "env", "Value": "dev", "PropagateAtLaunch": False})
    replacing = {"default": scope(tags=[ENVIRONMENT | {"replace_key_aliases": True}, OWNER])}

    assert world.run(group_created(), resource_types=["autoscaling:autoScalingGroup"], scopes=replacing) == []

    assert set(group_tags(client)) == {"Environment", "Owner"}


def test_a_service_without_the_tagging_api_is_tagged_with_its_own_api(world: World) -> None:
    client = world.home.client("scheduler")
    arn = client.create_schedule_group(Name="nightly")["ScheduleGroupArn"]
    event = api_call("scheduler.amazonaws.com", "CreateScheduleGroup", {"name": "nightly"}, {"scheduleGroupArn": arn})

    assert world.run(event, resource_types=["scheduler:schedule-group"]) == []

    tags = client.list_tags_for_resource(ResourceArn=arn)["Tags"]
    assert {tag["Key"]: tag["Value"] for tag in tags} == ADDED
    assert world.wire.count("resourcegroupstaggingapi") == 0


def test_keys_are_removed_with_the_api_of_the_service(world: World) -> None:
    client = world.home.client("scheduler")
    arn = client.create_schedule_group(Name="nightly", Tags=[{"Key": "env", "Value": "dev"}])["ScheduleGroupArn"]
    event = api_call("scheduler.amazonaws.com", "CreateScheduleGroup", {"name": "nightly"}, {"scheduleGroupArn": arn})
    replacing = {"default": scope(tags=[ENVIRONMENT | {"replace_key_aliases": True}])}

    assert world.run(event, resource_types=["scheduler:schedule-group"], scopes=replacing) == []

    tags = client.list_tags_for_resource(ResourceArn=arn)["Tags"]
    assert {tag["Key"]: tag["Value"] for tag in tags} == {"Environment": "dev"}


def test_a_type_without_tag_api_is_reported_but_not_changed(world: World) -> None:
    arn = "arn:aws:codebuild:us-east-1:123456789012:project/build"
    event = api_call("codebuild.amazonaws.com", "CreateProject", {"name": "build"}, {"project": {"arn": arn}})

    assert world.run(event, resource_types=["codebuild:project"]) == []

    assert [(r.status, r.written_tags) for r in world.results] == [(Status.NON_COMPLIANT, {})]
    assert [finding["resource"] for finding in world.findings()] == [arn]
    assert len(world.notices()) == 1
    assert world.changes() == []
    assert set(world.wire.calls) & {"codebuild:UpdateProject", "resourcegroupstaggingapi:TagResources"} == set()


def test_a_bucket_that_changed_before_the_write_is_retried_and_keeps_the_change(
    world: World,
) -> None:
    client = bucket(world, Team="a")

    def other_writer(_: Mapping[str, Any]) -> bool:
        if world.wire.calls["s3:PutBucketTagging"] > 1:
            return False
        bucket_tagging = {"TagSet": [{"Key": "Team", "Value": "a"}, {"Key": "Project", "Value": "apollo"}]}
        client.put_bucket_tagging(Bucket="records", Tagging=bucket_tagging)
        return True

    world.wire.fail("s3:PutBucketTagging", "OperationAborted", "A conflicting operation is in progress", other_writer)

    assert world.run(create_bucket("records")) == ["m0"]
    assert world.run(create_bucket("records"), received=2) == []
    assert bucket_tags(client) == {"Team": "a", "Project": "apollo"} | ADDED
    assert world.wire.calls["s3:PutBucketTagging"] == 2
    assert world.wire.calls["s3control:TagResource"] == 0


def test_a_bucket_under_attribute_based_control_is_tagged_one_by_one(world: World) -> None:
    bucket(world)
    world.wire.fail("s3:PutBucketTagging", "InvalidRequest", "attribute-based access control is enabled")
    world.wire.answer("s3control:TagResource", {})

    assert world.run(create_bucket("records")) == []

    (request,) = [params for operation, params in world.wire.requests if operation == "s3control:TagResource"]
    assert request["ResourceArn"] == "arn:aws:s3:::records"
    assert {tag["Key"]: tag["Value"] for tag in request["Tags"]} == ADDED


def test_a_bucket_that_refuses_both_ways_is_a_finding_with_the_first_cause(world: World) -> None:
    bucket(world)
    world.wire.fail("s3:PutBucketTagging", "InvalidTag", "The tag is invalid")
    world.wire.fail("s3control:TagResource", "MethodNotAllowed")

    assert world.run(create_bucket("records")) == []
    assert [finding["reason"] for finding in world.findings()] == ["InvalidTag: The tag is invalid"]


def test_a_conflict_on_a_bucket_under_attribute_based_control_is_retried(world: World) -> None:
    bucket(world)
    codes = iter(["OperationAborted", "InvalidRequest"])
    world.wire.fail("s3:PutBucketTagging", "OperationAborted", when=lambda _: next(codes) == "OperationAborted")
    world.wire.answer("s3control:TagResource", {})

    assert world.run(create_bucket("records")) == ["m0"]
    assert world.run(create_bucket("records"), received=2) == []


def test_access_denied_to_a_bucket_is_a_finding_without_another_attempt(world: World) -> None:
    bucket(world)
    world.wire.fail("s3:PutBucketTagging", "AccessDenied", "explicit deny", status=403)

    assert world.run(create_bucket("records")) == []
    assert [finding["reason"] for finding in world.findings()] == ["AccessDenied: explicit deny"]
    assert world.wire.calls["s3control:TagResource"] == 0


@pytest.mark.parametrize("code", ["NoSuchTagSetError", "InvalidRequest", "MethodNotAllowed"])
def test_only_no_such_tag_set_means_that_a_bucket_has_no_tags(world: World, code: str) -> None:
    client = bucket(world, Team="a")
    world.wire.fail("s3:GetBucketTagging", code, "cannot be read")

    assert world.run(create_bucket("records")) == []

    assert [(r.status, r.written_tags) for r in world.results] == [(Status.NOT_EVALUATED, {})]
    assert world.wire.calls["s3:PutBucketTagging"] == 0
    assert bucket_tags(client) == {"Team": "a"}


def test_a_bucket_that_cannot_be_read_before_the_write_is_not_written(world: World) -> None:
    client = bucket(world, Team="a")
    world.wire.fail(
        "s3:GetBucketTagging",
        "InternalError",
        status=500,
        when=lambda _: world.wire.calls["s3:GetBucketTagging"] == 2,
    )

    assert world.run(create_bucket("records")) == ["m0"]

    assert world.wire.calls["s3:PutBucketTagging"] == 0
    assert bucket_tags(client) == {"Team": "a"}


def test_tags_missing_right_after_the_write_are_restored(world: World) -> None:
    client = bucket(world, Team="a")

    def other_tool() -> None:
        """Write a set of tags like a tool that read the old set before the write of the function."""
        tag_set = [{"Key": "Team", "Value": "b"}, {"Key": "Project", "Value": "apollo"}]
        client.put_bucket_tagging(Bucket="records", Tagging={"TagSet": tag_set})

    world.wire.before("s3:GetBucketTagging", other_tool, call=3)

    assert world.run(create_bucket("records")) == []

    assert bucket_tags(client) == {"Team": "b", "Project": "apollo"} | ADDED


def test_a_key_that_was_removed_before_the_write_is_not_restored(world: World) -> None:
    client = bucket(world, Team="a", Project="apollo")

    def other_tool() -> None:
        client.put_bucket_tagging(Bucket="records", Tagging={"TagSet": [{"Key": "Team", "Value": "a"}]})

    world.wire.before("s3:GetBucketTagging", other_tool, call=2)

    assert world.run(create_bucket("records")) == ["m0"]
    assert bucket_tags(client) == {"Team": "a"}
    assert world.run(create_bucket("records"), received=2) == []
    assert bucket_tags(client) == {"Team": "a"} | ADDED

"""Every read and write goes to the account and the region of its resource."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.events import ADDED, api_call, create_bucket, instance_arn, run_instances, tag_change
from tests.support.policies import HOME
from tests.support.world import World

PARIS = "eu-west-3"


@pytest.fixture
def places(world: World) -> list[tuple[str, str]]:
    """Record operation and region of each following call of the function, in order."""
    seen: list[tuple[str, str]] = []
    session = world.wire.session

    def noting() -> Any:
        tapped = session()

        def note(**event: Any) -> None:
            seen.append((event["operation_name"], event["request"].context["client_region"]))

        tapped.register("request-created.*.*", note)
        return tapped

    world.wire.session = noting  # type: ignore[method-assign]
    return seen


def region_of(places: list[tuple[str, str]], operation: str) -> set[str]:
    return {region for name, region in places if name == operation}


def test_an_instance_elsewhere_is_read_and_tagged_there(world: World, places: list[tuple[str, str]]) -> None:
    ec2 = world.home.client("ec2", region_name=PARIS)
    (instance,) = world.instances(1, client=ec2)

    assert world.run(run_instances([instance], region=PARIS)) == []

    assert world.instance_tags(instance, client=ec2) == [ADDED]
    assert region_of(places, "DescribeTags") == region_of(places, "CreateTags") == {PARIS}
    assert [state["region"] for state in world.states()] == [PARIS]


def test_a_resource_of_the_tagging_api_is_read_and_tagged_where_it_is(
    world: World, places: list[tuple[str, str]]
) -> None:
    client = world.home.client("sns", region_name=PARIS)
    arn = client.create_topic(Name="orders")["TopicArn"]
    event = api_call("sns.amazonaws.com", "CreateTopic", {"name": "orders"}, {"topicArn": arn}, region=PARIS)

    assert world.run(event) == []

    tags = client.list_tags_for_resource(ResourceArn=arn)["Tags"]
    assert {tag["Key"]: tag["Value"] for tag in tags} == ADDED
    assert region_of(places, "GetResources") == region_of(places, "TagResources") == {PARIS}


def test_a_bucket_is_read_and_tagged_where_it_is(world: World, places: list[tuple[str, str]]) -> None:
    client = world.home.client("s3", region_name=PARIS)
    client.create_bucket(Bucket="records", CreateBucketConfiguration={"LocationConstraint": "eu-west-3"})

    assert world.run(create_bucket("records", region=PARIS)) == []

    assert {tag["Key"]: tag["Value"] for tag in client.get_bucket_tagging(Bucket="records")["TagSet"]} == ADDED
    assert region_of(places, "PutBucketTagging") == {PARIS}


def test_a_resource_of_a_service_with_operations_of_its_own_is_tagged_where_it_is(
    world: World, places: list[tuple[str, str]]
) -> None:
    client = world.home.client("scheduler", region_name=PARIS)
    arn = client.create_schedule_group(Name="nightly")["ScheduleGroupArn"]
    event = api_call(
        "scheduler.amazonaws.com", "CreateScheduleGroup", {"name": "nightly"}, {"scheduleGroupArn": arn}, region=PARIS
    )

    assert world.run(event, resource_types=["scheduler:schedule-group"]) == []

    assert region_of(places, "TagResource") == {PARIS}


def test_one_batch_for_two_regions_goes_to_both(world: World, places: list[tuple[str, str]]) -> None:
    there, here = world.home.client("ec2", region_name=PARIS), world.home.client("ec2")
    (far,), (near,) = world.instances(1, client=there), world.instances(1)

    assert world.run(run_instances([near]), run_instances([far], region=PARIS, event_id="e-2")) == []

    assert (world.instance_tags(near, client=here), world.instance_tags(far, client=there)) == ([ADDED], [ADDED])
    assert region_of(places, "CreateTags") == {"us-east-1", PARIS}


def test_a_tag_change_is_processed_in_the_region_of_its_arn(world: World, places: list[tuple[str, str]]) -> None:
    ec2 = world.home.client("ec2", region_name=PARIS)
    (instance,) = world.instances(1, {"Owner": "bob"}, client=ec2)

    assert world.run(tag_change(instance_arn(instance, HOME, PARIS), {"Owner": "bob"})) == []

    assert world.instance_tags(instance, client=ec2) == [{"Owner": "bob", "Environment": "dev"}]


def test_roles_are_tagged_in_the_one_region_of_iam_and_the_ledger_stays_at_home(
    world: World, places: list[tuple[str, str]]
) -> None:
    world.home.client("iam").create_role(RoleName="app", AssumeRolePolicyDocument="{}")
    arn = f"arn:aws:iam::{HOME}:role/app"
    event = api_call("iam.amazonaws.com", "CreateRole", {"roleName": "app"}, {"role": {"arn": arn, "roleName": "app"}})

    assert world.run(event) == []

    assert region_of(places, "TransactWriteItems") == region_of(places, "PublishBatch") == {"us-east-1"}
    tags = world.home.client("iam").list_role_tags(RoleName="app")["Tags"]
    assert {tag["Key"]: tag["Value"] for tag in tags} == ADDED

"""Rule: a refusal for one resource does not affect others. A refused call is split until the resource is alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from tag_governance.domain.model import Status
from tests.support.events import ADDED, api_call, instance_arn, run_instances
from tests.support.policies import ENVIRONMENT, scope
from tests.support.world import World


def refuse(world: World, operation: str, member: str, name: str, code: str = "TagPolicyViolation") -> None:
    """Refuse each call that names a resource."""

    def is_about_it(call: Mapping[str, Any]) -> bool:
        return name in call[member]

    world.wire.fail(operation, code, f"not allowed for {name}", is_about_it)


def topics(world: World, count: int) -> tuple[list[str], list[dict[str, Any]]]:
    """Create topics. Return their ARNs and the events of their creation."""
    client = world.home.client("sns")
    arns = [client.create_topic(Name=f"orders-{number}")["TopicArn"] for number in range(count)]
    events = [
        api_call("sns.amazonaws.com", "CreateTopic", {"name": arn.split(":")[-1]}, {"topicArn": arn}, event_id=arn)
        for arn in arns
    ]
    return arns, events


def topic_tags(world: World, *arns: str) -> list[dict[str, str]]:
    client = world.home.client("sns")
    answers = [client.list_tags_for_resource(ResourceArn=arn)["Tags"] for arn in arns]
    return [{tag["Key"]: tag["Value"] for tag in tags} for tags in answers]


@pytest.mark.parametrize("code", ["TagPolicyViolation", "InvalidParameterValue", "UnauthorizedOperation"])
def test_one_of_six_instances_that_is_refused_is_one_finding_and_five_are_tagged(world: World, code: str) -> None:
    ids = world.instances(6)
    refuse(world, "ec2:CreateTags", "Resources", ids[3], code)

    assert world.run(run_instances(ids)) == []

    assert world.instance_tags(*ids) == [ADDED, ADDED, ADDED, {}, ADDED, ADDED]
    assert [(f["resource"], f["reason"]) for f in world.findings()] == [
        (instance_arn(ids[3]), f"{code}: not allowed for {ids[3]}")
    ]
    assert len(world.changes()) == 5
    assert world.buried() == []
    reported_arns = {
        resource["arn"]: resource for notice in world.notices() for resource in notice["body"]["resources"]
    }
    assert reported_arns[instance_arn(ids[3])]["cause"] == f"{code}: not allowed for {ids[3]}"
    assert reported_arns[instance_arn(ids[0])]["cause"] is None


def test_one_of_six_instances_that_cannot_be_read_is_not_evaluated_and_five_are_tagged(world: World) -> None:
    ids = world.instances(6)

    def is_about_it(call: Mapping[str, Any]) -> bool:
        return ids[0] in call["Filters"][0]["Values"]

    world.wire.fail("ec2:DescribeTags", "InvalidParameterValue", "no", is_about_it)

    assert world.run(run_instances(ids)) == []

    assert world.instance_tags(*ids) == [{}] + [ADDED] * 5
    assert sorted(r.status.value for r in world.results) == ["compliant"] * 5 + ["not_evaluated"]


def test_one_of_six_that_the_tagging_api_refuses_as_a_whole_is_one_finding_and_five_are_tagged(world: World) -> None:
    arns, events = topics(world, 6)
    refuse(world, "resourcegroupstaggingapi:TagResources", "ResourceARNList", arns[5])

    assert world.run(*events) == []

    assert topic_tags(world, *arns) == [ADDED] * 5 + [{}]
    assert [finding["resource"] for finding in world.findings()] == [arns[5]]
    assert world.buried() == []


def test_one_of_six_that_the_tagging_api_names_as_failed_is_one_finding(world: World) -> None:
    arns, events = topics(world, 6)
    failed = {"StatusCode": 400, "ErrorCode": "InvalidParameterException", "ErrorMessage": "a tag policy denies it"}
    world.wire.answer("resourcegroupstaggingapi:TagResources", {"FailedResourcesMap": {arns[2]: failed}})

    assert world.run(*events) == []

    assert world.wire.calls["resourcegroupstaggingapi:TagResources"] == 1
    assert [finding["resource"] for finding in world.findings()] == [arns[2]]
    assert len(world.changes()) == 5


def test_one_of_six_that_the_tagging_api_names_as_throttled_comes_back_alone(world: World) -> None:
    arns, events = topics(world, 6)
    failed = {"StatusCode": 429, "ErrorCode": "ThrottlingException", "ErrorMessage": "slow down"}
    world.wire.answer("resourcegroupstaggingapi:TagResources", {"FailedResourcesMap": {arns[2]: failed}})

    assert world.run(*events) == ["m2"]
    assert len(world.changes()) == 5
    reported_arns = [resource["arn"] for notice in world.notices() for resource in notice["body"]["resources"]]
    assert sorted(reported_arns) == sorted({*arns} - {arns[2]})


def test_one_of_six_that_the_tagging_api_does_not_read_affects_no_other(world: World) -> None:
    arns, events = topics(world, 6)
    refuse(world, "resourcegroupstaggingapi:GetResources", "ResourceARNList", arns[1], "InvalidParameterException")

    assert world.run(*events) == []

    assert topic_tags(world, *arns) == [ADDED, {}, *[ADDED] * 4]


def test_a_throttled_call_is_not_split_but_retried(world: World) -> None:
    ids = world.instances(6)
    world.wire.fail("ec2:CreateTags", "RequestLimitExceeded")

    assert world.run(run_instances(ids)) == ["m0"]
    assert world.wire.calls["ec2:CreateTags"] == 1


def test_a_refused_change_is_not_retried_until_it_differs(world: World) -> None:
    (instance,) = world.instances(1)
    refuse(world, "ec2:CreateTags", "Resources", instance)
    world.run(run_instances([instance]))
    world.wire.calls.clear()
    world.notices()

    assert world.run(run_instances([instance])) == []

    assert world.wire.calls["ec2:CreateTags"] == 0
    assert world.notices() == []


def test_a_misspelt_key_that_cannot_be_removed_is_a_finding_beside_the_written_tag(world: World) -> None:
    (instance,) = world.instances(1, {"env": "prod"})
    replacing = {"default": scope(tags=[ENVIRONMENT | {"replace_key_aliases": True}])}
    refuse(world, "ec2:DeleteTags", "Resources", instance)

    assert world.run(run_instances([instance]), scopes=replacing) == []

    assert [r.status for r in world.results] == [Status.NON_COMPLIANT]
    assert world.instance_tags(instance) == [{"env": "prod", "Environment": "prod"}]
    assert [change["state"] for change in world.changes()] == ["partial"]
    ((violation,),) = [finding["violations"] for finding in world.findings()]
    assert (violation["problem"], violation["found"]) == ("old_key_left", "env")

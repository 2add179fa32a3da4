"""Rule: ARN, event and credentials are of the same account. Anything else is ignored and counted."""

from __future__ import annotations

from tag_governance.domain.model import Status
from tag_governance.reporting.metrics import metric_documents
from tests.support.events import ADDED, create_bucket, instance_arn, run_instances, tag_change
from tests.support.policies import HOME, MEMBER
from tests.support.world import NOW, World


def test_an_arn_of_another_account_is_ignored_and_counted_without_a_call(world: World) -> None:
    assert world.run(tag_change(instance_arn("i-1", MEMBER), {}, account=HOME)) == []
    assert [result.status for result in world.results] == [Status.IGNORED]
    assert (world.wire.calls, world.buried()) == ({}, [])
    (counted,) = metric_documents(world.results, 0, world.ignored_count, "tags", NOW)
    assert counted["Ignored"] == 1


def test_an_id_in_the_arn_of_another_account_does_not_affect_the_own_resource(world: World) -> None:
    (instance,) = world.instances(1, {"Environment": "prod"})
    foreign = tag_change(instance_arn(instance, MEMBER), {}, account=HOME)
    own = run_instances([instance], {"Environment": "prod"})

    assert world.run(foreign, own) == []

    assert world.instance_tags(instance) == [ADDED | {"Environment": "prod"}]
    assert {call["Tags"][0]["Key"] for call in world.wire.parameters("ec2:CreateTags")} == {"Owner"}
    assert {state["resource"] for state in world.states()} == {instance_arn(instance)}


def test_each_account_is_called_with_its_own_credentials(world: World) -> None:
    ec2 = world.member_ec2()
    (theirs,) = world.instances(1, client=ec2)
    (ours,) = world.instances(1)

    assert world.run(run_instances([ours]), run_instances([theirs], account=MEMBER, event_id="e-2")) == []

    assert (world.instance_tags(ours), world.instance_tags(theirs, client=ec2)) == ([ADDED], [ADDED])
    assert [call["Resources"] for call in world.wire.parameters("ec2:CreateTags")] == [[ours], [theirs]]


def test_a_bucket_that_now_belongs_to_another_account_is_not_written(world: World) -> None:
    world.home.client("s3").create_bucket(Bucket="records")
    world.run(create_bucket("records"))
    owners = {
        call["ExpectedBucketOwner"]
        for operation, call in world.wire.requests
        if operation in ("s3:GetBucketTagging", "s3:PutBucketTagging")
    }
    assert owners == {HOME}

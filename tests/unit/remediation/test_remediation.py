"""Tag changes of a batch in each mode, and what is not changed."""

from __future__ import annotations

import pytest

from tag_governance.domain.model import Status
from tests.support.events import ADDED, GOOD, api_call, create_bucket, instance_arn, run_instances
from tests.support.policies import ENVIRONMENT, HOME, MEMBER, OWNER, ROLE, exemption, scope
from tests.support.world import World
from tools.policy_document import rule


def test_only_missing_tags_are_added_and_values_of_people_stay(world: World) -> None:
    (instance,) = world.instances(1, {"Owner": "bob", "Other": "x"})
    world.run(run_instances([instance], {"Owner": "bob", "Other": "x"}))
    assert world.instance_tags(instance) == [{"Owner": "bob", "Other": "x", "Environment": "dev"}]


def test_tags_added_after_the_event_are_read_before_a_write(world: World) -> None:
    (instance,) = world.instances(1, GOOD)
    world.run(run_instances([instance]))
    assert world.wire.calls["ec2:CreateTags"] == 0
    assert world.notices() == []


def test_a_misspelt_key_is_replaced_if_the_schema_says_so(world: World) -> None:
    (instance,) = world.instances(1, {"env": "Production", "Owner": "bob"})
    replacing = {"default": scope(tags=[ENVIRONMENT | {"replace_key_aliases": True}, OWNER])}
    world.run(run_instances([instance]), scopes=replacing)
    assert world.instance_tags(instance) == [GOOD]


def test_resources_of_a_member_account_are_tagged_through_its_role(world: World) -> None:
    ec2 = world.member_ec2()
    ids = world.instances(3, client=ec2)
    assert world.run(run_instances(ids, account=MEMBER)) == []
    assert world.instance_tags(*ids, client=ec2) == [ADDED] * 3
    assert world.wire.calls["sts:AssumeRole"] == 1
    session = next(params for operation, params in world.wire.requests if operation == "sts:AssumeRole")
    assert session["RoleArn"] == f"arn:aws:iam::{MEMBER}:role/{ROLE}"


def test_bucket_tags_are_merged_into_those_already_there(world: World) -> None:
    s3 = world.home.client("s3")
    s3.create_bucket(Bucket="access-records")
    s3.put_bucket_tagging(Bucket="access-records", Tagging={"TagSet": [{"Key": "Other", "Value": "x"}]})
    assert world.run(create_bucket("access-records")) == []
    assert {t["Key"]: t["Value"] for t in s3.get_bucket_tagging(Bucket="access-records")["TagSet"]} == {
        "Other": "x"
    } | ADDED


def test_an_iam_role_is_tagged(world: World) -> None:
    world.home.client("iam").create_role(RoleName="app", AssumeRolePolicyDocument="{}", Path="/team/")
    arn = f"arn:aws:iam::{HOME}:role/team/app"
    event = api_call("iam.amazonaws.com", "CreateRole", {"roleName": "app"}, {"role": {"arn": arn, "roleName": "app"}})
    assert world.run(event) == []
    tags = world.home.client("iam").list_role_tags(RoleName="app")["Tags"]
    assert {t["Key"]: t["Value"] for t in tags} == ADDED


def test_other_services_are_tagged_through_the_tagging_api(world: World) -> None:
    arn = world.home.client("sns").create_topic(Name="orders")["TopicArn"]
    event = api_call("sns.amazonaws.com", "CreateTopic", {"name": "orders"}, {"topicArn": arn})
    assert world.run(event) == []
    tags = world.home.client("sns").list_tags_for_resource(ResourceArn=arn)["Tags"]
    assert {t["Key"]: t["Value"] for t in tags} == ADDED


def test_a_value_is_inherited_from_the_related_resource(world: World) -> None:
    ec2 = world.home.client("ec2")
    volume = ec2.create_volume(AvailabilityZone="us-east-1a", Size=1)["VolumeId"]
    ec2.create_tags(Resources=[volume], Tags=[{"Key": "Owner", "Value": "carol"}])
    snapshot = ec2.create_snapshot(VolumeId=volume)["SnapshotId"]
    event = api_call("ec2.amazonaws.com", "CreateSnapshot", {"volumeId": volume}, {"snapshotId": snapshot})
    inherited = {"default": scope(tags=[rule("Owner", derive_from=["related_tag"])])}
    assert world.run(event, scopes=inherited) == []
    assert world.instance_tags(snapshot) == [{"Owner": "carol"}]


def test_a_value_is_taken_from_the_tags_of_the_account(world: World) -> None:
    organizations = world.home.client("organizations")
    organizations.create_organization()
    organizations.tag_resource(ResourceId=HOME, Tags=[{"Key": "CostCenter", "Value": "cc-7"}])
    ids = world.instances(2)
    by_account = {"default": scope(tags=[rule("Cost", derive_from=["account_tag:CostCenter"])])}
    assert world.run(run_instances(ids[:1]), run_instances(ids[1:], event_id="e-2"), scopes=by_account) == []
    assert world.instance_tags(*ids) == [{"Cost": "cc-7"}] * 2
    assert world.wire.calls["organizations:ListTagsForResource"] == 1


def test_a_new_account_gets_the_scope_of_its_ou(world: World) -> None:
    organizations = world.home.client("organizations")
    organizations.create_organization()
    root = organizations.list_roots()["Roots"][0]["Id"]
    unit = organizations.create_organizational_unit(ParentId=root, Name="sandbox")["OrganizationalUnit"]["Id"]
    created = organizations.create_account(AccountName="new", Email="new@example.com")["CreateAccountStatus"]
    account = created["AccountId"]
    organizations.move_account(AccountId=account, SourceParentId=root, DestinationParentId=unit)
    scopes = {"default": scope("observe"), "sandbox": scope("notify", target=unit)}
    assert world.run(run_instances(["i-1"], account=account), scopes=scopes) == []
    assert [(r.verdict.scope, r.status) for r in world.results] == [("sandbox", Status.NON_COMPLIANT)]


@pytest.mark.parametrize(("mode", "notices"), [("observe", 0), ("notify", 1)])
def test_observe_and_notify_write_no_tag(world: World, mode: str, notices: int) -> None:
    (instance,) = world.instances(1)
    assert world.run(run_instances([instance]), scopes={"default": scope(mode)}) == []
    assert world.instance_tags(instance) == [{}]
    assert len(world.notices()) == notices
    assert [f["resource"] for f in world.findings()] == [instance_arn(instance)]
    assert world.changes() == []


def test_an_exempt_resource_is_neither_changed_nor_reported(world: World) -> None:
    (instance,) = world.instances(1)
    assert world.run(run_instances([instance]), exemptions=[exemption(accounts=[HOME])]) == []
    assert (world.instance_tags(instance), world.notices(), world.findings()) == ([{}], [], [])
    assert [r.status for r in world.results] == [Status.EXEMPT]

"""A batch of events through the whole function: what it changes, tells, records, and what it costs in AWS calls."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from tag_governance.model import Status
from tests.support.events import ALICE, api_call, create_bucket, run_instances, tag_change
from tests.support.policies import ENVIRONMENT, HOME, MEMBER, OWNER, ROLE, exemption, rule, scope
from tests.unit.conftest import NOW, World

GOOD = {"Environment": "prod", "Owner": "bob"}
ADDED = {"Environment": "dev", "Owner": "alice@example.com"}


def instance_arn(instance: str, account: str = HOME) -> str:
    return f"arn:aws:ec2:us-east-1:{account}:instance/{instance}"


def changes(world: World) -> list[dict[str, Any]]:
    return [entry for entry in world.ledger() if entry["entry"].startswith("change#")]


def findings(world: World) -> list[dict[str, Any]]:
    return [entry for entry in world.ledger() if entry["entry"] == "finding"]


ABSENT = "i-0aaaaaaaaaaaaaaaa"


def absent(world: World) -> None:
    """EC2 fails a whole CreateTags call for one id that it does not know; moto takes any id."""
    message = f"The instance ID '{ABSENT}' does not exist"
    world.wire.fail("ec2:CreateTags", "InvalidInstanceID.NotFound", message, lambda call: ABSENT in call["Resources"])


# --- what it costs ---------------------------------------------------------------------------------------------


def test_a_creation_that_already_complies_costs_no_aws_call(world: World) -> None:
    assert world.run(*[run_instances([f"i-{n}"], GOOD) for n in range(10)]) == []
    assert world.wire.calls == {}
    assert [r.status for r in world.results] == [Status.COMPLIANT] * 10


def test_fifty_untagged_instances_of_one_call_cost_one_read_and_one_write(world: World) -> None:
    ids = world.instances(50)
    assert world.run(run_instances(ids)) == []
    assert {k: n for k, n in world.wire.calls.items() if k.startswith("ec2:")} == {
        "ec2:DescribeTags": 1,
        "ec2:CreateTags": 1,
    }
    assert world.instance_tags(*ids) == [ADDED] * 50


def test_a_batch_of_ten_such_events_is_planned_together(world: World) -> None:
    groups = [world.instances(50) for _ in range(10)]
    assert world.run(*[run_instances(ids, event_id=f"e-{n}") for n, ids in enumerate(groups)]) == []
    # 500 resources: DescribeTags takes 200 ids, CreateTags 1,000
    assert (world.wire.calls["ec2:DescribeTags"], world.wire.calls["ec2:CreateTags"]) == (3, 1)
    assert world.instance_tags(*groups[9]) == [ADDED] * 50


def test_what_a_batch_costs_is_in_its_summary(world: World) -> None:
    ids = world.instances(1)
    world.run(run_instances(ids))
    calls = world.deployment().take_calls()
    assert (calls["ec2:DescribeTags"], calls["ec2:CreateTags"], calls["sns:PublishBatch"]) == (1, 1, 1)
    assert world.deployment().take_calls() == {}


# --- what it changes -------------------------------------------------------------------------------------------


def test_only_missing_tags_are_added_and_a_persons_value_stays(world: World) -> None:
    (instance,) = world.instances(1, {"Owner": "bob", "Other": "x"})
    world.run(run_instances([instance], {"Owner": "bob", "Other": "x"}))
    assert world.instance_tags(instance) == [{"Owner": "bob", "Other": "x", "Environment": "dev"}]


def test_tags_that_came_after_the_event_are_seen_before_anything_is_written(world: World) -> None:
    (instance,) = world.instances(1, GOOD)
    world.run(run_instances([instance]))
    assert world.wire.calls["ec2:CreateTags"] == 0
    assert world.notices() == []


def test_a_misspelt_key_is_replaced_where_the_schema_says_so(world: World) -> None:
    (instance,) = world.instances(1, {"env": "Production", "Owner": "bob"})
    replacing = {"default": scope(tags=[ENVIRONMENT | {"replace_key_aliases": True}, OWNER])}
    world.run(run_instances([instance]), scopes=replacing)
    assert world.instance_tags(instance) == [GOOD]


def test_resources_of_a_member_account_are_tagged_through_its_role(world: World) -> None:
    ec2 = world.member("ec2")
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


def test_an_account_vended_since_the_last_apply_gets_the_scope_of_its_ou(world: World) -> None:
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


# --- volumes that RunInstances made and did not name ------------------------------------------------------------

WITH_VOLUMES = ["ec2:instance", "ec2:volume"]


def volumes_of(world: World, *instances: str) -> list[str]:
    found = world.home.client("ec2").describe_volumes(
        Filters=[{"Name": "attachment.instance-id", "Values": list(instances)}]
    )
    return [volume["VolumeId"] for volume in found["Volumes"]]


def test_volumes_that_the_event_does_not_name_are_found_by_their_instance(world: World) -> None:
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


def test_volumes_whose_tags_the_call_gave_cost_no_aws_call(world: World) -> None:
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


def test_volumes_that_are_not_attached_yet_are_looked_for_again_and_then_no_more(world: World) -> None:
    (instance,) = world.instances(1)
    world.wire.answer("ec2:DescribeVolumes", {"Volumes": []})
    event = run_instances([instance])
    assert world.run(event, resource_types=WITH_VOLUMES) == ["m0"]
    assert world.instance_tags(instance) == [ADDED]
    assert findings(world) == []
    assert world.run(event, resource_types=WITH_VOLUMES, now=NOW + timedelta(minutes=20)) == []


def test_an_open_finding_of_an_instance_survives_that_it_has_no_volume(world: World) -> None:
    (instance,) = world.instances(1, {"Environment": "staging", "Owner": "bob"})
    world.wire.answer("ec2:DescribeVolumes", {"Volumes": []})
    event = run_instances([instance])
    world.run(event, resource_types=WITH_VOLUMES, now=NOW + timedelta(minutes=20))
    assert [f["resource"] for f in findings(world)] == [instance_arn(instance)]


# --- modes and exemptions --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("mode", "told"), [("observe", 0), ("notify", 1)])
def test_observe_and_notify_write_no_tag(world: World, mode: str, told: int) -> None:
    (instance,) = world.instances(1)
    assert world.run(run_instances([instance]), scopes={"default": scope(mode)}) == []
    assert world.instance_tags(instance) == [{}]
    assert len(world.notices()) == told
    assert [f["resource"] for f in findings(world)] == [instance_arn(instance)]
    assert changes(world) == []


def test_an_exempt_resource_is_neither_changed_nor_reported(world: World) -> None:
    (instance,) = world.instances(1)
    assert world.run(run_instances([instance]), exemptions=[exemption(accounts=[HOME])]) == []
    assert (world.instance_tags(instance), world.notices(), findings(world)) == ([{}], [], [])
    assert [r.status for r in world.results] == [Status.EXEMPT]


# --- what it tells and records ---------------------------------------------------------------------------------


def test_the_ledger_says_of_every_change_what_was_before_what_is_after_and_why(world: World) -> None:
    (instance,) = world.instances(1, {"Environment": "PROD"})
    world.run(run_instances([instance]))
    (entry,) = changes(world)
    assert entry["resource"] == instance_arn(instance)
    assert entry["state"] == "applied"
    assert entry["before"] == {"Environment": "PROD"}
    assert entry["after"] == {"Environment": "prod", "Owner": "alice@example.com"}
    assert entry["why"] == {"Environment": "value_spelling", "Owner": "derived from actor:Owner"}
    assert entry["expires_at"] == int((NOW + timedelta(days=400)).timestamp())


def test_each_owner_gets_one_message_that_subscriptions_can_filter(world: World) -> None:
    first, second, third = world.instances(3)
    events = [
        run_instances([first], {"Owner": "ann"}, event_id="e-1"),
        run_instances([second], {"Owner": "ann"}, event_id="e-2"),
        run_instances([third], {"Owner": "ben"}, event_id="e-3"),
    ]
    for instance, owner in ((first, "ann"), (second, "ann"), (third, "ben")):
        world.home.client("ec2").create_tags(Resources=[instance], Tags=[{"Key": "Owner", "Value": owner}])
    world.run(*events)
    notices = sorted(world.notices(), key=lambda n: str(n["attributes"]["owner"]))
    assert [n["attributes"]["owner"] for n in notices] == ["ann", "ben"]
    assert {r["arn"] for r in notices[0]["body"]["resources"]} == {instance_arn(first), instance_arn(second)}
    assert json.loads(notices[0]["attributes"]["kind"]) == ["changed"]
    assert json.loads(notices[0]["attributes"]["account"]) == [HOME]
    assert notices[1]["body"]["resources"][0]["changes"] == [
        {"key": "Environment", "before": None, "after": "dev", "why": "default", "removed": []}
    ]


def test_a_violation_is_told_once_and_again_only_when_it_changes(world: World) -> None:
    (instance,) = world.instances(1, {"Environment": "staging", "Owner": "bob"})
    wrong = tag_change(instance_arn(instance), {"Environment": "staging", "Owner": "bob"})
    world.run(wrong)
    assert [n["body"]["resources"][0]["violations"][0]["found"] for n in world.notices()] == ["staging"]
    world.run(wrong)
    assert world.notices() == []
    world.home.client("ec2").create_tags(Resources=[instance], Tags=[{"Key": "Environment", "Value": "qa"}])
    world.run(tag_change(instance_arn(instance), {"Environment": "qa", "Owner": "bob"}))
    assert [n["body"]["resources"][0]["violations"][0]["found"] for n in world.notices()] == ["qa"]


def test_a_finding_keeps_its_first_sight_and_closes_when_the_resource_complies(world: World) -> None:
    (instance,) = world.instances(1, {"Environment": "staging", "Owner": "bob"})
    wrong = tag_change(instance_arn(instance), {"Environment": "staging", "Owner": "bob"})
    world.run(wrong)
    world.run(wrong, now=NOW + timedelta(hours=1))
    (finding,) = findings(world)
    assert (finding["first_seen"], finding["last_seen"]) == (
        NOW.isoformat(),
        (NOW + timedelta(hours=1)).isoformat(),
    )
    world.run(tag_change(instance_arn(instance), GOOD))
    assert findings(world) == []


# --- again and again -------------------------------------------------------------------------------------------


def test_the_same_batch_twice_gives_the_same_result(world: World) -> None:
    ids = world.instances(3)
    batch = [run_instances(ids), create_bucket("access-records")]
    world.home.client("s3").create_bucket(Bucket="access-records")
    assert world.run(*batch) == []
    tags, entries = world.instance_tags(*ids), world.ledger()
    world.notices()
    assert world.run(*batch) == []
    assert (world.instance_tags(*ids), world.ledger(), world.notices()) == (tags, entries, [])


def test_one_resource_in_two_records_of_a_batch_is_changed_once_by_what_its_creation_tells(world: World) -> None:
    (instance,) = world.instances(1)
    assert world.run(tag_change(instance_arn(instance), {}), run_instances([instance])) == []
    assert world.wire.calls["ec2:CreateTags"] == 1
    assert world.instance_tags(instance) == [ADDED]
    assert len(changes(world)) == 1


def test_a_tag_change_that_complies_does_not_hide_another_of_the_same_batch_that_does_not(world: World) -> None:
    (instance,) = world.instances(1, {"Owner": "bob"})
    arn = instance_arn(instance)
    assert world.run(tag_change(arn, GOOD), tag_change(arn, {"Owner": "bob"})) == []
    assert world.instance_tags(instance) == [{"Environment": "dev", "Owner": "bob"}]


def test_a_tag_change_that_complies_does_not_hide_one_that_does_not(world: World) -> None:
    (instance,) = world.instances(1, {"Environment": "PROD", "Owner": "bob"})
    arn = instance_arn(instance)
    late = tag_change(arn, {"Environment": "PROD", "Owner": "bob"})
    for events in ((tag_change(arn, GOOD), late), (late, tag_change(arn, GOOD))):
        world.home.client("ec2").create_tags(Resources=[instance], Tags=[{"Key": "Environment", "Value": "PROD"}])
        assert world.run(*events) == []
        assert world.instance_tags(instance) == [GOOD]


@pytest.mark.parametrize("role", [ROLE, "tag-governance-remediation"])
def test_events_of_its_own_calls_are_ignored(world: World, role: str) -> None:
    own = ALICE | {"arn": f"arn:aws:sts::{HOME}:assumed-role/{role}/tag-governance"}
    assert world.run(run_instances(["i-1"], identity=own)) == []
    assert (world.wire.calls, world.results) == ({}, [])


def test_the_tag_change_that_its_own_write_causes_asks_for_nothing(world: World) -> None:
    (instance,) = world.instances(1)
    world.run(run_instances([instance]))
    world.notices()
    world.wire.calls.clear()
    assert world.run(tag_change(instance_arn(instance), ADDED)) == []
    assert world.wire.calls == {"dynamodb:BatchGetItem": 1}
    assert world.notices() == []


# --- failures, each with its end -------------------------------------------------------------------------------


def test_throttled_writes_are_tried_again_and_then_succeed(world: World) -> None:
    (instance,) = world.instances(1)
    world.wire.fail("ec2:CreateTags", "RequestLimitExceeded", "Request limit exceeded.")
    assert world.run(run_instances([instance])) == ["m0"]
    assert [c["state"] for c in changes(world)] == ["failed"]
    world.wire.recover()
    assert world.run(run_instances([instance]), received=2) == []
    assert world.instance_tags(instance) == [ADDED]
    assert [c["state"] for c in changes(world)] == ["applied"]


def test_a_resource_that_is_not_there_yet_is_tried_again_without_costing_its_neighbours(world: World) -> None:
    (instance,) = world.instances(1)
    absent(world)
    missing = run_instances([ABSENT], event_id="e-2")
    assert world.run(run_instances([instance]), missing) == ["m1"]
    assert world.instance_tags(instance) == [ADDED]


def test_a_resource_that_is_gone_is_closed(world: World) -> None:
    absent(world)
    assert world.run(run_instances([ABSENT]), now=NOW + timedelta(minutes=20)) == []
    assert [r.gone for r in world.results] == [True]
    assert (findings(world), world.notices()) == ([], [])


def test_access_denied_in_one_account_leaves_the_rest_of_the_batch_done(world: World) -> None:
    ids = world.instances(2)
    world.wire.fail("sts:AssumeRole", "AccessDenied", "not authorized to perform sts:AssumeRole")
    events = [run_instances(ids[:1]), run_instances(["i-1"], account=MEMBER), run_instances(ids[1:], event_id="e-3")]
    assert world.run(*events) == ["m1"]
    assert world.instance_tags(*ids) == [ADDED] * 2
    assert world.run(events[1], received=5) == []
    ((body, cause),) = world.buried()
    assert json.loads(body) == events[1]
    assert "AccessDenied" in cause


def test_an_account_that_no_role_opens_is_given_up_with_its_cause(world: World) -> None:
    assert world.run(run_instances(["i-1"], account=MEMBER), received=5, member_role_name=None) == []
    ((_, cause),) = world.buried()
    assert f"account {MEMBER} can not be reached: no member role is configured" in cause


def test_failures_inside_a_successful_answer_of_the_tagging_api_are_seen(world: World) -> None:
    arn = f"arn:aws:sqs:us-east-1:{HOME}:orders"
    event = api_call("sqs.amazonaws.com", "CreateQueue", {"queueName": "orders"}, None)
    failed = {arn: {"StatusCode": 403, "ErrorCode": "InvalidParameterException", "ErrorMessage": "AccessDenied: no"}}
    world.wire.answer("resourcegroupstaggingapi:TagResources", {"FailedResourcesMap": failed})
    assert world.run(event) == ["m0"]
    assert [r.failure.kind.value for r in world.results if r.failure] == ["access_denied"]


def test_without_the_ledger_nothing_is_changed(world: World) -> None:
    (instance,) = world.instances(1)
    world.wire.fail("dynamodb:BatchWriteItem", "InternalServerError", "try again")
    assert world.run(run_instances([instance])) == ["m0"]
    assert world.wire.calls["ec2:CreateTags"] == 0


def test_a_notice_that_can_not_be_published_is_kept_in_the_dead_letter_queue(world: World) -> None:
    (instance,) = world.instances(1)
    world.wire.fail("sns:PublishBatch", "AuthorizationError", "not authorized")
    assert world.run(run_instances([instance])) == []
    ((body, cause),) = world.buried()
    assert json.loads(body)["resources"][0]["arn"] == instance_arn(instance)
    assert cause.startswith("notice not published: AuthorizationError")


def test_when_the_dead_letter_queue_refuses_the_record_stays_in_the_queue(world: World) -> None:
    world.wire.fail("sqs:SendMessageBatch", "AccessDenied", "no")
    assert world.run("not json", received=5) == ["m0"]


# --- hostile input ---------------------------------------------------------------------------------------------

HOSTILE: list[tuple[str, object, str]] = [
    ("not JSON", "{", "the body is not JSON"),
    ("JSON too deep", "[" * 100_000, "malformed event"),
    ("a list", [], "event is list"),
    ("no detail", {"detail-type": "x"}, "detail is NoneType"),
    ("another kind", {"detail-type": "Scheduled Event", "detail": {}}, "detail-type is 'Scheduled Event'"),
    (
        "an unknown event",
        api_call("ec2.amazonaws.com", "InventInstances", {}, {}),
        "creates nothing that the catalogue",
    ),
    (
        "an unknown service",
        api_call("moon.amazonaws.com", "CreateCrater", {}, {}),
        "creates nothing that the catalogue",
    ),
    ("a null answer", api_call("ec2.amazonaws.com", "RunInstances", {}, None), "carries no id"),
    ("an omitted answer", api_call("ec2.amazonaws.com", "RunInstances", {}, {"omitted": True}), "carries no id"),
    ("an answer that is a text", api_call("ec2.amazonaws.com", "RunInstances", "x", "y"), "carries no id"),
    ("an id that is an object", run_instances([{"a": 1}]), "carries no id"),  # type: ignore[list-item]
    ("an id with a line break", run_instances(["i-1\ni-2"]), "carries no id"),
    ("an id with half a character", run_instances(["i-\ud800"]), "carries no id"),
    ("an endless id", run_instances(["i" * 5000]), "carries no id"),
    ("a name that is a number", api_call("ec2.amazonaws.com", 7, {}, {}), "eventName is 7"),  # type: ignore[arg-type]
    ("no time", run_instances(["i-1"]) | {"time": "yesterday"}, "time is 'yesterday'"),
    ("no account", {k: v for k, v in run_instances(["i-1"]).items() if k != "account"}, "account is None"),
    ("a tag change of nothing", tag_change(instance_arn("i-1"), {}) | {"resources": []}, "resources is []"),
    ("tags that are a number", tag_change(instance_arn("i-1"), {}) | {"detail": {"tags": 5}}, "is not a map of tags"),
]


@pytest.mark.parametrize(("event", "cause"), [(e, c) for _, e, c in HOSTILE], ids=[name for name, _, _ in HOSTILE])
def test_a_hostile_record_goes_to_retry_and_then_with_its_cause_to_the_dlq_alone(
    world: World, event: object, cause: str
) -> None:
    good = run_instances(world.instances(1))
    assert world.run(good, event) == ["m1"]
    assert [r.changed for r in world.results] == [True]
    assert world.run(event, received=5) == []
    ((_, said),) = world.buried()
    assert cause in said


def test_hostile_records_together_lose_none(world: World) -> None:
    events = [event for _, event, _ in HOSTILE]
    assert world.run(*events) == [f"m{i}" for i in range(len(events))]
    assert world.run(*events, received=5) == []
    assert len(world.buried()) == len(events)


@pytest.mark.parametrize(
    "tags",
    [
        {"aws:createdBy": "x", "Owner": "bob"},
        {f"k{i}": "v" for i in range(50)},
        {"Owner": "v" * 256, "Environment": "x" * 256},
    ],
    ids=["aws keys", "fifty tags", "longest values"],
)
def test_tags_at_the_edge_of_what_aws_takes_end_without_a_failure(world: World, tags: dict[str, str]) -> None:
    (instance,) = world.instances(1, {k: v for k, v in tags.items() if not k.startswith("aws:")})
    assert world.run(run_instances([instance], tags)) == []


def test_something_unforeseen_costs_only_its_own_record(world: World) -> None:
    (instance,) = world.instances(1)

    def broken(params: object) -> bool:
        if "i-0bad" in str(params):
            raise RuntimeError("unforeseen")
        return False

    world.wire.fail("ec2:CreateTags", "x", when=broken)
    assert world.run(run_instances([instance]), run_instances(["i-0bad"], event_id="e-2")) == ["m1"]
    assert world.instance_tags(instance) == [ADDED]


def test_redacted_tags_are_no_tags(world: World) -> None:
    (instance,) = world.instances(1, GOOD)
    assert world.run(run_instances([instance], {"Owner": "HIDDEN_DUE_TO_SECURITY_REASONS"})) == []
    assert world.wire.calls["ec2:DescribeTags"] == 1
    assert world.instance_tags(instance) == [GOOD]


def test_a_failed_call_created_nothing(world: World) -> None:
    event = api_call("ec2.amazonaws.com", "RunInstances", {}, None, errorCode="Client.UnauthorizedOperation")
    assert world.run(event) == []


def test_types_that_are_not_governed_are_left_alone(world: World) -> None:
    assert world.run(create_bucket("access-records"), resource_types=["ec2:instance"]) == []
    assert (world.results, world.wire.calls) == ([], {})

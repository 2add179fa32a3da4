"""Notices and ledger records of a batch. A repeated batch adds none."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from tests.support.events import ADDED, ALICE, GOOD, create_bucket, instance_arn, run_instances, tag_change
from tests.support.policies import HOME, MEMBER, ROLE
from tests.support.world import NOW, World


def test_the_ledger_has_old_value_new_value_and_reason_of_every_change(world: World) -> None:
    (instance,) = world.instances(1, {"Environment": "PROD"})
    world.run(run_instances([instance]))
    (entry,) = world.changes()
    assert entry["resource"] == instance_arn(instance)
    assert entry["state"] == "applied"
    assert entry["before"] == {"Environment": "PROD"}
    assert entry["after"] == {"Environment": "prod", "Owner": "alice@example.com"}
    assert entry["why"] == {"Environment": "value_spelling", "Owner": "derived from actor:Owner"}
    assert entry["expires_at"] == int((NOW + timedelta(days=400)).timestamp())


def test_each_owner_gets_one_notice_that_subscriptions_can_filter(world: World) -> None:
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
    ((change,),) = [resource["changes"] for resource in notices[1]["body"]["resources"]]
    (on_record,) = [entry["id"] for entry in world.changes() if entry["resource"] == instance_arn(third)]
    assert change == {
        "id": on_record,
        "key": "Environment",
        "before": None,
        "after": "dev",
        "why": "default",
        "removed": [],
    }


def test_a_violation_is_reported_once_and_again_only_if_it_changes(world: World) -> None:
    (instance,) = world.instances(1, {"Environment": "staging", "Owner": "bob"})
    wrong = tag_change(instance_arn(instance), {"Environment": "staging", "Owner": "bob"})
    world.run(wrong)
    assert [n["body"]["resources"][0]["violations"][0]["found"] for n in world.notices()] == ["staging"]
    world.run(wrong)
    assert world.notices() == []
    world.home.client("ec2").create_tags(Resources=[instance], Tags=[{"Key": "Environment", "Value": "qa"}])
    world.run(tag_change(instance_arn(instance), {"Environment": "qa", "Owner": "bob"}))
    assert [n["body"]["resources"][0]["violations"][0]["found"] for n in world.notices()] == ["qa"]


def test_a_finding_keeps_first_seen_and_is_closed_when_the_resource_complies(world: World) -> None:
    (instance,) = world.instances(1, {"Environment": "staging", "Owner": "bob"})
    wrong = tag_change(instance_arn(instance), {"Environment": "staging", "Owner": "bob"})
    world.run(wrong)
    world.run(wrong, now=NOW + timedelta(hours=1))
    (finding,) = world.findings()
    assert [finding[name].partition(".")[0] for name in ("first_seen", "last_seen")] == [
        "2026-06-01T12:01:00",
        "2026-06-01T13:01:00",
    ]
    world.home.client("ec2").create_tags(Resources=[instance], Tags=[{"Key": "Environment", "Value": "prod"}])
    world.run(tag_change(instance_arn(instance), GOOD, time="2026-06-01T13:00:00Z"), now=NOW + timedelta(hours=2))
    assert world.findings() == []


def test_the_same_batch_twice_gives_the_same_result(world: World) -> None:
    ids = world.instances(3)
    batch = [run_instances(ids), create_bucket("access-records")]
    world.home.client("s3").create_bucket(Bucket="access-records")
    assert world.run(*batch) == []
    tags, entries = world.instance_tags(*ids), world.ledger()
    world.notices()
    assert world.run(*batch) == []
    assert (world.instance_tags(*ids), world.ledger(), world.notices()) == (tags, entries, [])


def test_a_resource_in_two_records_is_changed_once_by_its_creation(world: World) -> None:
    (instance,) = world.instances(1)
    assert world.run(tag_change(instance_arn(instance), {}), run_instances([instance])) == []
    assert world.wire.calls["ec2:CreateTags"] == 1
    assert world.instance_tags(instance) == [ADDED]
    assert len(world.changes()) == 1


def test_a_compliant_tag_change_does_not_hide_a_violation_in_the_same_batch(world: World) -> None:
    (instance,) = world.instances(1, {"Owner": "bob"})
    arn = instance_arn(instance)
    assert world.run(tag_change(arn, GOOD), tag_change(arn, {"Owner": "bob"})) == []
    assert world.instance_tags(instance) == [{"Environment": "dev", "Owner": "bob"}]


@pytest.mark.parametrize("is_first", [True, False])
def test_a_compliant_tag_change_does_not_hide_a_violation(world: World, is_first: bool) -> None:
    (instance,) = world.instances(1, {"Environment": "PROD", "Owner": "bob"})
    arn = instance_arn(instance)
    events = [tag_change(arn, GOOD), tag_change(arn, {"Environment": "PROD", "Owner": "bob"})]
    assert world.run(*(events if is_first else reversed(events))) == []
    assert world.instance_tags(instance) == [GOOD]


@pytest.mark.parametrize(("account", "role"), [(MEMBER, ROLE), (HOME, "tag-governance-remediation")])
def test_events_of_its_own_calls_are_ignored(world: World, account: str, role: str) -> None:
    arn = f"arn:aws:sts::{account}:assumed-role/{role}/tag-governance"
    own = ALICE | {"arn": arn, "accountId": account}
    assert world.run(run_instances(["i-1"], identity=own, account=account)) == []
    assert (world.wire.calls, world.results) == ({}, [])


def test_the_tag_change_event_of_its_own_write_causes_no_change(world: World) -> None:
    (instance,) = world.instances(1)
    world.run(run_instances([instance]))
    world.notices()
    world.wire.calls.clear()
    echo = tag_change(instance_arn(instance), ADDED, time="2026-06-01T12:01:00Z")
    assert world.run(echo, now=NOW + timedelta(minutes=5)) == []
    assert world.wire.calls == {"dynamodb:BatchGetItem": 1}
    assert world.notices() == []

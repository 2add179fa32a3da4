"""Every failure of AWS has a defined result."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tag_governance.domain.model import Status
from tests.support.events import ADDED, api_call, instance_arn, run_instances
from tests.support.policies import HOME, MEMBER
from tests.support.world import NOW, World

ABSENT = "i-0aaaaaaaaaaaaaaaa"


def test_throttled_writes_are_retried(world: World) -> None:
    (instance,) = world.instances(1)
    world.wire.fail("ec2:CreateTags", "RequestLimitExceeded", "Request limit exceeded.")
    assert world.run(run_instances([instance])) == ["m0"]
    assert (world.changes(), world.notices(), world.buried()) == ([], [], [])
    world.wire.recover()
    assert world.run(run_instances([instance]), received=2) == []
    assert world.instance_tags(instance) == [ADDED]
    assert [c["state"] for c in world.changes()] == ["applied"]
    assert len(world.notices()) == 1


def test_a_resource_that_is_not_visible_yet_is_retried_without_affecting_others(world: World) -> None:
    (instance,) = world.instances(1)
    world.lacks(ABSENT)
    missing = run_instances([ABSENT], event_id="e-2")
    assert world.run(run_instances([instance]), missing) == ["m1"]
    assert world.instance_tags(instance) == [ADDED]


def test_a_resource_that_was_deleted_before_it_was_tagged_is_gone_and_nothing_stays_pending(world: World) -> None:
    world.lacks(ABSENT)
    assert world.run(run_instances([ABSENT])) == ["m0"]
    assert world.run(run_instances([ABSENT]), now=NOW + timedelta(minutes=20)) == []
    assert [r.status for r in world.results] == [Status.GONE]
    (state,) = world.states()
    assert (state["status"], "pending" in state, "claim" in state) == ("gone", False, False)
    assert (world.findings(), world.notices(), world.changes()) == ([], [], [])


def test_an_open_finding_of_a_resource_that_is_gone_is_closed(world: World) -> None:
    role = api_call(
        "iam.amazonaws.com",
        "CreateRole",
        {"roleName": "app"},
        {"role": {"arn": f"arn:aws:iam::{HOME}:role/app", "roleName": "app"}},
    )
    world.home.client("iam").create_role(
        RoleName="app", AssumeRolePolicyDocument="{}", Tags=[{"Key": "Environment", "Value": "qa"}]
    )
    world.run(role)
    assert [finding["resource"] for finding in world.findings()] == [f"arn:aws:iam::{HOME}:role/app"]
    world.home.client("iam").delete_role(RoleName="app")
    assert world.run(role, now=NOW + timedelta(minutes=20)) == []
    assert world.findings() == []


def test_without_a_role_in_one_account_the_rest_of_the_batch_is_done(world: World) -> None:
    ids = world.instances(2)
    world.wire.fail("sts:AssumeRole", "AccessDenied", "not authorized to perform sts:AssumeRole")
    events = [run_instances(ids[:1]), run_instances(["i-1"], account=MEMBER), run_instances(ids[1:], event_id="e-3")]
    assert world.run(*events) == []
    assert world.instance_tags(*ids) == [ADDED] * 2
    (state,) = [state for state in world.states() if state["account"] == MEMBER]
    assert (state["status"], state["waits_for"]) == ("not_evaluated", MEMBER)
    assert "AccessDenied" in state["reason"]
    assert [gap["account"] for gap in world.gaps()] == [MEMBER]
    assert world.buried() == []


def test_an_account_without_role_is_a_gap_with_its_cause(world: World) -> None:
    assert world.run(run_instances(["i-1"], account=MEMBER), member_role_name=None) == []
    ((status, reason),) = [(state["status"], state["reason"]) for state in world.states()]
    assert status == "not_evaluated"
    assert reason == f"account {MEMBER} cannot be reached: no member role is configured"
    assert [gap["account"] for gap in world.gaps()] == [MEMBER]


def test_failures_inside_a_successful_answer_of_the_tagging_api_are_seen(world: World) -> None:
    arn = f"arn:aws:sqs:us-east-1:{HOME}:orders"
    event = api_call("sqs.amazonaws.com", "CreateQueue", {"queueName": "orders"}, None)
    failed = {arn: {"StatusCode": 403, "ErrorCode": "InvalidParameterException", "ErrorMessage": "AccessDenied: no"}}
    world.wire.answer("resourcegroupstaggingapi:TagResources", {"FailedResourcesMap": failed})
    assert world.run(event) == []
    assert [(r.status, r.written_tags) for r in world.results] == [(Status.NON_COMPLIANT, {})]
    (finding,) = world.findings()
    assert finding["reason"] == "InvalidParameterException: AccessDenied: no"
    assert world.changes() == []


@pytest.mark.parametrize("code", ["InternalServerError", "AccessDeniedException", "ResourceNotFoundException"])
def test_without_the_ledger_nothing_is_changed(world: World, code: str) -> None:
    (instance,) = world.instances(1)
    world.wire.fail("dynamodb:TransactWriteItems", code)
    assert world.run(run_instances([instance])) == ["m0"]
    assert world.wire.calls["ec2:CreateTags"] == 0


@pytest.mark.parametrize("code", ["InternalServerError", "AccessDeniedException", "ResourceNotFoundException"])
def test_an_unreadable_ledger_is_not_an_empty_ledger(world: World, code: str) -> None:
    (instance,) = world.instances(1)
    world.wire.fail("dynamodb:BatchGetItem", code)
    assert world.run(run_instances([instance])) == ["m0"]
    assert world.wire.count("ec2") == 0


def test_unprocessed_ledger_keys_are_not_missing_entries(world: World) -> None:
    (instance,) = world.instances(1, {"Environment": "staging", "Owner": "bob"})
    world.run(run_instances([instance]))
    world.notices()
    first_seen = [finding["first_seen"] for finding in world.findings()]
    key = {"resource": {"S": instance_arn(instance)}, "entry": {"S": "state"}}
    world.wire.answer("dynamodb:BatchGetItem", {"Responses": {}, "UnprocessedKeys": {"ledger": {"Keys": [key]}}})
    assert world.run(run_instances([instance])) == ["m0"]
    world.wire.recover()
    assert world.run(run_instances([instance])) == []
    assert world.notices() == []
    assert [finding["first_seen"] for finding in world.findings()] == first_seen


def test_when_the_dead_letter_queue_refuses_the_record_stays_in_the_queue(world: World) -> None:
    world.wire.fail("sqs:SendMessageBatch", "AccessDenied", "no")
    assert world.run("not json", received=5) == ["m0"]


def test_a_record_becomes_a_dead_letter_after_max_failures_of_its_own(world: World) -> None:
    (instance,) = world.instances(1)
    world.wire.fail("dynamodb:TransactWriteItems", "ValidationException", "the item is too large")
    for received in range(1, 5):
        assert world.run(run_instances([instance]), received=received) == ["m0"]
    assert world.run(run_instances([instance]), received=5) == []
    ((_, cause),) = world.buried()
    assert "ValidationException: the item is too large" in cause


def test_throttling_never_counts_as_a_failure_of_the_record(world: World) -> None:
    (instance,) = world.instances(1)
    world.wire.fail("ec2:CreateTags", "RequestLimitExceeded")
    for received in range(1, 8):
        assert world.run(run_instances([instance]), received=received) == ["m0"]
    assert world.buried() == []
    assert world.run(run_instances([instance]), received=100) == []
    ((_, cause),) = world.buried()
    assert cause.startswith("given up after 100 tries: RequestLimitExceeded")

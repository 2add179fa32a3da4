"""Every failure of AWS has its defined end."""

from __future__ import annotations

import json
from datetime import timedelta

from tests.support.events import ADDED, api_call, instance_arn, run_instances
from tests.support.policies import HOME, MEMBER
from tests.support.world import NOW, World

ABSENT = "i-0aaaaaaaaaaaaaaaa"


def test_throttled_writes_are_tried_again_and_then_succeed(world: World) -> None:
    (instance,) = world.instances(1)
    world.wire.fail("ec2:CreateTags", "RequestLimitExceeded", "Request limit exceeded.")
    assert world.run(run_instances([instance])) == ["m0"]
    assert [c["state"] for c in world.changes()] == ["failed"]
    world.wire.recover()
    assert world.run(run_instances([instance]), received=2) == []
    assert world.instance_tags(instance) == [ADDED]
    assert [c["state"] for c in world.changes()] == ["applied"]


def test_a_resource_that_is_not_there_yet_is_tried_again_without_costing_its_neighbours(world: World) -> None:
    (instance,) = world.instances(1)
    world.lacks(ABSENT)
    missing = run_instances([ABSENT], event_id="e-2")
    assert world.run(run_instances([instance]), missing) == ["m1"]
    assert world.instance_tags(instance) == [ADDED]


def test_a_resource_that_is_gone_is_closed(world: World) -> None:
    world.lacks(ABSENT)
    assert world.run(run_instances([ABSENT]), now=NOW + timedelta(minutes=20)) == []
    assert [r.gone for r in world.results] == [True]
    assert (world.findings(), world.notices()) == ([], [])


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

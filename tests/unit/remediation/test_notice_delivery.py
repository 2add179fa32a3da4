"""Rule: notices follow from the ledger. Every owner gets one notice; a repeated one has the same id."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.support.events import ADDED, instance_arn, run_instances, tag_change
from tests.support.policies import scope
from tests.support.world import NOW, World

WRONG = {"Environment": "staging", "Owner": "bob"}
OBSERVE, NOTIFY = {"default": scope("observe")}, {"default": scope("notify")}
AFTER_THE_CLAIM = NOW + timedelta(minutes=20)


class Killed(BaseException):
    """Error: the process was ended from outside. Nothing catches it."""


def kill(world: World, operation: str, call: int = 1) -> None:
    """End the process right before a call."""

    def end() -> None:
        raise Killed

    world.wire.before(operation, end, call)


def reported_arns(world: World) -> list[str]:
    """List the resources in the notices since the last call."""
    return sorted(resource["arn"] for notice in world.notices() for resource in notice["body"]["resources"])


def ids_of(notices: list[dict[str, Any]]) -> set[str]:
    """Collect the ids of changes and findings in notices."""
    resources = [resource for notice in notices for resource in notice["body"]["resources"]]
    return {
        *(change["id"] for resource in resources for change in resource["changes"]),
        *(resource["finding_id"] for resource in resources if resource["finding_id"]),
    }


def test_observed_findings_are_reported_in_one_notice_per_owner_once_the_scope_notifies(
    world: World,
) -> None:
    ann, ben = {"Owner": "ann", "Environment": "qa"}, {"Owner": "ben", "Environment": "qa"}
    ids = [*world.instances(2, ann), *world.instances(1, ben)]
    world.run(run_instances(ids[:2], ann), run_instances(ids[2:], ben, event_id="e-2"), scopes=OBSERVE)
    world.settle(NOW + timedelta(minutes=5), scopes=OBSERVE)
    assert world.notices() == []

    world.settle(NOW + timedelta(minutes=10), scopes=NOTIFY)  # checks if they still exist
    world.settle(NOW + timedelta(minutes=15), scopes=NOTIFY)

    notices = sorted(world.notices(), key=lambda notice: str(notice["body"]["owner"]))
    assert [(n["body"]["owner"], {r["arn"] for r in n["body"]["resources"]}) for n in notices] == [
        ("ann", {instance_arn(ids[0]), instance_arn(ids[1])}),
        ("ben", {instance_arn(ids[2])}),
    ]
    world.settle(NOW + timedelta(minutes=20), scopes=NOTIFY)
    assert world.notices() == []


def test_observed_findings_are_corrected_once_the_scope_remediates(world: World) -> None:
    (instance,) = world.instances(1)
    world.run(run_instances([instance]), scopes=OBSERVE)

    world.settle(NOW + timedelta(minutes=10))

    assert world.instance_tags(instance) == [ADDED]
    world.settle(NOW + timedelta(minutes=15))
    assert reported_arns(world) == [instance_arn(instance)]


def test_the_owner_is_notified_after_a_throttled_read(world: World) -> None:
    (instance,) = world.instances(1, WRONG)
    world.wire.fail("ec2:DescribeTags", "RequestLimitExceeded")
    assert world.run(run_instances([instance])) == ["m0"]
    world.wire.recover()
    world.run(run_instances([instance]), received=2)
    assert reported_arns(world) == [instance_arn(instance)]


@pytest.mark.parametrize(
    ("operation", "call"),
    [
        ("ec2:DescribeTags", 1),
        ("dynamodb:TransactWriteItems", 1),
        ("ec2:CreateTags", 1),
        ("sns:PublishBatch", 1),
    ],
)
def test_a_batch_killed_before_the_notice_is_reported_once_after_redelivery(
    world: World, operation: str, call: int
) -> None:
    (instance,) = world.instances(1)
    kill(world, operation, call)
    with pytest.raises(Killed):
        world.run(run_instances([instance]))

    assert world.run(run_instances([instance]), received=2, now=AFTER_THE_CLAIM) == []

    assert world.instance_tags(instance) == [ADDED]
    assert reported_arns(world) == [instance_arn(instance)]
    (state,) = world.states()
    assert ("pending" in state, "claim" in state) == (False, False)


def test_a_batch_killed_after_the_notice_repeats_it_with_the_same_id(world: World) -> None:
    (instance,) = world.instances(1)
    kill(world, "dynamodb:TransactWriteItems", call=2)
    with pytest.raises(Killed):
        world.run(run_instances([instance]))
    first = ids_of(world.notices())

    world.run(run_instances([instance]), received=2, now=AFTER_THE_CLAIM)

    assert len(first) == 1
    assert ids_of(world.notices()) == first


def test_a_killed_batch_without_redelivery_is_settled_by_the_schedule(world: World) -> None:
    (instance,) = world.instances(1)
    kill(world, "sns:PublishBatch")
    with pytest.raises(Killed):
        world.run(run_instances([instance]))
    world.wire.recover()

    for tries in range(3):
        world.settle(AFTER_THE_CLAIM + tries * timedelta(minutes=5))

    assert reported_arns(world) == [instance_arn(instance)]
    assert [state["status"] for state in world.states()] == ["compliant"]
    assert "pending" not in world.states()[0]


def copy_of(world: World) -> World:
    """Create another copy of the function in the same world."""
    other = World.__new__(World)
    other.__dict__.update(world.__dict__)
    return other


@pytest.mark.parametrize(
    ("operation", "tags", "scopes"),
    [("ec2:CreateTags", {}, {"default": scope()}), ("sns:PublishBatch", WRONG, NOTIFY)],
    ids=["while it writes", "while it tells"],
)
def test_two_copies_do_not_process_a_resource_at_once(
    world: World, operation: str, tags: dict[str, str], scopes: dict[str, Any]
) -> None:
    (instance,) = world.instances(1, tags)
    event = run_instances([instance])
    beside: list[list[str]] = []
    world.wire.before(operation, lambda: beside.append(copy_of(world).run(event, received=2, scopes=scopes)))

    assert world.run(event, scopes=scopes) == []

    assert beside == [["m0"]]
    assert reported_arns(world) == [instance_arn(instance)]


@pytest.mark.parametrize(("code", "status"), [("Throttled", 429), ("InternalError", 500), ("AuthorizationError", 403)])
def test_a_notice_that_fails_now_is_sent_by_the_schedule(world: World, code: str, status: int) -> None:
    (instance,) = world.instances(1)
    world.wire.fail("sns:PublishBatch", code, status=status)
    assert world.run(run_instances([instance])) == []
    world.wire.recover()

    world.settle(NOW + timedelta(minutes=5))

    assert reported_arns(world) == [instance_arn(instance)]
    world.settle(NOW + timedelta(minutes=10))
    assert reported_arns(world) == []


def test_a_notice_is_not_lost_when_both_topic_and_dead_letter_queue_refuse(world: World) -> None:
    (instance,) = world.instances(1)
    world.wire.fail("sns:PublishBatch", "KMSThrottling")
    world.wire.fail("sqs:SendMessageBatch", "AccessDenied", status=403)
    world.run(run_instances([instance]))
    world.settle(NOW + timedelta(minutes=5))
    world.wire.recover()

    world.settle(NOW + timedelta(minutes=10))

    assert reported_arns(world) == [instance_arn(instance)]


def test_a_notice_that_the_topic_refuses_is_undeliverable_and_counted(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    (instance,) = world.instances(1, WRONG)
    world.wire.fail("sns:PublishBatch", "InvalidParameter", "Invalid parameter: Message")

    assert world.run(run_instances([instance])) == []

    assert [result.undeliverable for result in world.results] == [True]
    assert [state["undeliverable"] for state in world.states()] == ["InvalidParameter: Invalid parameter: Message"]
    world.wire.calls.clear()
    assert world.settle(NOW + timedelta(minutes=5)) == {"told": 0, "undeliverable": 0, "asked": 0}
    assert world.wire.calls["sns:PublishBatch"] == 0


def test_news_that_could_not_be_sent_for_an_hour_is_overdue(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    (instance,) = world.instances(1)
    world.wire.fail("sns:PublishBatch", "InternalError", status=500)
    world.run(run_instances([instance]))

    overdue = []
    for minutes in (30, 90):
        world.settle(NOW + timedelta(minutes=minutes))
        gauges = json.loads(capsys.readouterr().out.splitlines()[0])
        overdue.append(gauges["Overdue"])

    assert overdue == [0, 1]


def test_a_notice_that_the_topic_refuses_does_not_affect_others(world: World) -> None:
    ann, ben = {"Owner": "ann", "Environment": "qa"}, {"Owner": "ben", "Environment": "qa"}
    (first,), (second,) = world.instances(1, ann), world.instances(1, ben)
    world.wire.fail("sns:PublishBatch", "InvalidParameter", when=lambda call: "'ann'" in str(call))

    assert world.run(run_instances([first]), run_instances([second], event_id="e-2")) == []

    assert reported_arns(world) == [instance_arn(second)]
    assert {state["resource"] for state in world.states() if "undeliverable" in state} == {instance_arn(first)}


def test_each_owner_gets_one_notice_per_digest_window(world: World) -> None:
    launched = [
        (instance, f"2026-06-01T12:{minute:02}:00Z")
        for minute, instance in zip((0, 3, 6), world.instances(3, WRONG), strict=True)
    ]
    for number, (instance, time) in enumerate(launched):
        now = datetime.fromisoformat(time) + timedelta(minutes=1)
        assert world.run(run_instances([instance], time=time, event_id=f"e-{number}"), now=now, digest_minutes=15) == []
        world.settle(digest_minutes=15)
    assert world.notices() == []

    world.settle(NOW.replace(minute=15), digest_minutes=15)

    (notice,) = world.notices()
    assert {resource["arn"] for resource in notice["body"]["resources"]} == {
        instance_arn(instance) for instance, _ in launched
    }


def test_a_finding_that_was_corrected_before_its_notice_is_not_reported(world: World) -> None:
    (instance,) = world.instances(1, WRONG)
    world.run(run_instances([instance]), digest_minutes=15)
    world.home.client("ec2").create_tags(Resources=[instance], Tags=[{"Key": "Environment", "Value": "prod"}])
    corrected = tag_change(instance_arn(instance), WRONG | {"Environment": "prod"}, time="2026-06-01T12:03:00Z")
    world.run(corrected, now=NOW + timedelta(minutes=5), digest_minutes=15)

    world.settle(NOW + timedelta(minutes=20), digest_minutes=15)

    assert world.notices() == []


@pytest.mark.parametrize("code", ["KMSDisabled", "KMSAccessDenied", "KMSInvalidState", "KMSNotFound"])
def test_a_notice_that_fails_because_of_the_topic_key_is_sent_once_the_key_works(world: World, code: str) -> None:
    (instance,) = world.instances(1)
    failed = {"Id": "0", "Code": code, "Message": "the key", "SenderFault": True}
    world.wire.answer("sns:PublishBatch", {"Successful": [], "Failed": [failed]})
    assert world.run(run_instances([instance])) == []
    world.settle(NOW + timedelta(minutes=5))
    assert [state for state in world.states() if "undeliverable" in state] == []
    world.wire.recover()

    world.settle(NOW + timedelta(minutes=10))

    assert reported_arns(world) == [instance_arn(instance)]


def test_a_reported_finding_has_no_id_in_later_notices(world: World) -> None:
    (instance,) = world.instances(1, {"Owner": ""})
    service = {"type": "AWSService", "invokedBy": "autoscaling.amazonaws.com"}
    world.run(run_instances([instance], identity=service))
    world.home.client("ec2").delete_tags(Resources=[instance], Tags=[{"Key": "Environment"}])
    removed = tag_change(instance_arn(instance), {"Owner": ""}, changed=["Environment"], time="2026-06-01T13:00:00Z")

    world.run(removed, now=NOW + timedelta(hours=2))

    reported_arns = [resource for notice in world.notices() for resource in notice["body"]["resources"]]
    assert [[v["key"] for v in resource["violations"]] for resource in reported_arns] == [["Owner"], ["Owner"]]
    assert [resource["finding_id"] is None for resource in reported_arns] == [False, True]
    assert [len(resource["changes"]) for resource in reported_arns] == [1, 1]


def test_a_throttled_conclusion_is_retried_and_the_owner_is_notified_once(world: World) -> None:
    (instance,) = world.instances(1)
    tries = iter([False, True, True, False])
    world.wire.fail("dynamodb:TransactWriteItems", "ThrottlingException", when=lambda _: next(tries, False))

    assert world.run(run_instances([instance])) == []
    world.settle(NOW + timedelta(minutes=20))

    assert world.wire.calls["dynamodb:TransactWriteItems"] >= 4
    tokens = [call["ClientRequestToken"] for call in world.wire.parameters("dynamodb:TransactWriteItems")[:4]]
    assert (tokens[0] != tokens[1], len(set(tokens[1:]))) == (True, 1)
    assert reported_arns(world) == [instance_arn(instance)]

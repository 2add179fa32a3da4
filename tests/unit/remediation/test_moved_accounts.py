"""Rule: if an account moves to a notifying scope, its observed findings are reported once, in one notice per owner."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import pytest

from tag_governance.remediation import moved_accounts
from tests.support.events import api_call, instance_arn, run_instances
from tests.support.policies import HOME, scope
from tests.support.world import NOW, World
from tests.unit.remediation.test_notice_delivery import WRONG, reported_arns
from tests.unit.remediation.test_time_budget import Clock
from tests.unit.remediation.test_unreadable_entries import invalidate

ANN, BEN = WRONG | {"Owner": "ann"}, WRONG | {"Owner": "ben"}
OBSERVING: dict[str, Any] = {"scopes": {"default": scope("observe")}}
MOVED: dict[str, Any] = {
    "scopes": {"default": scope("observe"), "workloads": scope("notify", target=HOME)},
}
PILOT: dict[str, Any] = {
    "scopes": {"default": scope("notify"), "pilot": scope("observe", target=HOME)},
}
WITHOUT_PILOT: dict[str, Any] = {"scopes": {"default": scope("notify")}}


@pytest.fixture(autouse=True)
def organization(world: World) -> Any:
    """Create an organization with the account in its root."""
    client = world.home.client("organizations")
    client.create_organization()
    return client


def observed(world: World, policy: dict[str, Any]) -> list[str]:
    """Launch three instances with unreported findings: two of Ann's, one of Ben's."""
    ids = [*world.instances(2, ANN), *world.instances(1, BEN)]
    world.deliver(run_instances(ids[:2], ANN), run_instances(ids[2:], BEN, event_id="e-2"), now=NOW, **policy)
    world.settle(NOW + timedelta(minutes=5), **policy)
    assert world.notices() == []
    return ids


def hours(count: int) -> Iterable[datetime]:
    return (NOW + timedelta(hours=hour) for hour in range(1, count + 1))


@pytest.mark.parametrize(
    ("before", "after"),
    [(OBSERVING, MOVED), (PILOT, WITHOUT_PILOT)],
    ids=["moved to another scope", "scope removed"],
)
def test_each_owner_gets_one_message(world: World, before: dict[str, Any], after: dict[str, Any]) -> None:
    ids = observed(world, before)

    for now in hours(3):
        world.settle(now, **after)

    notices = sorted(world.notices(), key=lambda notice: str(notice["body"]["owner"]))
    assert [(n["body"]["owner"], {r["arn"] for r in n["body"]["resources"]}) for n in notices] == [
        ("ann", {instance_arn(ids[0]), instance_arn(ids[1])}),
        ("ben", {instance_arn(ids[2])}),
    ]


def test_observed_findings_are_corrected_if_the_new_scope_remediates(world: World) -> None:
    (instance,) = world.instances(1)
    world.deliver(run_instances([instance]), now=NOW, **OBSERVING)
    remediating = {**MOVED, "scopes": MOVED["scopes"] | {"workloads": scope(target=HOME)}}

    for now in hours(3):
        world.settle(now, **remediating)

    assert set(world.instance_tags(instance)[0]) == {"Environment", "Owner"}
    assert reported_arns(world) == [instance_arn(instance)]


def test_the_ledger_is_scanned_once_per_policy(world: World) -> None:
    observed(world, OBSERVING)
    queries = []
    for now in hours(3):
        world.wire.calls.clear()
        world.settle(now, **MOVED)
        queries.append(world.wire.calls["dynamodb:Query"])

    assert queries[0] > queries[1] == queries[2]


def test_an_account_that_moves_after_the_apply_is_found_within_a_day(world: World, organization: Any) -> None:
    root = organization.list_roots()["Roots"][0]["Id"]
    unit = organization.create_organizational_unit(ParentId=root, Name="loud")["OrganizationalUnit"]["Id"]
    policy: dict[str, Any] = {"scopes": {"default": scope("observe"), "loud": scope("notify", target=unit)}}
    # Nothing else looks at a queue so soon: the Tagging API does not tell that it is gone.
    url = world.home.client("sqs").create_queue(QueueName="orders", tags=ANN)["QueueUrl"]
    created = api_call("sqs.amazonaws.com", "CreateQueue", {"queueName": "orders", "tags": ANN}, {"queueUrl": url})
    world.deliver(created, now=NOW, **policy)
    world.settle(NOW + timedelta(minutes=5), **policy)
    organization.move_account(AccountId=HOME, SourceParentId=root, DestinationParentId=unit)

    for hour in range(1, 28):
        world.settle(NOW + timedelta(hours=hour), **policy)

    assert reported_arns(world) == [f"arn:aws:sqs:us-east-1:{HOME}:orders"]


def test_a_scan_waits_until_the_organization_can_be_asked(world: World) -> None:
    ids = observed(world, OBSERVING)
    world.wire.fail("organizations:ListParents", "TooManyRequestsException")
    world.settle(NOW + timedelta(hours=1), **MOVED)
    assert reported_arns(world) == []
    world.wire.recover()

    for now in (NOW + timedelta(hours=2), NOW + timedelta(hours=3)):
        world.settle(now, **MOVED)

    assert reported_arns(world) == sorted(instance_arn(instance) for instance in ids)


def test_findings_of_an_account_that_left_are_left_alone(world: World) -> None:
    observed(world, OBSERVING)
    world.wire.fail("organizations:ListParents", "ChildNotFoundException")

    assert [world.settle(now, **MOVED)["asked"] for now in hours(3)] == [0, 0, 0]
    assert reported_arns(world) == []


def test_an_interrupted_scan_continues_where_it_stopped(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moved_accounts, "_PAGE", 2)
    monkeypatch.setattr(moved_accounts, "_PAGES", 2)
    ids = world.instances(12, WRONG)
    world.deliver(run_instances(ids, WRONG), now=NOW, **OBSERVING)
    world.settle(NOW + timedelta(minutes=5), **OBSERVING)

    parts = []
    for now in hours(12):
        world.settle(now, **MOVED)
        parts.append(reported_arns(world))

    assert sorted(arn for part in parts for arn in part) == sorted(instance_arn(instance) for instance in ids)
    assert max(map(len, parts)) <= 4
    assert parts[-1] == []


def test_findings_of_a_renamed_scope_are_found(world: World) -> None:
    ids = observed(world, PILOT)
    renamed: dict[str, Any] = {
        "scopes": {"default": scope("notify"), "trial": scope("observe", target=HOME)},
    }
    world.home.client("ec2").terminate_instances(InstanceIds=ids[:1])
    world.home.client("ec2").delete_tags(Resources=ids[:1], Tags=[{"Key": key} for key in ANN])  # as EC2 does

    for day in range(1, 4):
        for hour in (0, 12):
            world.settle(NOW + timedelta(days=day, hours=hour), **renamed)

    assert {state["resource"]: (state["status"], state["scope"]) for state in world.states()} == {
        instance_arn(ids[0]): ("gone", "pilot"),
        instance_arn(ids[1]): ("non_compliant", "trial"),
        instance_arn(ids[2]): ("non_compliant", "trial"),
    }
    assert world.notices() == []


def test_a_scan_without_time_runs_later(world: World) -> None:
    ids = observed(world, OBSERVING)
    clock = Clock(1)
    assert world.settle(NOW + timedelta(hours=1), context=clock, **MOVED)["told"] == 0

    for now in (NOW + timedelta(hours=2), NOW + timedelta(hours=3)):
        world.settle(now, **MOVED)

    assert reported_arns(world) == sorted(instance_arn(instance) for instance in ids)


def test_an_unreadable_entry_does_not_stop_the_scan(world: World) -> None:
    ids = world.instances(12, WRONG)
    world.deliver(run_instances(ids, WRONG), now=NOW, **OBSERVING)
    invalidate(world, instance_arn(ids[0]))

    for now in hours(3):
        world.settle(now, **MOVED)

    assert reported_arns(world) == sorted(instance_arn(instance) for instance in ids[1:])


def test_news_that_could_not_be_claimed_is_reported_by_the_next_run(world: World) -> None:
    ids = observed(world, OBSERVING)
    world.wire.fail(
        "dynamodb:TransactWriteItems", "ThrottlingException", when=lambda call: "progress#" not in str(call)
    )
    world.settle(NOW + timedelta(hours=1), **MOVED)
    assert reported_arns(world) == []
    world.wire.recover()

    for now in (NOW + timedelta(hours=2), NOW + timedelta(hours=3)):
        world.settle(now, **MOVED)

    assert reported_arns(world) == sorted(instance_arn(instance) for instance in ids)

"""Rule: a correction that is reverted repeatedly is contested, reported once, and no longer made."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from tag_governance.reporting.metrics import metric_documents
from tests.support.events import instance_arn, run_instances, tag_change
from tests.support.policies import ENVIRONMENT, HOME, scope
from tests.support.world import NOW, World

RULES: dict[str, Any] = {"scopes": {"default": scope(tags=[ENVIRONMENT])}}
TERRAFORM = f"arn:aws:sts::{HOME}:assumed-role/deploy/terraform-cloud"


def remove(world: World, instance: str) -> None:
    world.home.client("ec2").delete_tags(Resources=[instance], Tags=[{"Key": "Environment"}])


def process_removal(world: World, instance: str, now: datetime) -> None:
    """Process the event of a removal, a few minutes old."""
    time = (now - timedelta(minutes=5)).strftime("%Y-%m-%dT%H:%M:%SZ")
    event = tag_change(instance_arn(instance), {}, changed=["Environment"], time=time)
    assert world.run(event, now=now, **RULES) == []


def revert_repeatedly(world: World, rounds: int, every: timedelta = timedelta(hours=1)) -> tuple[str, datetime]:
    """Launch an instance, and remove its tag several times, each time after the function wrote it."""
    (instance,) = world.instances(1)
    world.run(run_instances([instance]), **RULES)
    now = NOW
    for _ in range(rounds):
        now += every
        remove(world, instance)
        process_removal(world, instance, now)
    return instance, now


def problems(world: World) -> list[str]:
    return [violation["problem"] for finding in world.findings() for violation in finding["violations"]]


def record_principals(world: World, *events: tuple[str, str]) -> None:
    """Let CloudTrail's event history return events with these names and principals."""
    found = [
        {"EventName": name, "CloudTrailEvent": json.dumps({"userIdentity": {"type": "AssumedRole", "arn": arn}})}
        for name, arn in events
    ]
    world.wire.answer("cloudtrail:LookupEvents", {"Events": found})


def test_a_tag_is_corrected_after_two_reverts(world: World) -> None:
    instance, _ = revert_repeatedly(world, rounds=2)
    assert world.instance_tags(instance) == [{"Environment": "dev"}]
    assert world.wire.count("cloudtrail") == 0


def test_after_the_third_revert_a_tag_is_contested_and_not_compliant(world: World) -> None:
    record_principals(world)
    instance, now = revert_repeatedly(world, rounds=3)
    assert world.instance_tags(instance) == [{}]
    assert problems(world) == ["contested"]
    counted = metric_documents(world.results, 0, 0, "tags", now)
    assert (counted[0]["Contested"], counted[0]["NonCompliant"]) == (1, 1)


def test_a_contested_tag_is_reported_once_with_the_principal(world: World) -> None:
    own = f"arn:aws:sts::{HOME}:assumed-role/tag-governance-remediation/tag-governance"
    record_principals(
        world, ("RunInstances", f"arn:aws:iam::{HOME}:user/launcher"), ("CreateTags", own), ("DeleteTags", TERRAFORM)
    )
    instance, now = revert_repeatedly(world, rounds=3)
    reported_arns = [resource for notice in world.notices() for resource in notice["body"]["resources"]]
    contested = [v for resource in reported_arns for v in resource["violations"] if v["problem"] == "contested"]
    assert [violation["changed_back_by"] for violation in contested] == [TERRAFORM]

    process_removal(world, instance, now + timedelta(hours=1))

    assert world.notices() == []
    assert world.wire.calls["cloudtrail:LookupEvents"] == 1


def test_a_contested_tag_is_reported_without_a_known_principal(world: World) -> None:
    world.wire.fail("cloudtrail:LookupEvents", "AccessDeniedException")
    revert_repeatedly(world, rounds=3)
    reported_arns = [resource for notice in world.notices() for resource in notice["body"]["resources"]]
    contested = [v for resource in reported_arns for v in resource["violations"] if v["problem"] == "contested"]
    assert [violation["changed_back_by"] for violation in contested] == ["unknown"]


def test_removals_more_than_thirty_days_apart_do_not_contest_a_tag(world: World) -> None:
    instance, _ = revert_repeatedly(world, rounds=4, every=timedelta(days=16))
    assert world.instance_tags(instance) == [{"Environment": "dev"}]


def test_the_same_removal_reported_again_counts_once(world: World) -> None:
    (instance,) = world.instances(1)
    world.run(run_instances([instance]), **RULES)
    remove(world, instance)
    world.wire.fail("ec2:CreateTags", "RequestLimitExceeded")
    event = tag_change(instance_arn(instance), {}, changed=["Environment"], time="2026-06-01T13:00:00Z")
    for minutes in range(70, 130, 10):
        assert world.run(event, now=NOW + timedelta(minutes=minutes), **RULES) == ["m0"]
    world.wire.recover()

    assert world.run(event, now=NOW + timedelta(hours=3), **RULES) == []
    assert world.instance_tags(instance) == [{"Environment": "dev"}]


def set_allowed_value(world: World, staying: Callable[[datetime], datetime]) -> str:
    """Give a contested instance an allowed value, and remove it at the time that `staying` returns."""
    record_principals(world)
    instance, now = revert_repeatedly(world, rounds=3)
    world.home.client("ec2").create_tags(Resources=[instance], Tags=[{"Key": "Environment", "Value": "prod"}])
    time = now + timedelta(minutes=5)
    event = tag_change(instance_arn(instance), {"Environment": "prod"}, time=time.strftime("%Y-%m-%dT%H:%M:%SZ"))
    assert world.run(event, now=time + timedelta(minutes=5), **RULES) == []
    assert problems(world) == []
    removed = staying(time)
    world.settle(removed, **RULES)
    remove(world, instance)
    process_removal(world, instance, removed + timedelta(minutes=10))
    return instance


def test_an_allowed_value_for_a_day_settles_the_tag(world: World) -> None:
    instance = set_allowed_value(world, lambda time: time + timedelta(hours=25))
    assert len(world.instance_tags(instance)[0]) == 1
    assert problems(world) == []


def test_an_allowed_value_for_less_than_a_day_does_not_settle_the_tag(world: World) -> None:
    instance = set_allowed_value(world, lambda time: time + timedelta(hours=20))
    assert world.instance_tags(instance) == [{}]
    assert problems(world) == ["contested"]

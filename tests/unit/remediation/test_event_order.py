"""Rule: order and duplicates do not change the result. An older event never closes a newer finding."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest

from tests.support.events import GOOD, instance_arn, run_instances, tag_change
from tests.support.policies import ENVIRONMENT, HOME, scope
from tests.support.world import NOW, World
from tools.policy_document import rule

WRONG = {"Environment": "staging", "Owner": "bob"}
BY_ACTOR = {"default": scope(tags=[rule("Owner", derive_from=["actor"], default="unassigned")])}


@pytest.mark.parametrize(("newer", "older"), [(None, None), (8, 7)])
def test_an_older_tag_change_does_not_close_the_finding_of_a_newer_one(
    world: World, newer: int | None, older: int | None
) -> None:
    (instance,) = world.instances(1, WRONG)
    arn = instance_arn(instance)
    world.run(tag_change(arn, WRONG, version=newer))

    assert world.run(tag_change(arn, GOOD, time="2026-06-01T11:50:00Z", version=older), now=NOW) == []

    assert [finding["resource"] for finding in world.findings()] == [arn]


def test_a_newer_tag_change_closes_it(world: World) -> None:
    (instance,) = world.instances(1, WRONG)
    arn = instance_arn(instance)
    world.run(tag_change(arn, WRONG))
    world.home.client("ec2").create_tags(Resources=[instance], Tags=[{"Key": "Environment", "Value": "prod"}])

    assert world.run(tag_change(arn, GOOD, time="2026-06-01T12:05:00Z"), now=NOW + timedelta(minutes=10)) == []

    assert world.findings() == []


@pytest.mark.parametrize("is_creation_first", [True, False])
def test_the_creator_becomes_the_owner_in_any_event_order(world: World, is_creation_first: bool) -> None:
    (instance,) = world.instances(1)
    events = [run_instances([instance]), tag_change(instance_arn(instance), {})]
    for number, event in enumerate(events if is_creation_first else reversed(events)):
        assert world.run(event, now=NOW + number * timedelta(minutes=5), scopes=BY_ACTOR) == []
    assert world.instance_tags(instance) == [{"Owner": "alice@example.com"}]


def test_a_value_that_a_person_set_is_not_replaced_by_the_creator(world: World) -> None:
    (instance,) = world.instances(1)
    world.run(tag_change(instance_arn(instance), {}), scopes=BY_ACTOR)
    assert world.instance_tags(instance) == [{"Owner": "unassigned"}]
    world.home.client("ec2").create_tags(Resources=[instance], Tags=[{"Key": "Owner", "Value": "bob"}])
    bobs = tag_change(instance_arn(instance), {"Owner": "bob"}, time="2026-06-01T12:03:00Z")
    world.run(bobs, now=NOW + timedelta(minutes=5), scopes=BY_ACTOR)

    world.run(run_instances([instance]), now=NOW + timedelta(minutes=10), scopes=BY_ACTOR)

    assert world.instance_tags(instance) == [{"Owner": "bob"}]


def test_a_default_that_a_person_set_stays(world: World) -> None:
    (instance,) = world.instances(1, {"Owner": "unassigned"})
    world.run(run_instances([instance]), scopes=BY_ACTOR)
    assert world.instance_tags(instance) == [{"Owner": "unassigned"}]


@pytest.mark.parametrize("order", list(permutations(range(3))), ids=str)
def test_events_of_one_resource_have_the_same_result_in_every_order_and_repeated(
    world: World, order: tuple[int, ...]
) -> None:
    (instance,) = world.instances(1, {"env": "prod"})
    arn = instance_arn(instance)
    rules = {"default": scope(tags=[ENVIRONMENT, rule("Owner", derive_from=["actor"], default="unassigned")])}
    events: list[dict[str, Any]] = [
        run_instances([instance]),
        tag_change(arn, {}, time="2026-06-01T12:00:10Z"),
        tag_change(arn, {"env": "prod"}, time="2026-06-01T12:00:20Z"),
    ]
    for number, index in enumerate((*order, *order)):
        world.run(events[index], now=NOW + timedelta(minutes=5 * (number + 1)), scopes=rules)
    assert world.instance_tags(instance) == [{"env": "prod", "Environment": "prod", "Owner": "alice@example.com"}]
    assert world.findings() == []
    reported_arns = [change["id"] for n in world.notices() for r in n["body"]["resources"] for change in r["changes"]]
    assert len(set(reported_arns)) == len(world.changes())


def test_a_removed_derived_value_is_restored_and_not_derived_again(world: World) -> None:
    organizations = world.home.client("organizations")
    organizations.create_organization()
    organizations.tag_resource(ResourceId=HOME, Tags=[{"Key": "Team", "Value": "blue"}])
    by_account = {"default": scope(tags=[rule("Team", derive_from=["account_tag:Team"])])}
    (instance,) = world.instances(1)
    world.run(run_instances([instance]), scopes=by_account)
    organizations.tag_resource(ResourceId=HOME, Tags=[{"Key": "Team", "Value": "green"}])
    world.home.client("ec2").delete_tags(Resources=[instance], Tags=[{"Key": "Team"}])
    removed = tag_change(instance_arn(instance), {}, changed=["Team"], time="2026-06-01T13:00:00Z")

    assert world.run(removed, now=NOW + timedelta(hours=2), scopes=by_account) == []

    assert world.instance_tags(instance) == [{"Team": "blue"}]


@pytest.mark.parametrize("is_creation_first", [True, False])
@pytest.mark.parametrize(
    ("derived", "expected"),
    [
        (rule("Owner", derive_from=["actor", "region"], default="x"), "alice@example.com"),
        (rule("Created", derive_from=["date"]), "2026-05-29"),
        (rule("Created", derive_from=["date"], default="unknown"), "2026-05-29"),
    ],
    ids=["actor, then region", "date", "date, then a default"],
)
def test_values_from_the_creation_are_written_in_any_event_order(
    world: World, derived: dict[str, Any], expected: str, is_creation_first: bool
) -> None:
    (instance,) = world.instances(1, {"Name": "web"})
    creation = run_instances([instance], time="2026-05-29T12:00:00Z")
    change = tag_change(instance_arn(instance), {"Name": "web"}, changed=["Name"], time="2026-06-01T11:50:00Z")
    events = [creation, change] if is_creation_first else [change, creation]

    for number, event in enumerate(events):
        world.deliver(event, now=NOW + number * timedelta(minutes=30), scopes={"default": scope(tags=[derived])})

    assert world.instance_tags(instance) == [{"Name": "web", derived["key"]: expected}]
    assert world.findings() == []


def test_the_date_of_a_tag_change_is_not_that_of_the_creation(world: World) -> None:
    (instance,) = world.instances(1, {"Name": "web"})
    by_date = {"default": scope(tags=[rule("Created", derive_from=["date"])])}

    world.deliver(tag_change(instance_arn(instance), {"Name": "web"}), now=NOW, scopes=by_date)

    assert world.instance_tags(instance) == [{"Name": "web"}]
    assert [v["problem"] for finding in world.findings() for v in finding["violations"]] == ["missing"]

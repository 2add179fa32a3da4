"""Rule: a resource that is created again under the same name is another one. A creation event without effect is
ignored."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.support.events import GOOD, api_call, person, stamp, tag_change
from tests.support.policies import HOME, scope
from tests.support.world import NOW, World

NOTIFY = {"default": scope("notify")}
NEXT_DAY = NOW + timedelta(days=1)


class Role:
    """A role, whose tags IAM returns at once."""

    arn = f"arn:aws:iam::{HOME}:role/app"

    def __init__(self, world: World) -> None:
        self._client = world.home.client("iam")

    def create(self, creator: str, now: datetime, **tags: str) -> dict[str, Any]:
        """Create the role. Return its event, five minutes old."""
        pairs: list[Any] = [{"Key": key, "Value": value} for key, value in tags.items()]
        self._client.create_role(RoleName="app", AssumeRolePolicyDocument="{}", Tags=pairs)
        role = {"arn": self.arn, "roleName": "app"}
        return _created("iam", "CreateRole", {"roleName": "app"}, {"role": role}, creator, now)

    def delete(self) -> None:
        """Delete the role."""
        self._client.delete_role(RoleName="app")

    def tags(self) -> dict[str, str]:
        """Read the tags of the role."""
        return {tag["Key"]: tag["Value"] for tag in self._client.list_role_tags(RoleName="app")["Tags"]}


class Table:
    """A table, which the tag index does not list until it has a tag."""

    arn = f"arn:aws:dynamodb:us-east-1:{HOME}:table/app"

    def __init__(self, world: World) -> None:
        self._client = world.home.client("dynamodb")

    def create(self, creator: str, now: datetime, **tags: str) -> dict[str, Any]:
        """Create the table. Return its event, five minutes old."""
        self._client.create_table(
            TableName="app",
            KeySchema=[{"AttributeName": "a", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "a", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
            Tags=[{"Key": key, "Value": value} for key, value in tags.items()],
        )
        table = {"tableDescription": {"tableArn": self.arn}}
        return _created("dynamodb", "CreateTable", {"tableName": "app"}, table, creator, now)

    def delete(self) -> None:
        """Delete the table."""
        self._client.delete_table(TableName="app")

    def tags(self) -> dict[str, str]:
        """Read the tags of the table."""
        return {tag["Key"]: tag["Value"] for tag in self._client.list_tags_of_resource(ResourceArn=self.arn)["Tags"]}


BOTH = pytest.mark.parametrize("kind", [Role, Table])


def _created(service: str, name: str, request: object, answer: object, creator: str, now: datetime) -> dict[str, Any]:
    time = stamp(now - timedelta(minutes=5))
    source = f"{service}.amazonaws.com"
    return api_call(source, name, request, answer, identity=person(creator), time=time, event_id=f"e-{creator}")


def creators(world: World) -> list[str]:
    return [state["origin"]["actor"] for state in world.states()]


@BOTH
def test_a_recreated_resource_belongs_to_its_new_creator(world: World, kind: type[Role | Table]) -> None:
    resource = kind(world)
    owners = []
    for day, creator in enumerate(["ann", "ben", "carol", "dave", "erin"]):
        now = NOW + timedelta(days=day)
        world.deliver(resource.create(creator, now), now=now)
        owners.append(resource.tags())
        resource.delete()

    assert owners == [{"Environment": "dev", "Owner": name} for name in ("ann", "ben", "carol", "dave", "erin")]
    assert world.findings() == []


@BOTH
def test_the_finding_of_the_old_resource_does_not_apply_to_the_new_one(world: World, kind: type[Role | Table]) -> None:
    resource = kind(world)
    world.deliver(resource.create("ann", NOW, Environment="qa", Owner="ann"), now=NOW, scopes=NOTIFY)
    resource.delete()

    world.deliver(resource.create("ben", NEXT_DAY, Owner="ben"), now=NEXT_DAY, scopes=NOTIFY)

    (finding,) = world.findings()
    assert [(v["key"], v["problem"]) for v in finding["violations"]] == [("Environment", "missing")]
    assert datetime.fromisoformat(finding["first_seen"]) > NEXT_DAY
    assert creators(world) == ["ben"]
    assert [n["body"]["owner"] for n in world.notices()] == ["ann", "ben"]


@BOTH
def test_late_events_of_the_old_resource_do_not_change_the_new_one(world: World, kind: type[Role | Table]) -> None:
    resource = kind(world)
    first = resource.create("ann", NOW, Owner="ann")
    world.deliver(first, now=NOW, scopes=NOTIFY)
    resource.delete()
    world.deliver(resource.create("ben", NEXT_DAY, Environment="qa"), now=NEXT_DAY, scopes=NOTIFY)
    before = world.findings()

    late = tag_change(resource.arn, GOOD, time=stamp(NOW + timedelta(minutes=30)))
    world.deliver(first, late, now=NEXT_DAY + timedelta(hours=2), scopes=NOTIFY)

    assert creators(world) == ["ben"]
    assert [finding["violations"] for finding in world.findings()] == [finding["violations"] for finding in before]


def test_late_events_of_the_old_resource_are_not_the_tags_of_an_unlisted_new_one(
    world: World,
) -> None:
    table = Table(world)
    world.deliver(table.create("ann", NOW, Owner="ann"), now=NOW, scopes=NOTIFY)
    table.delete()
    world.deliver(table.create("ben", NEXT_DAY), now=NEXT_DAY, scopes=NOTIFY)

    late = tag_change(table.arn, GOOD, time=stamp(NOW + timedelta(minutes=30)))
    world.deliver(late, now=NEXT_DAY + timedelta(hours=2), scopes=NOTIFY)

    assert [v["key"] for finding in world.findings() for v in finding["violations"]] == ["Environment", "Owner"]


def test_the_wait_for_an_invisible_resource_starts_at_the_newest_creation(world: World) -> None:
    role = Role(world)
    world.deliver(role.create("ann", NOW), now=NOW)
    role.delete()
    event = role.create("ben", NEXT_DAY)
    world.wire.fail("iam:ListRoleTags", "NoSuchEntity", "The role with name app cannot be found.", status=404)
    assert world.run(event, now=NEXT_DAY) == ["m0"]
    world.wire.recover()

    world.deliver(event, now=NEXT_DAY + timedelta(minutes=5))

    assert role.tags() == {"Environment": "dev", "Owner": "ben"}


def test_a_creation_that_returns_the_existing_resource_keeps_creator_and_history(world: World) -> None:
    topics = world.home.client("sns")
    arn = topics.create_topic(Name="orders")["TopicArn"]

    def created(creator: str, now: datetime) -> dict[str, Any]:
        return _created("sns", "CreateTopic", {"name": "orders"}, {"topicArn": arn}, creator, now)

    world.deliver(created("ann", NOW), now=NOW)
    topics.create_topic(Name="orders")
    world.deliver(created("ben", NEXT_DAY), now=NEXT_DAY)
    assert creators(world) == ["ann"]

    topics.untag_resource(ResourceArn=arn, TagKeys=["Owner"])
    removed = tag_change(arn, {"Environment": "dev"}, changed=["Owner"], time=stamp(NEXT_DAY + timedelta(hours=1)))
    world.deliver(removed, now=NEXT_DAY + timedelta(hours=2))

    tags = topics.list_tags_for_resource(ResourceArn=arn)["Tags"]
    assert {tag["Key"]: tag["Value"] for tag in tags} == {"Environment": "dev", "Owner": "ann"}

"""Rule: what is gone is gone. A finding ends with its resource, and one that nothing confirms ends in the open."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from tag_governance.reporting.audit import audit_lines
from tag_governance.reporting.metrics import metric_documents
from tests.support.events import api_call, create_bucket, instance_arn, run_instances, stamp, tag_change
from tests.support.policies import HOME, scope
from tests.support.world import NOW, World

DAY = timedelta(days=1)
OBSERVE, NOTIFY = {"default": scope("observe")}, {"default": scope("notify")}
TELLING_NOTHING = pytest.mark.parametrize("scopes", [OBSERVE, NOTIFY], ids=["observe", "notify"])
QUEUE = f"arn:aws:sqs:us-east-1:{HOME}:orders"


def launched(world: World, scopes: dict[str, Any]) -> str:
    """Launch an instance without tags, and let the function find it."""
    (instance,) = world.instances(1)
    world.deliver(run_instances([instance]), now=NOW, scopes=scopes)
    assert [finding["resource"] for finding in world.findings()] == [instance_arn(instance)]
    return instance


def terminate(world: World, instance: str) -> None:
    world.home.client("ec2").terminate_instances(InstanceIds=[instance])


def queue_created(world: World) -> Any:
    """Create a queue without tags, which no index lists, and let the function find it."""
    client = world.home.client("sqs")
    url = client.create_queue(QueueName="orders")["QueueUrl"]
    event = api_call("sqs.amazonaws.com", "CreateQueue", {"queueName": "orders"}, {"queueUrl": url})
    world.deliver(event, now=NOW, scopes=NOTIFY)
    return client


def statuses(world: World) -> list[str]:
    return [state["status"] for state in world.states()]


def days(world: World, first: int, last: int, **policy_fields: Any) -> None:
    """Let the schedule run twice a day."""
    for day in range(first, last + 1):
        for hour in (0, 12):
            world.settle(NOW + day * DAY + timedelta(hours=hour), **policy_fields)


@TELLING_NOTHING
def test_the_finding_of_an_instance_ends_a_day_after_it_was_terminated(world: World, scopes: dict[str, Any]) -> None:
    instance = launched(world, scopes)
    terminate(world, instance)
    world.notices()

    days(world, 1, 2, scopes=scopes)

    assert world.findings() == []
    assert statuses(world) == ["gone"]
    assert world.notices() == []


@TELLING_NOTHING
def test_the_finding_of_an_instance_that_lives_stays_and_is_told_no_second_time(
    world: World, scopes: dict[str, Any]
) -> None:
    instance = launched(world, scopes)
    world.notices()

    days(world, 1, 40, scopes=scopes)

    assert [finding["resource"] for finding in world.findings()] == [instance_arn(instance)]
    assert world.notices() == []


def test_nobody_is_told_about_an_instance_that_is_gone_when_its_scope_begins_to_tell(world: World) -> None:
    instance = launched(world, OBSERVE)
    terminate(world, instance)

    days(world, 1, 2, scopes=NOTIFY)

    assert world.notices() == []
    assert statuses(world) == ["gone"]


def test_a_late_event_of_an_instance_that_is_gone_makes_no_finding(world: World) -> None:
    (instance,) = world.instances(1)
    terminate(world, instance)
    removed = tag_change(instance_arn(instance), {}, changed=["Owner"], time=stamp(NOW + timedelta(hours=1)))

    world.deliver(run_instances([instance]), removed, now=NOW + timedelta(hours=2), scopes=NOTIFY)

    assert world.findings() == []
    assert world.notices() == []


def test_a_role_and_a_bucket_that_are_gone_are_no_findings(world: World) -> None:
    roles, buckets = world.home.client("iam"), world.home.client("s3")
    arn = f"arn:aws:iam::{HOME}:role/app"
    roles.create_role(RoleName="app", AssumeRolePolicyDocument="{}")
    buckets.create_bucket(Bucket="records")
    created = api_call("iam.amazonaws.com", "CreateRole", {"roleName": "app"}, {"role": {"arn": arn}})
    world.deliver(created, create_bucket("records"), now=NOW, scopes=NOTIFY)
    assert len(world.findings()) == 2
    roles.delete_role(RoleName="app")
    buckets.delete_bucket(Bucket="records")

    days(world, 1, 2, scopes=NOTIFY)

    assert statuses(world) == ["gone", "gone"]


def test_a_finding_that_nothing_confirms_for_thirty_days_ends_as_unconfirmed_for_all_to_see(world: World) -> None:
    queue_created(world).delete_queue(QueueUrl=world.home.client("sqs").get_queue_url(QueueName="orders")["QueueUrl"])
    world.notices()

    days(world, 1, 29, scopes=NOTIFY)
    assert statuses(world) == ["non_compliant"]
    days(world, 30, 30, scopes=NOTIFY)

    (state,) = world.states()
    assert (state["status"], state.get("violations")) == ("unconfirmed", None)
    assert "30 days" in state["reason"]
    assert state["expires_at"] > NOW.timestamp()
    (line,) = audit_lines(world.results)
    assert (line["audit"], line["resource"], line["scope"]) == ("unconfirmed", QUEUE, "default")
    counted = metric_documents(world.results, 0, 0, "tags", NOW)
    assert [document["Unconfirmed"] for document in counted] == [1]
    assert world.notices() == []


def test_what_shows_the_resource_confirms_its_finding(world: World) -> None:
    client = queue_created(world)
    url = client.get_queue_url(QueueName="orders")["QueueUrl"]
    days(world, 1, 20, scopes=NOTIFY)
    client.tag_queue(QueueUrl=url, Tags={"Name": "orders"})
    changed = tag_change(QUEUE, {"Name": "orders"}, time=stamp(NOW + 20 * DAY))
    world.deliver(changed, now=NOW + 20 * DAY + timedelta(hours=1), scopes=NOTIFY)
    client.delete_queue(QueueUrl=url)

    days(world, 21, 49, scopes=NOTIFY)
    assert statuses(world) == ["non_compliant"]
    days(world, 50, 51, scopes=NOTIFY)
    assert statuses(world) == ["unconfirmed"]


def test_tags_that_the_index_lists_confirm_a_finding_for_ever(world: World) -> None:
    client = queue_created(world)
    client.tag_queue(QueueUrl=client.get_queue_url(QueueName="orders")["QueueUrl"], Tags={"Name": "orders"})

    days(world, 1, 70, scopes=NOTIFY)

    assert statuses(world) == ["non_compliant"]


def test_news_of_what_was_unconfirmed_make_a_new_finding(world: World) -> None:
    queue_created(world)
    days(world, 1, 31, scopes=NOTIFY)
    assert statuses(world) == ["unconfirmed"]
    world.notices()

    changed = tag_change(QUEUE, {"Name": "orders"}, time=stamp(NOW + 32 * DAY))
    world.home.client("sqs").tag_queue(
        QueueUrl=world.home.client("sqs").get_queue_url(QueueName="orders")["QueueUrl"], Tags={"Name": "orders"}
    )
    world.deliver(changed, now=NOW + 32 * DAY + timedelta(minutes=1), scopes=NOTIFY)

    assert [finding["resource"] for finding in world.findings()] == [QUEUE]
    assert len(world.notices()) == 1


def test_news_without_a_tag_confirm_what_was_unconfirmed_for_thirty_days(world: World) -> None:
    queue_created(world)
    days(world, 1, 32, scopes=NOTIFY)
    assert statuses(world) == ["unconfirmed"]
    world.notices()

    removed = tag_change(QUEUE, {}, changed=["Team"], time=stamp(NOW + 33 * DAY))
    world.deliver(removed, now=NOW + 33 * DAY + timedelta(minutes=1), scopes=NOTIFY)
    days(world, 34, 62, scopes=NOTIFY)

    assert [finding["resource"] for finding in world.findings()] == [QUEUE]
    assert len(world.notices()) == 1
    days(world, 63, 64, scopes=NOTIFY)
    assert statuses(world) == ["unconfirmed"]


def test_news_confirm_what_was_unconfirmed_where_the_account_denies(world: World) -> None:
    instance = launched(world, NOTIFY)
    for operation in ("DescribeTags", "DescribeInstances"):
        world.wire.fail(f"ec2:{operation}", "UnauthorizedOperation", status=403)
    days(world, 1, 32, scopes=NOTIFY)
    assert statuses(world) == ["unconfirmed"]

    changed = tag_change(instance_arn(instance), {"Owner": "ann"}, time=stamp(NOW + 33 * DAY))
    world.deliver(changed, now=NOW + 33 * DAY + timedelta(minutes=1), scopes=NOTIFY)

    (state,) = world.states()
    assert (state["status"], state["confirmed"]) == ("not_evaluated", (NOW + 33 * DAY).isoformat())


def test_an_older_sdk_leaves_the_findings_of_what_lives(world: World) -> None:
    world.wire.age("IncludeManagedResources")
    lives, dies = world.instances(2)
    world.deliver(run_instances([lives, dies]), now=NOW, scopes=NOTIFY)
    terminate(world, dies)

    days(world, 1, 29, scopes=NOTIFY)
    assert statuses(world) == ["non_compliant", "non_compliant"]
    days(world, 30, 40, scopes=NOTIFY)

    states = {state["resource"]: state for state in world.states()}
    assert states[instance_arn(lives)]["status"] == "non_compliant"
    assert states[instance_arn(dies)]["status"] == "unconfirmed"
    assert "IncludeManagedResources" in states[instance_arn(dies)]["reason"]


def test_a_finding_in_an_account_that_lets_nobody_read_ends_too_and_its_gap_stays(world: World) -> None:
    launched(world, NOTIFY)
    for operation in ("DescribeTags", "DescribeInstances"):
        world.wire.fail(f"ec2:{operation}", "UnauthorizedOperation", status=403)

    days(world, 1, 40, scopes=NOTIFY)

    (state,) = world.states()
    assert (state["status"], state.get("violations")) == ("unconfirmed", None)
    assert state["reason"].startswith("nothing has shown the resource for 30 days: ")
    assert [gap["resource"] for gap in world.gaps()] == [f"gap#{HOME}"]
    world.wire.recover()
    days(world, 41, 43, scopes=NOTIFY)
    assert statuses(world) == ["non_compliant"]


def test_what_was_created_again_while_it_was_found_gone_is_no_event_of_the_past(world: World) -> None:
    roles = world.home.client("iam")
    arn = f"arn:aws:iam::{HOME}:role/app"

    def created(time: str) -> dict[str, Any]:
        roles.create_role(RoleName="app", AssumeRolePolicyDocument="{}")
        return api_call("iam.amazonaws.com", "CreateRole", {"roleName": "app"}, {"role": {"arn": arn}}, time=time)

    world.deliver(created(stamp(NOW - timedelta(minutes=1))), now=NOW, scopes=NOTIFY)
    roles.delete_role(RoleName="app")
    days(world, 1, 2, scopes=NOTIFY)
    (state,) = world.states()
    assert state["status"] == "gone"
    seen = datetime.fromisoformat(state["last_seen"])

    world.deliver(created(stamp(seen - timedelta(seconds=1))), now=seen + timedelta(minutes=5), scopes=NOTIFY)

    assert [finding["resource"] for finding in world.findings()] == [arn]


def test_a_finding_stays_where_the_account_does_not_let_look(world: World) -> None:
    instance = launched(world, NOTIFY)
    terminate(world, instance)
    world.wire.fail("ec2:DescribeInstances", "UnauthorizedOperation", status=403)
    days(world, 1, 3, scopes=NOTIFY)
    assert statuses(world) == ["non_compliant"]
    assert [gap["resource"] for gap in world.gaps()] == [f"gap#{HOME}"]

    world.wire.recover()
    days(world, 4, 6, scopes=NOTIFY)
    assert statuses(world) == ["gone"]

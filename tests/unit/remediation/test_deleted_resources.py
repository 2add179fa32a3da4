"""Rule: a finding is closed with its resource. A finding without confirmation ends visibly as unconfirmed."""

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


def launch(world: World, scopes: dict[str, Any]) -> str:
    """Launch an instance without tags, and process its event."""
    (instance,) = world.instances(1)
    world.deliver(run_instances([instance]), now=NOW, scopes=scopes)
    assert [finding["resource"] for finding in world.findings()] == [instance_arn(instance)]
    return instance


def terminate(world: World, instance: str) -> None:
    world.home.client("ec2").terminate_instances(InstanceIds=[instance])


def create_queue(world: World) -> Any:
    """Create a queue without tags, which no index lists, and process its event."""
    client = world.home.client("sqs")
    url = client.create_queue(QueueName="orders")["QueueUrl"]
    event = api_call("sqs.amazonaws.com", "CreateQueue", {"queueName": "orders"}, {"queueUrl": url})
    world.deliver(event, now=NOW, scopes=NOTIFY)
    return client


def statuses(world: World) -> list[str]:
    return [state["status"] for state in world.states()]


def run_days(world: World, first: int, last: int, **policy_fields: Any) -> None:
    """Run the schedule twice a day."""
    for day in range(first, last + 1):
        for hour in (0, 12):
            world.settle(NOW + day * DAY + timedelta(hours=hour), **policy_fields)


@TELLING_NOTHING
def test_the_finding_of_a_terminated_instance_is_closed_after_a_day(world: World, scopes: dict[str, Any]) -> None:
    instance = launch(world, scopes)
    terminate(world, instance)
    world.notices()

    run_days(world, 1, 2, scopes=scopes)

    assert world.findings() == []
    assert statuses(world) == ["gone"]
    assert world.notices() == []


@TELLING_NOTHING
def test_the_finding_of_an_existing_instance_stays_and_is_reported_once(world: World, scopes: dict[str, Any]) -> None:
    instance = launch(world, scopes)
    world.notices()

    run_days(world, 1, 40, scopes=scopes)

    assert [finding["resource"] for finding in world.findings()] == [instance_arn(instance)]
    assert world.notices() == []


def test_a_gone_instance_is_not_reported_when_its_scope_starts_to_notify(world: World) -> None:
    instance = launch(world, OBSERVE)
    terminate(world, instance)

    run_days(world, 1, 2, scopes=NOTIFY)

    assert world.notices() == []
    assert statuses(world) == ["gone"]


def test_a_late_event_of_a_gone_instance_creates_no_finding(world: World) -> None:
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

    run_days(world, 1, 2, scopes=NOTIFY)

    assert statuses(world) == ["gone", "gone"]


def test_a_finding_without_confirmation_for_thirty_days_ends_visibly_as_unconfirmed(world: World) -> None:
    create_queue(world).delete_queue(QueueUrl=world.home.client("sqs").get_queue_url(QueueName="orders")["QueueUrl"])
    world.notices()

    run_days(world, 1, 29, scopes=NOTIFY)
    assert statuses(world) == ["non_compliant"]
    run_days(world, 30, 30, scopes=NOTIFY)

    (state,) = world.states()
    assert (state["status"], state.get("violations")) == ("unconfirmed", None)
    assert "30 days" in state["reason"]
    assert state["expires_at"] > NOW.timestamp()
    (line,) = audit_lines(world.results)
    assert (line["audit"], line["resource"], line["scope"]) == ("unconfirmed", QUEUE, "default")
    counted = metric_documents(world.results, 0, 0, "tags", NOW)
    assert [document["Unconfirmed"] for document in counted] == [1]
    assert world.notices() == []


def test_an_event_or_read_confirms_a_finding(world: World) -> None:
    client = create_queue(world)
    url = client.get_queue_url(QueueName="orders")["QueueUrl"]
    run_days(world, 1, 20, scopes=NOTIFY)
    client.tag_queue(QueueUrl=url, Tags={"Name": "orders"})
    changed = tag_change(QUEUE, {"Name": "orders"}, time=stamp(NOW + 20 * DAY))
    world.deliver(changed, now=NOW + 20 * DAY + timedelta(hours=1), scopes=NOTIFY)
    client.delete_queue(QueueUrl=url)

    run_days(world, 21, 49, scopes=NOTIFY)
    assert statuses(world) == ["non_compliant"]
    run_days(world, 50, 51, scopes=NOTIFY)
    assert statuses(world) == ["unconfirmed"]


def test_tags_in_the_index_confirm_a_finding(world: World) -> None:
    client = create_queue(world)
    client.tag_queue(QueueUrl=client.get_queue_url(QueueName="orders")["QueueUrl"], Tags={"Name": "orders"})

    run_days(world, 1, 70, scopes=NOTIFY)

    assert statuses(world) == ["non_compliant"]


def test_an_event_after_unconfirmed_creates_a_new_finding(world: World) -> None:
    create_queue(world)
    run_days(world, 1, 31, scopes=NOTIFY)
    assert statuses(world) == ["unconfirmed"]
    world.notices()

    changed = tag_change(QUEUE, {"Name": "orders"}, time=stamp(NOW + 32 * DAY))
    world.home.client("sqs").tag_queue(
        QueueUrl=world.home.client("sqs").get_queue_url(QueueName="orders")["QueueUrl"], Tags={"Name": "orders"}
    )
    world.deliver(changed, now=NOW + 32 * DAY + timedelta(minutes=1), scopes=NOTIFY)

    assert [finding["resource"] for finding in world.findings()] == [QUEUE]
    assert len(world.notices()) == 1


def test_an_event_without_tags_confirms_an_unconfirmed_resource(world: World) -> None:
    create_queue(world)
    run_days(world, 1, 32, scopes=NOTIFY)
    assert statuses(world) == ["unconfirmed"]
    world.notices()

    removed = tag_change(QUEUE, {}, changed=["Team"], time=stamp(NOW + 33 * DAY))
    world.deliver(removed, now=NOW + 33 * DAY + timedelta(minutes=1), scopes=NOTIFY)
    run_days(world, 34, 62, scopes=NOTIFY)

    assert [finding["resource"] for finding in world.findings()] == [QUEUE]
    assert len(world.notices()) == 1
    run_days(world, 63, 64, scopes=NOTIFY)
    assert statuses(world) == ["unconfirmed"]


def test_an_event_confirms_an_unconfirmed_resource_of_a_denying_account(world: World) -> None:
    instance = launch(world, NOTIFY)
    for operation in ("DescribeTags", "DescribeInstances"):
        world.wire.fail(f"ec2:{operation}", "UnauthorizedOperation", status=403)
    run_days(world, 1, 32, scopes=NOTIFY)
    assert statuses(world) == ["unconfirmed"]

    changed = tag_change(instance_arn(instance), {"Owner": "ann"}, time=stamp(NOW + 33 * DAY))
    world.deliver(changed, now=NOW + 33 * DAY + timedelta(minutes=1), scopes=NOTIFY)

    (state,) = world.states()
    assert (state["status"], state["confirmed"]) == ("not_evaluated", (NOW + 33 * DAY).isoformat())


def test_an_older_sdk_keeps_the_findings_of_existing_resources(world: World) -> None:
    world.wire.age("IncludeManagedResources")
    lives, dies = world.instances(2)
    world.deliver(run_instances([lives, dies]), now=NOW, scopes=NOTIFY)
    terminate(world, dies)

    run_days(world, 1, 29, scopes=NOTIFY)
    assert statuses(world) == ["non_compliant", "non_compliant"]
    run_days(world, 30, 40, scopes=NOTIFY)

    states = {state["resource"]: state for state in world.states()}
    assert states[instance_arn(lives)]["status"] == "non_compliant"
    assert states[instance_arn(dies)]["status"] == "unconfirmed"
    assert "IncludeManagedResources" in states[instance_arn(dies)]["reason"]


def test_a_finding_in_a_denying_account_ends_unconfirmed_and_the_gap_stays(world: World) -> None:
    launch(world, NOTIFY)
    for operation in ("DescribeTags", "DescribeInstances"):
        world.wire.fail(f"ec2:{operation}", "UnauthorizedOperation", status=403)

    run_days(world, 1, 40, scopes=NOTIFY)

    (state,) = world.states()
    assert (state["status"], state.get("violations")) == ("unconfirmed", None)
    assert state["reason"].startswith("nothing has shown the resource for 30 days: ")
    assert [gap["resource"] for gap in world.gaps()] == [f"gap#{HOME}"]
    world.wire.recover()
    run_days(world, 41, 43, scopes=NOTIFY)
    assert statuses(world) == ["non_compliant"]


def test_a_creation_at_the_time_of_the_gone_read_is_not_stale(world: World) -> None:
    roles = world.home.client("iam")
    arn = f"arn:aws:iam::{HOME}:role/app"

    def created(time: str) -> dict[str, Any]:
        roles.create_role(RoleName="app", AssumeRolePolicyDocument="{}")
        return api_call("iam.amazonaws.com", "CreateRole", {"roleName": "app"}, {"role": {"arn": arn}}, time=time)

    world.deliver(created(stamp(NOW - timedelta(minutes=1))), now=NOW, scopes=NOTIFY)
    roles.delete_role(RoleName="app")
    run_days(world, 1, 2, scopes=NOTIFY)
    (state,) = world.states()
    assert state["status"] == "gone"
    seen = datetime.fromisoformat(state["last_seen"])

    world.deliver(created(stamp(seen - timedelta(seconds=1))), now=seen + timedelta(minutes=5), scopes=NOTIFY)

    assert [finding["resource"] for finding in world.findings()] == [arn]


def test_a_finding_stays_if_the_account_denies_the_existence_check(world: World) -> None:
    instance = launch(world, NOTIFY)
    terminate(world, instance)
    world.wire.fail("ec2:DescribeInstances", "UnauthorizedOperation", status=403)
    run_days(world, 1, 3, scopes=NOTIFY)
    assert statuses(world) == ["non_compliant"]
    assert [gap["resource"] for gap in world.gaps()] == [f"gap#{HOME}"]

    world.wire.recover()
    run_days(world, 4, 6, scopes=NOTIFY)
    assert statuses(world) == ["gone"]

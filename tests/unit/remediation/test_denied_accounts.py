"""Rule: a denying account is one gap. Its resources are processed again once calls succeed."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from tag_governance.domain.model import Status
from tests.support.events import ADDED, create_bucket, instance_arn, run_instances, stamp, tag_change
from tests.support.policies import HOME, MEMBER, exemption, scope
from tests.support.world import NOW, World

LATER = NOW + timedelta(minutes=20)
UNIT = "ou-ab12-12345678"
DAYS = timedelta(days=1)


def lock(world: World) -> None:
    """Let the account deny all reads of its instances."""
    for operation in ("DescribeTags", "DescribeInstances", "DescribeVolumes"):
        world.wire.fail(f"ec2:{operation}", "UnauthorizedOperation", status=403)


def scopes(mode: str, target: str | None) -> dict[str, Any]:
    """Build a policy with one scope for all, or with one for an organizational unit."""
    return {
        "scopes": {"default": scope("observe"), "team": scope(mode, target)} if target else {"default": scope(mode)}
    }


def gauges(printed: str) -> dict[str, int]:
    """Return the metrics of the last run of the schedule."""
    documents = [json.loads(line) for line in printed.splitlines() if "AccountsDenied" in line]
    return {name: documents[-1][name] for name in ("AccountsDenied", "Overdue")}


def test_after_three_consecutive_denials_no_more_calls_are_made(world: World) -> None:
    ids = world.instances(6)
    world.wire.fail("ec2:DescribeTags", "UnauthorizedOperation", "not authorized")

    assert world.run(run_instances(ids)) == []

    asked = [call["Filters"][0]["Values"] for call in world.wire.parameters("ec2:DescribeTags")]
    assert [len(values) for values in asked if len(values) == 1] == [1, 1, 1]
    assert [r.status for r in world.results] == [Status.NOT_EVALUATED] * 6
    assert {state["status"] for state in world.states()} == {"not_evaluated"}
    assert len(world.gaps()) == 1
    assert world.buried() == []


def test_later_batches_find_the_gap_and_make_no_calls(world: World) -> None:
    ids = world.instances(4)
    world.wire.fail("ec2:DescribeTags", "UnauthorizedOperation", "not authorized")
    world.run(run_instances(ids[:3]))
    world.wire.calls.clear()

    assert world.run(run_instances(ids[3:], event_id="e-2")) == []

    assert world.wire.count("ec2") == 0
    assert [r.status for r in world.results] == [Status.NOT_EVALUATED]


def test_denials_of_fewer_resources_are_no_gap_of_the_account(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    ids = world.instances(6)
    denied = set(ids[:2])
    world.wire.fail(
        "ec2:CreateTags", "UnauthorizedOperation", when=lambda call: not denied.isdisjoint(call["Resources"])
    )

    assert world.run(run_instances(ids)) == []

    assert world.instance_tags(*ids) == [{}, {}, *[ADDED] * 4]
    world.settle(NOW + timedelta(minutes=5))
    assert gauges(capsys.readouterr().out)["AccountsDenied"] == 0


def test_three_denials_with_a_success_between_them_are_no_gap(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    ids = world.instances(6)
    denied = {ids[0], ids[2], ids[4]}
    world.wire.fail(
        "ec2:CreateTags", "UnauthorizedOperation", when=lambda call: not denied.isdisjoint(call["Resources"])
    )

    assert world.run(run_instances(ids)) == []

    assert [bool(tags) for tags in world.instance_tags(*ids)] == [False, True] * 3
    world.settle(NOW + timedelta(minutes=5))
    assert gauges(capsys.readouterr().out)["AccountsDenied"] == 0


def test_a_success_in_a_later_batch_resets_the_denials(world: World) -> None:
    ids = world.instances(5)
    denied = {*ids[:2], ids[3]}
    world.wire.fail(
        "ec2:CreateTags", "UnauthorizedOperation", when=lambda call: not denied.isdisjoint(call["Resources"])
    )

    for some in (ids[:2], ids[2:3], ids[3:4], ids[4:]):
        assert world.run(run_instances(some, event_id=some[0])) == []

    assert [bool(tags) for tags in world.instance_tags(*ids)] == [False, False, True, False, True]


@pytest.mark.parametrize("operation", ["ec2:DescribeTags", "ec2:CreateTags"])
def test_the_schedule_rechecks_resources_of_the_account(
    world: World, capsys: pytest.CaptureFixture[str], operation: str
) -> None:
    ids = world.instances(5)
    world.wire.fail(operation, "UnauthorizedOperation", "not authorized")
    world.run(run_instances(ids))

    world.settle(LATER)
    assert gauges(capsys.readouterr().out)["AccountsDenied"] == 1
    assert world.instance_tags(*ids) == [{}] * 5

    world.wire.recover()
    for tries in range(1, 5):
        world.settle(LATER + tries * timedelta(minutes=20))
    assert world.instance_tags(*ids) == [ADDED] * 5
    assert gauges(capsys.readouterr().out)["AccountsDenied"] == 0
    assert {state["status"] for state in world.states()} == {"compliant"}


def test_a_denying_account_is_tried_with_few_resources(world: World) -> None:
    ids = world.instances(8)
    world.wire.fail("ec2:DescribeTags", "UnauthorizedOperation", "not authorized")
    world.run(run_instances(ids))

    assert world.settle(LATER)["asked"] == 3


def test_an_account_without_the_role_is_one_gap_after_one_call(world: World) -> None:
    world.wire.fail("sts:AssumeRole", "AccessDenied", "not authorized to perform sts:AssumeRole", status=403)
    events = [run_instances([f"i-{number}"], account=MEMBER, event_id=f"e-{number}") for number in range(5)]

    assert world.run(*events) == []

    assert world.wire.calls["sts:AssumeRole"] == 1
    assert [(gap["account"], list(gap["denials"])) for gap in world.gaps()] == [(MEMBER, ["AssumeRole"])]
    assert [r.status for r in world.results] == [Status.NOT_EVALUATED] * 5


def test_a_role_that_is_throttled_is_no_gap(world: World) -> None:
    world.wire.fail("sts:AssumeRole", "Throttling", "Rate exceeded")
    assert world.run(run_instances(["i-1"], account=MEMBER)) == ["m0"]
    assert (world.gaps(), world.states()) == ([], [])


@pytest.mark.parametrize("order", ["ab", "ba"])
def test_a_denied_resource_beside_an_allowed_one_is_rechecked(world: World, order: str) -> None:
    buckets = world.home.client("s3")
    for name in order:
        buckets.create_bucket(Bucket=f"records-{name}")
    world.wire.fail(
        "s3:GetBucketTagging", "AccessDenied", "no", when=lambda call: call["Bucket"] == "records-b", status=403
    )
    events = [create_bucket(f"records-{name}", event_id=name) for name in order]
    assert world.run(*events) == []
    assert {s["resource"]: s["status"] for s in world.states()}["arn:aws:s3:::records-b"] == "not_evaluated"

    world.wire.recover()
    for hours in range(1, 26):
        world.settle(NOW + timedelta(hours=hours))

    tags = buckets.get_bucket_tagging(Bucket="records-b")["TagSet"]
    assert {tag["Key"]: tag["Value"] for tag in tags} == ADDED
    assert "waits_for" not in {name for state in world.states() for name in state}


@pytest.mark.parametrize("target", [None, UNIT], ids=["account of the policy", "account that was vended since"])
def test_observed_findings_of_a_denying_account_are_reported_once_the_scope_notifies(
    world: World, target: str | None
) -> None:
    world.wire.answer("organizations:ListParents", {"Parents": [{"Id": UNIT, "Type": "ORGANIZATIONAL_UNIT"}]})
    (instance,) = world.instances(1, client=world.member_ec2())
    created = run_instances([instance], account=MEMBER)
    world.deliver(created, now=NOW, **scopes("observe", target))
    assert world.notices() == []
    lock(world)

    for hours in range(1, 49):
        world.settle(NOW + timedelta(hours=hours), **scopes("notify", target))

    (notice,) = world.notices()
    assert [resource["arn"] for resource in notice["body"]["resources"]] == [instance_arn(instance, account=MEMBER)]
    assert [(state["status"], state["mode"]) for state in world.states()] == [("not_evaluated", "notify")]


@pytest.mark.parametrize(
    ("selector", "status", "notices"),
    [({"accounts": [HOME]}, "exempt", 0), ({"tags": {"legacy": "yes"}}, "not_evaluated", 1)],
    ids=["by account", "by a tag that nobody can read"],
)
def test_exempt_resources_of_a_denying_account_are_not_reported(
    world: World, selector: dict[str, Any], status: str, notices: int
) -> None:
    ids = world.instances(1)
    world.deliver(run_instances(ids), now=NOW, **scopes("observe", None))
    lock(world)

    for hours in range(1, 49):
        world.settle(NOW + timedelta(hours=hours), **scopes("notify", None), exemptions=[exemption(**selector)])

    assert [state["status"] for state in world.states()] == [status]
    assert len(world.notices()) == notices


def test_ungoverned_resources_of_a_denying_account_are_no_findings(world: World) -> None:
    ids = world.instances(1)
    world.deliver(run_instances(ids), now=NOW, **scopes("observe", None))
    lock(world)

    for hours in range(1, 49):
        world.settle(NOW + timedelta(hours=hours), **scopes("notify", None), resource_types=["s3:bucket"])

    assert [(state["status"], state.get("violations")) for state in world.states()] == [("ignored", None)]
    assert world.notices() == []


def test_event_tags_are_still_known_when_the_finding_ends_unconfirmed(world: World) -> None:
    ids = world.instances(1)
    world.deliver(run_instances(ids), now=NOW, **scopes("notify", None))
    lock(world)
    changed = tag_change(instance_arn(ids[0]), {"Owner": "ann"}, time=stamp(NOW + 2 * DAYS))
    world.deliver(changed, now=NOW + 2 * DAYS, **scopes("notify", None))

    for day in range(3, 40):
        world.settle(NOW + day * DAYS, **scopes("notify", None))

    (state,) = world.states()
    assert state["status"] == "unconfirmed"
    assert [shown["tags"] for shown in state["heard"]] == [{"Owner": "ann"}]


def test_volumes_of_a_new_instance_wait_for_the_account_too(world: World) -> None:
    ids = world.instances(1)
    governed = {"resource_types": ["ec2:instance", "ec2:volume"], **scopes("notify", None)}
    lock(world)
    world.deliver(run_instances(ids), now=NOW, **governed)
    assert [state["status"] for state in world.states()] == ["not_evaluated"] * 2

    world.wire.recover()
    for hours in range(1, 26):
        world.settle(NOW + timedelta(hours=hours), **governed)

    (volume,) = world.home.client("ec2").describe_volumes()["Volumes"]
    assert {finding["resource"].split("/")[-1] for finding in world.findings()} == {ids[0], volume["VolumeId"]}

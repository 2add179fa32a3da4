"""examples/complete, applied on an embedded AWS: an organization, two accounts with two regions each, deployed rules.

The tests share one apply and run in the order they are written; the last one destroys.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from pytest_terraform import terraform

from tests.support.applied_examples import beside, environment_of
from tools.emulator import examples
from tools.emulator.calls import Call
from tools.emulator.cloudtrail import Event, Trail, alarm_change, assumed_role, delayed_copy, tag_change
from tools.emulator.deliver import Delivery, deliver
from tools.emulator.deployed_stack import DeployedStack
from tools.emulator.faults import Fault
from tools.emulator.organization import Organization
from tools.emulator.polling import wait_until
from tools.emulator.stack import FURTHER_REGION, REGION, Stack
from tools.emulator.tags import tags_of
from tools.emulator.terraform import Terraform
from tools.permissions.review import review_applied

DEADLINE_SECONDS = 60

GUESSED = {"Environment": "dev", "Application": "unassigned", "Owner": "alice@example.com", "CostCenter": "CC-0000"}
"""Tags that Alice's untagged resources get in the governance account."""
COMPLIANT = {"Environment": "prod", "Application": "checkout", "Owner": "team", "CostCenter": "CC-1234"}


@dataclass(frozen=True)
class Applied:
    """The applied example, and a queue that hears its notices."""

    terraform: Terraform
    deployed: DeployedStack
    organization: Organization
    listener: str
    notices: list[dict[str, Any]] = field(default_factory=list)

    def notices_about(self, arn: str) -> list[dict[str, Any]]:
        """List the notices about a resource that were sent so far."""
        messages = self.deployed.messages(self.listener)
        self.notices.extend(json.loads(json.loads(message["Body"])["Message"]) for message in messages)
        return [notice for notice in self.notices if arn in {told["arn"] for told in notice["resources"]}]

    def ids_told_of(self, arn: str) -> list[str]:
        """List the ids of changes and findings in the notices about a resource, each as often as a notice names it."""
        return [
            key
            for notice in self.notices_about(arn)
            for told in notice["resources"]
            if told["arn"] == arn
            for key in {change["id"] for change in told["changes"]} | {told["finding_id"]} - {None}
        ]


class Person:
    """Somebody at work in an account and a region, whose every write CloudTrail records."""

    def __init__(self, stack: Stack, account: str, name: str, region: str = REGION) -> None:
        self._stack, self.account, self.region, self.trail = stack, account, region, Trail()
        session = stack.session(account, region)
        self.trail.attach(session, account, name)
        self.sqs = session.client("sqs")
        self.ec2 = session.client("ec2")
        self.s3 = session.client("s3")

    def create_queue(self, name: str, **tags: str) -> str:
        """Returns the ARN."""
        url = self.sqs.create_queue(QueueName=name, tags=tags)["QueueUrl"]
        return self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]

    def create_volume(self) -> str:
        """Returns the ARN."""
        volume = self.ec2.create_volume(AvailabilityZone=f"{self.region}a", Size=1)["VolumeId"]
        return f"arn:aws:ec2:{self.region}:{self.account}:volume/{volume}"

    def create_bucket(self, name: str) -> str:
        """Returns the ARN."""
        place: Any = {} if self.region == REGION else {"LocationConstraint": self.region}
        self.s3.create_bucket(Bucket=name, **({"CreateBucketConfiguration": place} if place else {}))
        return f"arn:aws:s3:::{name}"

    def tags_of(self, arn: str) -> dict[str, str]:
        return tags_of(self._stack, self.account, arn, self.region)

    def wait_for_tags(self, arn: str, wanted: dict[str, str]) -> None:
        wait_until(f"{arn} has {wanted}", lambda: self.tags_of(arn) == wanted, DEADLINE_SECONDS)


@pytest.fixture(scope="module", autouse=True)
def example(stack: Stack, created: Organization, module: Path) -> Iterator[Terraform]:
    prepared = examples.complete(stack, created, module)
    stack.clear_calls()
    with environment_of(prepared):
        yield prepared


@pytest.fixture(scope="module")
def applied(complete: Any, example: Terraform, stack: Stack, created: Organization) -> Applied:
    command = beside(complete, example)
    deployed = DeployedStack(stack, command.outputs())
    return Applied(command, deployed, created, deployed.subscribe_queue())


@pytest.fixture
def alice(applied: Applied, stack: Stack) -> Person:
    return Person(stack, applied.organization.governance_account, "alice@example.com")


@pytest.fixture
def bob(applied: Applied, stack: Stack) -> Person:
    return Person(stack, applied.organization.member_account, "bob@example.com")


@terraform("complete", scope="module")
def test_second_plan_is_empty(applied: Applied) -> None:
    assert applied.terraform.changes() == ""


def test_untagged_resource_is_tagged_recorded_and_told(applied: Applied, alice: Person) -> None:
    arn = alice.create_queue("untagged")

    deliver_at_once(applied, alice.trail.events)

    alice.wait_for_tags(arn, GUESSED)
    (change,) = wait_until("the change is on record", lambda: changes_of(applied, arn), DEADLINE_SECONDS)
    assert change["state"] == "applied"
    assert change["before"] == {}
    assert change["after"] == GUESSED
    (notice,) = wait_until("a notice about it", lambda: applied.notices_about(arn), DEADLINE_SECONDS)
    assert notice["owner"] == "alice@example.com"
    assert applied.ids_told_of(arn) == [change["id"]]


def test_member_account_is_governed_through_its_own_role_and_scope(applied: Applied, bob: Person) -> None:
    arn = bob.create_queue("member", CostCenter="CC-1")

    deliver_all(applied, bob.trail.events)

    # CC-1 breaks the pattern, and what a person wrote is not overwritten by a default
    bob.wait_for_tags(arn, {**GUESSED, "Owner": "bob@example.com", "CostCenter": "CC-1"})
    applied.deployed.wait_idle(DEADLINE_SECONDS)
    assert applied.deployed.aws_calls()["sts:AssumeRole"] > 0


@pytest.mark.parametrize(("in_member", "region"), [*product((False, True), (REGION, FURTHER_REGION))])
def test_resources_of_every_account_and_region_are_tagged(
    applied: Applied, stack: Stack, in_member: bool, region: str
) -> None:
    created = applied.organization
    account = created.member_account if in_member else created.governance_account
    dora = Person(stack, account, "dora@example.com", region)
    own = {**GUESSED, "Owner": "dora@example.com", "CostCenter": "CC-9000" if in_member else "CC-0000"}
    wanted = {
        dora.create_queue("everywhere"): own,
        dora.create_volume(): own,
        dora.create_bucket(f"everywhere-{account}-{region}"): {**own, "ComplianceStatus": "unreviewed"},
    }

    deliver_all(applied, dora.trail.events)

    for arn, tags in wanted.items():
        dora.wait_for_tags(arn, tags)
    written = {call.region for call in stack.calls() if call.operation == "CreateTags" and about(call, wanted)}
    assert written == {region}


def test_replaced_alias_is_removed(applied: Applied, alice: Person) -> None:
    arn = alice.create_queue(
        "alias", **{"cost-center": "CC-1234", "Environment": "prod", "Application": "checkout", "Owner": "team"}
    )

    deliver_all(applied, alice.trail.events)

    alice.wait_for_tags(arn, COMPLIANT)


def test_tag_changed_by_hand_is_normalised(applied: Applied, alice: Person) -> None:
    arn = alice.create_queue("changed", **{**COMPLIANT, "Environment": "Production"})

    deliver_all(applied, [tag_change(alice.account, arn, alice.tags_of(arn), ["Environment"])])

    alice.wait_for_tags(arn, COMPLIANT)


def test_compliant_resource_costs_no_call(applied: Applied, alice: Person) -> None:
    applied.deployed.wait_idle(DEADLINE_SECONDS)
    calls, batches = applied.deployed.aws_calls(), len(applied.deployed.log_lines())
    alice.create_queue("compliant", **COMPLIANT)

    deliver_all(applied, alice.trail.events)

    wait_until("it was handled", lambda: len(applied.deployed.log_lines()) > batches, DEADLINE_SECONDS)
    assert applied.deployed.aws_calls() == calls


def test_call_that_failed_matches_no_rule(applied: Applied, alice: Person) -> None:
    alice.create_queue("taken")
    with pytest.raises(ClientError):
        alice.sqs.create_queue(QueueName="taken", Attributes={"DelaySeconds": "5"})

    made, refused = alice.trail.events
    assert refused["detail"]["errorCode"]
    assert deliver(applied.deployed.stack, refused) == []
    assert deliver(applied.deployed.stack, made)


def test_throttled_read_is_tried_again_and_told_once(applied: Applied, stack: Stack, alice: Person) -> None:
    applied.deployed.wait_idle(DEADLINE_SECONDS)
    applied.deployed.disable_delays()
    arn = alice.create_volume()

    with stack.faults(Fault("ec2", "DescribeTags", "RequestLimitExceeded", 503, times=1)):
        deliver_all(applied, alice.trail.events)
        alice.wait_for_tags(arn, GUESSED)
        assert stack.fault_counts() == [1]

    assert applied.ids_told_of(arn) == [change["id"] for change in changes_of(applied, arn)]


def test_refused_resource_costs_its_neighbour_nothing(applied: Applied, stack: Stack, alice: Person) -> None:
    applied.deployed.wait_idle(DEADLINE_SECONDS)
    refused, neighbour = alice.create_volume(), alice.create_volume()

    with stack.faults(Fault("ec2", "CreateTags", "TagLimitExceeded", about=refused.rpartition("/")[2])):
        deliver_all(applied, alice.trail.events)
        alice.wait_for_tags(neighbour, GUESSED)
        told = wait_until("a notice about it", lambda: applied.ids_told_of(refused), DEADLINE_SECONDS)

    assert alice.tags_of(refused) == {}
    state = wait_until("it is concluded", lambda: concluded(applied, refused), DEADLINE_SECONDS)
    assert state["status"] == "non_compliant"
    assert "TagLimitExceeded" in state["reason"]
    assert len(told) == 1
    assert applied.deployed.dead_letters() == []


def test_redelivered_batch_changes_nothing_and_tells_nobody(applied: Applied, alice: Person) -> None:
    arn = alice.create_queue("twice")
    deliveries = deliver_all(applied, alice.trail.events)
    alice.wait_for_tags(arn, GUESSED)
    told = wait_until("a notice about it", lambda: applied.ids_told_of(arn), DEADLINE_SECONDS)
    wait_until("it is concluded", lambda: concluded(applied, arn), DEADLINE_SECONDS)
    changes = applied.deployed.changes()

    assert applied.deployed.redeliver(deliveries) == []

    assert applied.deployed.changes() == changes
    assert applied.ids_told_of(arn) == told


def test_settlement_tells_what_could_not_be_told(applied: Applied, stack: Stack, bob: Person) -> None:
    applied.deployed.wait_idle(DEADLINE_SECONDS)
    applied.deployed.stop_schedule()
    arn = bob.create_queue("late")

    with stack.faults(Fault("sns", "PublishBatch", "Throttling", times=1)):
        deliver_all(applied, bob.trail.events)
        state = wait_until("it is concluded", lambda: concluded(applied, arn), DEADLINE_SECONDS)
        assert stack.fault_counts() == [1]
    assert [change["id"] for change in state["changes"]] == [change["id"] for change in changes_of(applied, arn)]
    assert applied.ids_told_of(arn) == []

    assert applied.deployed.settle() == {"told": 1, "undeliverable": 0, "asked": 0}

    assert wait_until("a notice about it", lambda: applied.ids_told_of(arn), DEADLINE_SECONDS)
    assert "changes" not in applied.deployed.states()[arn]
    assert applied.deployed.settle() == {"told": 0, "undeliverable": 0, "asked": 0}


def test_change_made_by_the_function_itself_is_ignored(applied: Applied, bob: Person) -> None:
    role = applied.deployed.outputs["member_role_arn"].rpartition("/")[2]
    arn = bob.create_queue("own")
    (own,) = bob.trail.events
    own["detail"]["userIdentity"] = assumed_role(bob.account, role, "tag-governance")

    deliver_all(applied, [own])

    applied.deployed.wait_idle(DEADLINE_SECONDS)
    assert bob.tags_of(arn) == {}


def test_bad_record_ends_in_the_dead_letter_queue_with_its_cause(applied: Applied, alice: Person) -> None:
    applied.deployed.disable_delays()
    alice.create_queue("truncated")
    arn = alice.create_queue("neighbour")
    truncated, good = alice.trail.events
    truncated["detail"]["requestParameters"] = truncated["detail"]["responseElements"] = {"omitted": True}

    deliver_all(applied, [truncated, good])

    letters = wait_until("a dead letter", applied.deployed.dead_letters, DEADLINE_SECONDS)
    assert [json.loads(letter["Body"])["id"] for letter in letters] == [truncated["id"]]
    assert "CreateQueue" in letters[0]["MessageAttributes"]["cause"]["StringValue"]
    alice.wait_for_tags(arn, GUESSED)


def test_alarm_of_a_further_region_is_told_by_the_alarms_topic_alone(applied: Applied) -> None:
    listener = applied.deployed.subscribe_queue("alarms")
    account, alarm = applied.organization.member_account, "tag-governance-undelivered"
    rings = alarm_change(account, FURTHER_REGION, alarm, "ALARM", "OK")
    is_new = alarm_change(account, FURTHER_REGION, alarm, "OK", "INSUFFICIENT_DATA")
    of_others = alarm_change(account, FURTHER_REGION, "shop-errors", "ALARM", "OK")

    deliveries = deliver(applied.deployed.stack, rings, is_new, of_others)

    assert [delivery.event_id for delivery in deliveries] == [rings["id"]]
    (message,) = applied.deployed.messages(listener)
    told = json.loads(message["Body"])["Message"]
    assert [word for word in (alarm, "ALARM", account, FURTHER_REGION, "Threshold Crossed") if word not in told] == []


def test_functions_work_by_their_roles_alone(applied: Applied, stack: Stack) -> None:
    outputs = applied.deployed.outputs
    own = {applied.deployed.role_of(outputs[name]) for name in ("function_name", "settlement_function_name")}
    calls = stack.calls()

    assert {call.principal for call in calls} == {*own, outputs["member_role_arn"]}
    assert {call.principal for call in calls if call.service in ("dynamodb", "organizations", "sns", "sqs")} == own


def test_every_call_that_was_made_is_allowed_by_the_applied_policies(
    applied: Applied, complete: Any, stack: Stack
) -> None:
    """Check every call against the applied policies, because no emulator enforces IAM."""
    state = json.dumps(complete.terraform.show())
    review = review_applied(state, stack.calls(), applied.organization.id)
    assert review.required
    assert review.refused_requests == []


def test_destroy_is_clean(applied: Applied, complete: Any, stack: Stack) -> None:
    complete.terraform.destroy()

    assert applied.terraform.resources() == []
    account = applied.organization.governance_account
    assert stack.client(account, "lambda").list_functions()["Functions"] == []
    assert stack.client(account, "organizations").list_policies(Filter="TAG_POLICY")["Policies"] == []


def deliver_all(applied: Applied, events: list[Event]) -> list[Delivery]:
    """Deliver events a minute late: the indexes of tags have caught up by then, and nothing has to wait for them."""
    return deliver_at_once(applied, [delayed_copy(event) for event in events])


def deliver_at_once(applied: Applied, events: list[Event]) -> list[Delivery]:
    deliveries = deliver(applied.deployed.stack, *events)
    assert {delivery.event_id for delivery in deliveries} == {event["id"] for event in events}
    return deliveries


def changes_of(applied: Applied, arn: str) -> list[dict[str, Any]]:
    return [change for change in applied.deployed.changes() if change["resource"] == arn]


def concluded(applied: Applied, arn: str) -> dict[str, Any] | None:
    """Return the ledger's state of a resource; None without a state, or while an invocation claims the resource."""
    state = applied.deployed.states().get(arn)
    return None if state is None or "claim" in state else state


def about(call: Call, arns: Iterable[str]) -> bool:
    return any(arn.rpartition("/")[2] in json.dumps(call.params) for arn in arns)

"""examples/complete, applied on an embedded AWS: an organization, two accounts, events through the deployed rules.

The tests share one apply and run in the order they are written; the last one destroys.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tools.emulator import examples, organization
from tools.emulator.cloudtrail import Event, Trail, assumed_role, tag_change
from tools.emulator.deliver import deliver
from tools.emulator.deployed import Deployed
from tools.emulator.organization import Organization
from tools.emulator.polling import wait_until
from tools.emulator.stack import Stack
from tools.emulator.tags import tags_of
from tools.emulator.terraform import Terraform

DEADLINE_SECONDS = 60


@dataclass(frozen=True)
class Applied:
    """The applied example, and a queue that hears its notices."""

    terraform: Terraform
    deployed: Deployed
    organization: Organization
    listener: str


class Person:
    """Somebody at work in an account, whose every write CloudTrail records."""

    def __init__(self, stack: Stack, account: str, name: str) -> None:
        self._stack, self.account, self.trail = stack, account, Trail()
        session = stack.session(account)
        self.trail.attach(session, account, name)
        self.sqs = session.client("sqs")

    def create_queue(self, name: str, **tags: str) -> str:
        """Returns the ARN."""
        url = self.sqs.create_queue(QueueName=name, tags=tags)["QueueUrl"]
        return self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]

    def tags_of(self, arn: str) -> dict[str, str]:
        return tags_of(self._stack, self.account, arn)

    def wait_for_tags(self, arn: str, wanted: dict[str, str]) -> None:
        wait_until(f"{arn} has {wanted}", lambda: self.tags_of(arn) == wanted, DEADLINE_SECONDS)


@pytest.fixture(scope="module")
def applied(stack: Stack) -> Applied:
    created = organization.create(stack)
    terraform = examples.complete(stack, created, stack.folder / "complete")
    terraform.init()
    terraform.apply()
    deployed = Deployed(stack, terraform.outputs())
    return Applied(terraform, deployed, created, deployed.listen())


@pytest.fixture
def alice(applied: Applied, stack: Stack) -> Person:
    return Person(stack, applied.organization.governance_account, "alice@example.com")


@pytest.fixture
def bob(applied: Applied, stack: Stack) -> Person:
    return Person(stack, applied.organization.member_account, "bob@example.com")


def test_second_plan_is_empty(applied: Applied) -> None:
    assert applied.terraform.changes() == ""


def test_untagged_resource_is_tagged_recorded_and_told(applied: Applied, alice: Person) -> None:
    arn = alice.create_queue("untagged")

    deliver_all(applied, alice.trail.events)

    wanted = {"Environment": "dev", "Owner": "alice@example.com", "CostCenter": "CC-0000"}
    alice.wait_for_tags(arn, wanted)
    change = wait_until("the change is on record", lambda: change_of(applied, arn, "applied"), DEADLINE_SECONDS)
    assert change["before"] == {}
    assert change["after"] == wanted
    notice = wait_until("a notice about it", lambda: notice_about(applied, arn), DEADLINE_SECONDS)
    assert notice["owner"] == "alice@example.com"


def test_member_account_is_governed_through_its_own_role_and_scope(applied: Applied, bob: Person) -> None:
    arn = bob.create_queue("member", CostCenter="CC-1")

    deliver_all(applied, bob.trail.events)

    # CC-1 breaks the pattern, and what a person wrote is not overwritten by a default
    bob.wait_for_tags(arn, {"Environment": "dev", "Owner": "bob@example.com", "CostCenter": "CC-1"})
    applied.deployed.wait_idle(DEADLINE_SECONDS)
    assert applied.deployed.aws_calls()["sts:AssumeRole"] > 0


def test_replaced_alias_is_removed(applied: Applied, alice: Person) -> None:
    arn = alice.create_queue("alias", **{"cost-center": "CC-1234", "Environment": "prod", "Owner": "team"})

    deliver_all(applied, alice.trail.events)

    alice.wait_for_tags(arn, {"CostCenter": "CC-1234", "Environment": "prod", "Owner": "team"})


def test_tag_changed_by_hand_is_normalised(applied: Applied, alice: Person) -> None:
    arn = alice.create_queue("changed", CostCenter="CC-1234", Environment="Production", Owner="team")

    deliver_all(applied, [tag_change(alice.account, arn, alice.tags_of(arn), ["Environment"])])

    alice.wait_for_tags(arn, {"CostCenter": "CC-1234", "Environment": "prod", "Owner": "team"})


def test_compliant_resource_costs_no_call(applied: Applied, alice: Person) -> None:
    applied.deployed.wait_idle(DEADLINE_SECONDS)
    calls, batches = applied.deployed.aws_calls(), len(applied.deployed.log_lines())
    alice.create_queue("compliant", CostCenter="CC-1234", Environment="prod", Owner="team")

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


def test_change_made_by_the_function_itself_is_ignored(applied: Applied, bob: Person) -> None:
    role = applied.deployed.outputs["member_role_arn"].rpartition("/")[2]
    arn = bob.create_queue("own")
    (own,) = bob.trail.events
    own["detail"]["userIdentity"] = assumed_role(bob.account, role, "tag-governance")

    deliver_all(applied, [own])

    applied.deployed.wait_idle(DEADLINE_SECONDS)
    assert bob.tags_of(arn) == {}


def test_bad_record_ends_in_the_dead_letter_queue_with_its_cause(applied: Applied, alice: Person) -> None:
    applied.deployed.do_not_wait()
    alice.create_queue("truncated")
    arn = alice.create_queue("neighbour")
    truncated, good = alice.trail.events
    truncated["detail"]["requestParameters"] = truncated["detail"]["responseElements"] = {"omitted": True}

    deliver_all(applied, [truncated, good])

    letters = wait_until("a dead letter", applied.deployed.dead_letters, DEADLINE_SECONDS)
    assert [json.loads(letter["Body"])["id"] for letter in letters] == [truncated["id"]]
    assert "CreateQueue" in letters[0]["MessageAttributes"]["cause"]["StringValue"]
    assert "Owner" in alice.tags_of(arn)


def test_destroy_is_clean(applied: Applied, stack: Stack) -> None:
    applied.terraform.destroy()

    assert applied.terraform.resources() == []
    account = applied.organization.governance_account
    assert stack.client(account, "lambda").list_functions()["Functions"] == []
    assert stack.client(account, "organizations").list_policies(Filter="TAG_POLICY")["Policies"] == []


def deliver_all(applied: Applied, events: list[Event]) -> None:
    reached = {delivery.event_id for delivery in deliver(applied.deployed.stack, *events)}
    assert reached == {event["id"] for event in events}


def change_of(applied: Applied, arn: str, state: str) -> dict[str, Any] | None:
    entries = (e for e in applied.deployed.ledger() if e["resource"] == arn and e.get("state") == state)
    return next(entries, None)


def notice_about(applied: Applied, arn: str) -> dict[str, Any] | None:
    notices = [json.loads(json.loads(m["Body"])["Message"]) for m in applied.deployed.messages(applied.listener)]
    return next((n for n in notices if arn in {told["arn"] for told in n["resources"]}), None)

"""The course of the demonstration after the apply: create, deliver, wait, change by hand, wait, look."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import boto3

from tools.emulator.cloudtrail import Event, Trail, tag_change
from tools.emulator.deliver import Delivery, deliver
from tools.emulator.deployed import Deployed
from tools.emulator.organization import Organization
from tools.emulator.polling import DeadlineExceededError, wait_until
from tools.emulator.tags import tags_of

from .checks import Checks
from .console import Screen
from .scenario import CASES, CHANGED_BY_HAND, Account, Case, Ending

SETTLED_SECONDS = 90


@dataclass
class Resource:
    """A resource of a case, with its tags as they were and as they are."""

    case: Case
    arn: str
    account_id: str
    before: dict[str, str] = field(default_factory=dict)
    after: dict[str, str] = field(default_factory=dict)

    @property
    def complied(self) -> bool:
        return self.before == self.case.after and self.case.ending is not Ending.LEFT_OPEN

    @property
    def complies(self) -> bool:
        return self.after == self.case.after and self.case.ending is not Ending.LEFT_OPEN


@dataclass
class Outcome:
    """Everything there is to show."""

    resources: list[Resource]
    notices: list[dict[str, Any]]
    calls: Counter[str]
    metrics: Counter[str]
    events: int


class Play:
    """One performance on a deployed stack."""

    def __init__(self, deployed: Deployed, organization: Organization, screen: Screen, checks: Checks) -> None:
        self._deployed = deployed
        self._account_ids = {
            Account.GOVERNANCE: organization.governance_account,
            Account.MEMBER: organization.member_account,
        }
        self._screen = screen
        self._checks = checks
        self._trail = Trail()
        self._people = {account: self._person(account) for account in Account}

    def perform(self) -> Outcome:
        """Everything, in order."""
        screen = self._screen
        listener = self._deployed.listen()
        with screen.step(f"creating resources for {len(CASES)} cases in {len(self._account_ids)} accounts"):
            resources = [resource for case in CASES for resource in self._create(case)]
            self._fail_to_create()
        with screen.step("delivering their events through the deployed rules to the deployed queue"):
            events = self._deliver_creations(resources)
        with screen.step("waiting until the deployed function has brought every resource to its end"):
            self._wait(resources)
        with screen.step("changing a tag by hand, and letting the function see its own changes come back"):
            events += self._change_by_hand(resources)
        with screen.step("looking at the result"):
            return self._look(resources, listener, events)

    def _person(self, account: Account) -> boto3.Session:
        session = self._deployed.stack.session(self._account_ids[account])
        self._trail.attach(session, self._account_ids[account], account.actor)
        return session

    def _create(self, case: Case) -> list[Resource]:
        self._screen.detail(case.title)
        account_id = self._account_ids[case.account]
        made = [Resource(case, arn, account_id) for arn in case.create(self._people[case.account])]
        for resource in made:
            resource.before = tags_of(self._deployed.stack, account_id, resource.arn)
        return made

    def _fail_to_create(self) -> None:
        """A call that AWS refuses: its event must end at the rule."""
        s3 = self._people[Account.GOVERNANCE].client("s3")
        try:
            s3.create_bucket(Bucket="Not_A_Bucket")
        except s3.exceptions.ClientError:
            return

    def _deliver_creations(self, resources: list[Resource]) -> int:
        tagged = [
            tag_change(r.account_id, r.arn, r.before, r.before)
            for r in resources
            if r.before and r.arn.startswith("arn:aws:s3:")
        ]
        refused = [e for e in self._trail.events if "errorCode" in e["detail"]]
        events = [e for e in self._trail.events if "errorCode" not in e["detail"]] + tagged
        deliveries = self._deliver(*events)
        reached = Counter(delivery.event_id for delivery in deliveries)
        unseen = [e["detail"]["eventName"] for e in events if _is_creation(e) and not reached[e["id"]]]
        self._checks.that("every creation is let through by a deployed rule, in both accounts", not unseen, unseen)
        twice = [event_id for event_id, times in reached.items() if times > 1]
        self._checks.that("no event is put on the queue twice", not twice, twice)
        leaked = self._deliver(*refused)
        self._checks.that("a call that failed is dropped by the rules", bool(refused) and not leaked, leaked)
        hops = {len(delivery.rules) for delivery in deliveries}
        self._checks.that("every event takes two hops: account to governance bus, bus to queue", hops == {2}, hops)
        return len(reached)

    def _deliver(self, *events: Event) -> list[Delivery]:
        return deliver(self._deployed.stack, *events)

    def _wait(self, resources: list[Resource]) -> None:
        def all_ended() -> bool:
            ended = [r for r in resources if self._current(r) == r.case.after]
            self._screen.detail(f"{len(ended)} of {len(resources)} resources as they should be")
            return len(ended) == len(resources)

        try:
            wait_until("every resource has its tags", all_ended, SETTLED_SECONDS)
            self._deployed.wait_idle(SETTLED_SECONDS)
        except DeadlineExceededError as error:
            self._checks.that("the function is done in time", False, error)

    def _current(self, resource: Resource) -> Mapping[str, str]:
        resource.after = tags_of(self._deployed.stack, resource.account_id, resource.arn)
        return resource.after

    def _change_by_hand(self, resources: list[Resource]) -> int:
        """A person misspells a value; and the function's own writes come back as tag changes."""
        changes = len(self._changes_on_record())
        echoes = [
            tag_change(r.account_id, r.arn, r.after, r.case.after)
            for r in resources
            if r.case.ending is Ending.FIXED and r.after
        ]
        queue = next(r for r in resources if r.arn.endswith(f":{CHANGED_BY_HAND}"))
        sqs = self._deployed.stack.client(queue.account_id, "sqs")
        url = sqs.get_queue_url(QueueName=CHANGED_BY_HAND)["QueueUrl"]
        sqs.tag_queue(QueueUrl=url, Tags={"Environment": "DEVELOPMENT"})
        self._deliver(*echoes, tag_change(queue.account_id, queue.arn, self._current(queue), ["Environment"]))
        try:
            wait_until(
                "the value set by hand is normalised",
                lambda: self._current(queue)["Environment"] == "dev",
                SETTLED_SECONDS,
            )
            self._deployed.wait_idle(SETTLED_SECONDS)
        except DeadlineExceededError as error:
            self._checks.that("a value misspelt by hand is normalised", False, error)
        made = len(self._changes_on_record()) - changes
        self._checks.that("its own changes make it change nothing, the person's one exactly one", made == 1, made)
        return len(echoes) + 1

    def _changes_on_record(self) -> list[dict[str, Any]]:
        return [entry for entry in self._deployed.ledger() if str(entry["entry"]).startswith("change#")]

    def _look(self, resources: list[Resource], listener: str, events: int) -> Outcome:
        for resource in resources:
            self._current(resource)
        return Outcome(
            resources,
            self._deployed.messages(listener),
            self._deployed.aws_calls(),
            self._deployed.metrics(),
            events,
        )


def _is_creation(event: Event) -> bool:
    return str(event["detail"].get("eventName", "")).startswith(("Create", "Run"))

"""Environment of the demonstration: people in two accounts and regions, deployed rules, received notices."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import boto3

from tools.demo.checks import Checks
from tools.demo.console import Screen
from tools.demo.scenario import Account, Case, Ending
from tools.emulator.cloudtrail import Event, Trail
from tools.emulator.deliver import Delivery, deliver
from tools.emulator.deployed_stack import DeployedStack
from tools.emulator.organization import Organization
from tools.emulator.polling import DeadlineExceededError, wait_until
from tools.emulator.stack import REGION
from tools.emulator.tags import tags_of

SETTLED_SECONDS = 90


@dataclass
class Resource:
    """Resource of a case, with its tags before and after."""

    case: Case
    arn: str
    account_id: str
    events: Sequence[Event] = ()
    """Events that CloudTrail recorded for its creation."""
    before: dict[str, str] = field(default_factory=dict)
    after: dict[str, str] = field(default_factory=dict)

    @property
    def was_compliant(self) -> bool:
        return self.before == self.case.after and self.case.ending is not Ending.LEFT_OPEN

    @property
    def is_compliant(self) -> bool:
        return self.after == self.case.after and self.case.ending is not Ending.LEFT_OPEN


@dataclass(frozen=True)
class Notice:
    """Received notice."""

    subject: str
    attributes: Mapping[str, str]
    body: Mapping[str, Any]

    @classmethod
    def of(cls, message: Mapping[str, Any]) -> Notice:
        """Parse a notice from an SQS message of the subscribed queue."""
        envelope = json.loads(message["Body"])
        attributes = {name: found["Value"] for name, found in envelope.get("MessageAttributes", {}).items()}
        return cls(envelope["Subject"], attributes, json.loads(envelope["Message"]))

    @property
    def owner(self) -> str:
        return str(self.body["owner"])

    def news(self, arn: str) -> set[str]:
        """Return the ids of the changes and of the finding that the notice reports for a resource."""
        reported = [resource for resource in self.body["resources"] if resource["arn"] == arn]
        findings = {resource["finding_id"] for resource in reported if resource["violations"]}
        return findings | {change["id"] for resource in reported for change in resource["changes"]}


class Stage:
    """A deployed stack and the people who work on it."""

    def __init__(self, deployed: DeployedStack, organization: Organization, screen: Screen, checks: Checks) -> None:
        self.deployed = deployed
        self.screen = screen
        self.checks = checks
        self.resources: list[Resource] = []
        self.trail = Trail()
        self._account_ids = {
            Account.GOVERNANCE: organization.governance_account,
            Account.MEMBER: organization.member_account,
        }
        self._people: dict[tuple[Account, str], boto3.Session] = {}
        self._listener = deployed.subscribe_queue()
        self._notices: list[Notice] = []

    def person(self, account: Account, region: str = REGION) -> boto3.Session:
        """Return the session of a person in an account and region. CloudTrail records all its writes."""
        if (account, region) not in self._people:
            account_id = self._account_ids[account]
            session = self._people[account, region] = self.deployed.stack.session(account_id, region)
            self.trail.attach(session, account_id, account.actor)
        return self._people[account, region]

    def create(self, *cases: Case) -> list[Resource]:
        """Create the resources of cases."""
        made: list[Resource] = []
        for case in cases:
            self.screen.detail(case.title)
            known = len(self.trail.events)
            arns = case.create(self.person(case.account, case.region))
            events = self.trail.events[known:]
            made += [Resource(case, arn, self._account_ids[case.account], events) for arn in arns]
        for resource in made:
            resource.before = dict(self.read_tags(resource))
        self.resources += made
        return made

    def deliver(self, *events: Event) -> list[Delivery]:
        """Deliver events to the deployed rules."""
        return deliver(self.deployed.stack, *events)

    def resource_of(self, case: Case) -> Resource:
        """Return the resource of a case that creates only one."""
        (found,) = (resource for resource in self.resources if resource.case is case)
        return found

    def read_tags(self, resource: Resource) -> Mapping[str, str]:
        """Read the current tags of a resource, and store them in its `after`."""
        resource.after = tags_of(self.deployed.stack, resource.account_id, resource.arn, resource.case.region)
        return resource.after

    def wait(self, resources: Sequence[Resource], expectation: str) -> None:
        """Wait until the resources have the expected tags and the queue is empty."""

        def all_ended() -> bool:
            ended = [r for r in resources if self.read_tags(r) == r.case.after]
            self.screen.detail(f"{len(ended)} of {len(resources)} resources have the expected tags")
            return len(ended) == len(resources)

        try:
            wait_until("every resource has its tags", all_ended, SETTLED_SECONDS)
            self.deployed.wait_idle(SETTLED_SECONDS)
        except DeadlineExceededError as error:
            self.checks.expect(expectation, False, error)

    def notices(self) -> list[Notice]:
        """List all notices received so far."""
        self._notices += [Notice.of(message) for message in self.deployed.messages(self._listener)]
        return self._notices

    def notices_about(self, resource: Resource) -> list[Notice]:
        """List the notices about a resource."""
        return [notice for notice in self.notices() if notice.news(resource.arn)]


def events_of(resources: Iterable[Resource]) -> list[Event]:
    """List the events of resources, each event once."""
    return list({event["id"]: event for resource in resources for event in resource.events}.values())

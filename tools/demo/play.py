"""The course of the demonstration after the apply: create, deliver, wait, change by hand, wait, have troubles, look."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from tools.demo.scenario import CASES, CHANGED_BY_HAND, TROUBLED, Account, Ending
from tools.demo.stage import SETTLED_SECONDS, Notice, Resource, Stage, events_of
from tools.demo.troubles import have_troubles
from tools.emulator.cloudtrail import Event, late, tag_change
from tools.emulator.deliver import Delivery
from tools.emulator.polling import DeadlineExceededError, wait_until


@dataclass
class Outcome:
    """Everything there is to show."""

    resources: list[Resource]
    notices: list[Notice]
    calls: Counter[str]
    metrics: Counter[str]
    events: int


def perform(stage: Stage) -> Outcome:
    """Everything, in order."""
    screen = stage.screen
    places = {(case.account, case.region) for case in CASES}
    cases = (*TROUBLED, *CASES)
    with screen.step(f"creating resources for {len(cases)} cases in {len(places)} pairs of account and region"):
        stage.create(*TROUBLED)
        prompt = stage.create(*CASES)
        _fail_to_create(stage)
    with screen.step("delivering their events through the deployed rules to the deployed queue"):
        deliveries = _deliver_creations(stage, prompt)
    with screen.step("waiting until the deployed function has brought every resource to its end"):
        stage.wait(prompt, "the function is done in time")
    with screen.step("changing a tag by hand, and letting the function see its own changes come back"):
        _change_by_hand(stage, prompt)
    have_troubles(stage, deliveries)
    with screen.step("looking at the result"):
        for resource in stage.resources:
            stage.look(resource)
        deployed = stage.deployed
        return Outcome(
            stage.resources, stage.notices(), deployed.aws_calls(), deployed.metrics(), len(stage.trail.events)
        )


def _fail_to_create(stage: Stage) -> None:
    """A call that AWS refuses: its event must end at the rule."""
    s3 = stage.person(Account.GOVERNANCE).client("s3")
    try:
        s3.create_bucket(Bucket="Not_A_Bucket")
    except s3.exceptions.ClientError:
        return


def _deliver_creations(stage: Stage, resources: Sequence[Resource]) -> list[Delivery]:
    """Deliver events as late as CloudTrail does: by then the indexes of tags have caught up."""
    checks = stage.checks
    tagged = [
        tag_change(r.account_id, r.arn, r.before, r.before, r.case.region)
        for r in resources
        if r.before and r.arn.startswith("arn:aws:s3:")
    ]
    refused = [e for e in stage.trail.events if "errorCode" in e["detail"]]
    events = events_of(resources) + tagged
    deliveries = stage.deliver(*map(late, events))
    reached = Counter(delivery.event_id for delivery in deliveries)
    unseen = [e["detail"]["eventName"] for e in events if _is_creation(e) and not reached[e["id"]]]
    checks.that("every creation is let through by a deployed rule, in both accounts and regions", not unseen, unseen)
    twice = [event_id for event_id, times in reached.items() if times > 1]
    checks.that("no event is put on the queue twice", not twice, twice)
    leaked = stage.deliver(*refused)
    checks.that("a call that failed is dropped by the rules", bool(refused) and not leaked, leaked)
    hops = {len(delivery.rules) for delivery in deliveries}
    checks.that("every event takes two hops: account to governance bus, bus to queue", hops == {2}, hops)
    return deliveries


def _change_by_hand(stage: Stage, resources: Sequence[Resource]) -> None:
    """A person misspells a value; and the function's own writes come back as tag changes."""
    changes = len(stage.deployed.changes())
    echoes = [
        tag_change(r.account_id, r.arn, r.after, r.case.after, r.case.region)
        for r in resources
        if r.case.ending is Ending.FIXED and r.after
    ]
    queue = next(r for r in resources if r.arn.endswith(f":{CHANGED_BY_HAND}"))
    sqs = stage.person(queue.case.account, queue.case.region).client("sqs")
    url = sqs.get_queue_url(QueueName=CHANGED_BY_HAND)["QueueUrl"]
    sqs.tag_queue(QueueUrl=url, Tags={"Environment": "DEVELOPMENT"})
    stage.deliver(*echoes, tag_change(queue.account_id, queue.arn, stage.look(queue), ["Environment"]))
    try:
        wait_until(
            "the value set by hand is normalised", lambda: stage.look(queue)["Environment"] == "dev", SETTLED_SECONDS
        )
        stage.deployed.wait_idle(SETTLED_SECONDS)
    except DeadlineExceededError as error:
        stage.checks.that("a value misspelt by hand is normalised", False, error)
    made = len(stage.deployed.changes()) - changes
    stage.checks.that("its own changes make it change nothing, the person's one exactly one", made == 1, made)


def _is_creation(event: Event) -> bool:
    return str(event["detail"].get("eventName", "")).startswith(("Create", "Run"))

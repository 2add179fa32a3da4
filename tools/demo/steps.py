"""Steps of the demonstration after the apply: create resources, deliver events, change a tag by hand, inject faults."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from tools.demo.fault_injection import inject_faults
from tools.demo.scenario import CASES, CHANGED_BY_HAND, FAULT_CASES, Account, Ending
from tools.demo.stage import SETTLED_SECONDS, Notice, Resource, Stage, events_of
from tools.emulator.cloudtrail import Event, delayed_copy, tag_change
from tools.emulator.deliver import Delivery
from tools.emulator.polling import DeadlineExceededError, wait_until


@dataclass
class Outcome:
    """Results to print."""

    resources: list[Resource]
    notices: list[Notice]
    calls: Counter[str]
    metrics: Counter[str]
    events: int


def run_steps(stage: Stage) -> Outcome:
    """Run all steps in order."""
    screen = stage.screen
    places = {(case.account, case.region) for case in CASES}
    cases = (*FAULT_CASES, *CASES)
    with screen.step(f"creating resources for {len(cases)} cases in {len(places)} pairs of account and region"):
        stage.create(*FAULT_CASES)
        prompt = stage.create(*CASES)
        _fail_to_create(stage)
    with screen.step("delivering their events through the deployed rules to the queue"):
        deliveries = _deliver_creations(stage, prompt)
    with screen.step("waiting until the function has processed every resource"):
        stage.wait(prompt, "the function finishes in time")
    with screen.step("changing a tag by hand, and delivering the events of the function's own changes"):
        _change_by_hand(stage, prompt)
    inject_faults(stage, deliveries)
    with screen.step("reading the result"):
        for resource in stage.resources:
            stage.read_tags(resource)
        deployed = stage.deployed
        return Outcome(
            stage.resources, stage.notices(), deployed.aws_calls(), deployed.metrics(), len(stage.trail.events)
        )


def _fail_to_create(stage: Stage) -> None:
    """Make a call that AWS refuses. The event rules must drop its event."""
    s3 = stage.person(Account.GOVERNANCE).client("s3")
    try:
        s3.create_bucket(Bucket="Not_A_Bucket")
    except s3.exceptions.ClientError:
        return


def _deliver_creations(stage: Stage, resources: Sequence[Resource]) -> list[Delivery]:
    """Deliver the events with the delay of CloudTrail, after which the tag indexes are up to date."""
    checks = stage.checks
    tagged = [
        tag_change(r.account_id, r.arn, r.before, r.before, r.case.region)
        for r in resources
        if r.before and r.arn.startswith("arn:aws:s3:")
    ]
    refused = [e for e in stage.trail.events if "errorCode" in e["detail"]]
    events = events_of(resources) + tagged
    deliveries = stage.deliver(*map(delayed_copy, events))
    reached = Counter(delivery.event_id for delivery in deliveries)
    unseen = [e["detail"]["eventName"] for e in events if _is_creation(e) and not reached[e["id"]]]
    checks.expect("every creation matches a deployed rule, in both accounts and regions", not unseen, unseen)
    twice = [event_id for event_id, times in reached.items() if times > 1]
    checks.expect("no event is put on the queue twice", not twice, twice)
    leaked = stage.deliver(*refused)
    checks.expect("the rules drop failed calls", bool(refused) and not leaked, leaked)
    hops = {len(delivery.rules) for delivery in deliveries}
    checks.expect("every event takes two hops: account to governance bus, bus to queue", hops == {2}, hops)
    return deliveries


def _change_by_hand(stage: Stage, resources: Sequence[Resource]) -> None:
    """Misspell a value as a person would, and deliver the tag change events of the function's own writes."""
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
    stage.deliver(*echoes, tag_change(queue.account_id, queue.arn, stage.read_tags(queue), ["Environment"]))
    try:
        wait_until(
            "the value set by hand is normalised",
            lambda: stage.read_tags(queue)["Environment"] == "dev",
            SETTLED_SECONDS,
        )
        stage.deployed.wait_idle(SETTLED_SECONDS)
    except DeadlineExceededError as error:
        stage.checks.expect("a value misspelt by hand is normalised", False, error)
    made = len(stage.deployed.changes()) - changes
    stage.checks.expect("the function's own changes cause no change, the person's change exactly one", made == 1, made)


def _is_creation(event: Event) -> bool:
    return str(event["detail"].get("eventName", "")).startswith(("Create", "Run"))

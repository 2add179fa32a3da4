"""Injected faults of AWS in the demonstration: nothing may be lost or reported twice."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tools.demo.console import show_check
from tools.demo.scenario import NEIGHBOUR, REFUSED, THROTTLED, UNTOLD
from tools.demo.stage import SETTLED_SECONDS, Resource, Stage, events_of
from tools.emulator.cloudtrail import delayed_copy
from tools.emulator.deliver import Delivery
from tools.emulator.faults import Fault
from tools.emulator.polling import DeadlineExceededError, wait_until

_READS = Fault("ec2", "DescribeTags", "RequestLimitExceeded", 503, times=1)
_NOTICES = Fault("sns", "PublishBatch", "Throttling", times=1)
_BATCH = 10


def inject_faults(stage: Stage, deliveries: Sequence[Delivery]) -> None:
    """Inject four faults, one after the other.

    Args:
        deliveries: messages that the function has already processed.
    """
    _inject(stage, "fault: EC2 throttles reads of tags", lambda: _throttle_reads(stage))
    _inject(stage, "fault: EC2 refuses tags for one of two volumes", lambda: _refuse_one(stage))
    _inject(stage, "fault: the queue delivers a batch again", lambda: _redeliver(stage, deliveries))
    _inject(stage, "fault: SNS throttles a notice; the settlement sends it", lambda: _throttle_notices(stage))


def _inject(stage: Stage, title: str, fault: Callable[[], None]) -> None:
    known = len(stage.checks.results)
    with stage.screen.step(title):
        fault()
    for check in stage.checks.results[known:]:
        show_check(check, stage.screen.console)


def _throttle_reads(stage: Stage) -> None:
    stack = stage.deployed.stack
    with stack.faults(_READS):
        volume = stage.resource_of(THROTTLED)
        stage.deliver(*map(delayed_copy, volume.events))
        stage.wait([volume], "a throttled volume is evaluated again")
        hit = stack.fault_counts()
    expectation = "a throttled read is retried: the volume is tagged"
    stage.checks.expect(expectation, hit == [1] and volume.after == volume.case.after, (hit, volume.after))
    _check_single_notice(stage, volume, "its owner got one notice")


def _refuse_one(stage: Stage) -> None:
    stack, deployed = stage.deployed.stack, stage.deployed
    refused, neighbour = stage.resource_of(REFUSED), stage.resource_of(NEIGHBOUR)
    limit = Fault("ec2", "CreateTags", "TagLimitExceeded", about=refused.arn.rpartition("/")[2])
    with stack.faults(limit):
        stage.deliver(*map(delayed_copy, events_of([refused, neighbour])))
        stage.wait([neighbour], "the other volume is tagged")
        _wait(stage, "the refusal is recorded", lambda: "violations" in deployed.states().get(refused.arn, {}))
        (hits,) = stack.fault_counts()
    stage.checks.expect("the other volume is tagged", neighbour.after == neighbour.case.after)
    state = deployed.states().get(refused.arn, {})
    found = (hits, state.get("status"), state.get("reason"))
    on_record = hits > 0 and state.get("status") == "non_compliant" and "TagLimitExceeded" in str(state.get("reason"))
    stage.checks.expect("the refused volume is a finding with the cause", on_record, found)
    _check_single_notice(stage, refused, "the owner of the refused volume got one notice")
    _check_single_notice(stage, neighbour, "the owner of the other volume got one notice")


def _redeliver(stage: Stage, deliveries: Sequence[Delivery]) -> None:
    changes, notices = len(stage.deployed.changes()), len(stage.notices())
    again: list[str] = []
    for start in range(0, len(deliveries), _BATCH):
        again += stage.deployed.redeliver(deliveries[start : start + _BATCH])
    stage.checks.expect("a batch that is delivered twice needs no retry", not again, again)
    made = len(stage.deployed.changes()) - changes
    stage.checks.expect("it changes nothing", made == 0, made)
    repeated = stage.notices()[notices:]
    stage.checks.expect("nobody gets another notice", not repeated, repeated)


def _throttle_notices(stage: Stage) -> None:
    stack, deployed = stage.deployed.stack, stage.deployed
    deployed.stop_schedule()
    with stack.faults(_NOTICES):
        queue = stage.resource_of(UNTOLD)
        stage.deliver(*map(delayed_copy, queue.events))
        stage.wait([queue], "the queue is tagged although its notice is throttled")
        _wait(stage, "the change is recorded", lambda: _is_notice_due(stage, queue))
        hit = stack.fault_counts()
    is_due = not stage.notices_about(queue) and _is_notice_due(stage, queue)
    stage.checks.expect("the ledger marks the notice as due", hit == [1] and is_due, hit)
    done = deployed.settle()
    stage.checks.expect("the settlement function sends the due notice", done["told"] == 1, done)
    _check_single_notice(stage, queue, "its owner got one notice")
    done = deployed.settle()
    stage.checks.expect("then nothing is due", not any(done.values()), done)


def _is_notice_due(stage: Stage, resource: Resource) -> bool:
    state = stage.deployed.states().get(resource.arn, {})
    return "changes" in state and "claim" not in state


def _check_single_notice(stage: Stage, resource: Resource, expectation: str) -> None:
    _wait(stage, f"a notice about {resource.arn}", lambda: bool(stage.notices_about(resource)))
    notices = stage.notices_about(resource)
    once = len(notices) == 1 and notices[0].owner == resource.case.account.actor
    stage.checks.expect(expectation, once, [(notice.owner, notice.subject) for notice in notices])


def _wait(stage: Stage, what: str, check: Callable[[], bool]) -> None:
    try:
        wait_until(what, check, SETTLED_SECONDS)
    except DeadlineExceededError as error:
        stage.checks.expect(what, False, error)

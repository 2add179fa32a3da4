"""AWS in trouble: what must not be lost, and what must not be told twice."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tools.demo.console import show_check
from tools.demo.scenario import NEIGHBOUR, REFUSED, THROTTLED, UNTOLD
from tools.demo.stage import SETTLED_SECONDS, Resource, Stage, events_of
from tools.emulator.cloudtrail import late
from tools.emulator.deliver import Delivery
from tools.emulator.faults import Fault
from tools.emulator.polling import DeadlineExceededError, wait_until

_READS = Fault("ec2", "DescribeTags", "RequestLimitExceeded", 503, times=1)
_NOTICES = Fault("sns", "PublishBatch", "Throttling", times=1)
_BATCH = 10


def have_troubles(stage: Stage, deliveries: Sequence[Delivery]) -> None:
    """Cause four troubles, one after the other.

    Args:
        deliveries: messages that the function has already settled.
    """
    _have(stage, "trouble: EC2 throttles the read of tags", lambda: _throttle_reads(stage))
    _have(stage, "trouble: EC2 refuses tags for one volume of two", lambda: _refuse_one(stage))
    _have(stage, "trouble: the queue delivers a batch again", lambda: _redeliver(stage, deliveries))
    _have(stage, "trouble: SNS throttles the notice; the settlement tells it", lambda: _throttle_notices(stage))


def _have(stage: Stage, title: str, trouble: Callable[[], None]) -> None:
    known = len(stage.checks.made)
    with stage.screen.step(title):
        trouble()
    for check in stage.checks.made[known:]:
        show_check(check, stage.screen.console)


def _throttle_reads(stage: Stage) -> None:
    stack = stage.deployed.stack
    with stack.faults(_READS):
        volume = stage.made_by(THROTTLED)
        stage.deliver(*map(late, volume.events))
        stage.wait([volume], "what could not be read is looked at again")
        hit = stack.faulted()
    expectation = "a throttled read is tried again: the volume is tagged"
    stage.checks.that(expectation, hit == [1] and volume.after == volume.case.after, (hit, volume.after))
    _check_told_once(stage, volume, "its owner was told once")


def _refuse_one(stage: Stage) -> None:
    stack, deployed = stage.deployed.stack, stage.deployed
    refused, neighbour = stage.made_by(REFUSED), stage.made_by(NEIGHBOUR)
    limit = Fault("ec2", "CreateTags", "TagLimitExceeded", about=refused.arn.rpartition("/")[2])
    with stack.faults(limit):
        stage.deliver(*map(late, events_of([refused, neighbour])))
        stage.wait([neighbour], "the volume beside the refused one is tagged")
        _wait(stage, "the refusal is on record", lambda: "violations" in deployed.states().get(refused.arn, {}))
        (hits,) = stack.faulted()
    stage.checks.that("the volume beside the refused one is tagged", neighbour.after == neighbour.case.after)
    state = deployed.states().get(refused.arn, {})
    found = (hits, state.get("status"), state.get("reason"))
    on_record = hits > 0 and state.get("status") == "non_compliant" and "TagLimitExceeded" in str(state.get("reason"))
    stage.checks.that("the refused volume is a finding, with the cause", on_record, found)
    _check_told_once(stage, refused, "the owner of the refused volume was told once")
    _check_told_once(stage, neighbour, "the owner of the volume beside it was told once")


def _redeliver(stage: Stage, deliveries: Sequence[Delivery]) -> None:
    changes, notices = len(stage.deployed.changes()), len(stage.notices())
    again: list[str] = []
    for start in range(0, len(deliveries), _BATCH):
        again += stage.deployed.redeliver(deliveries[start : start + _BATCH])
    stage.checks.that("a batch that comes twice is settled at once", not again, again)
    made = len(stage.deployed.changes()) - changes
    stage.checks.that("it changes nothing", made == 0, made)
    told = stage.notices()[notices:]
    stage.checks.that("nobody is told again", not told, told)


def _throttle_notices(stage: Stage) -> None:
    stack, deployed = stage.deployed.stack, stage.deployed
    deployed.stop_schedule()
    with stack.faults(_NOTICES):
        queue = stage.made_by(UNTOLD)
        stage.deliver(*map(late, queue.events))
        stage.wait([queue], "the queue is tagged though nobody can be told")
        _wait(stage, "the change is on record", lambda: _is_untold(stage, queue))
        hit = stack.faulted()
    untold = not stage.told(queue) and _is_untold(stage, queue)
    stage.checks.that("the ledger knows that the owner is still to be told", hit == [1] and untold, hit)
    done = deployed.settle()
    stage.checks.that("the settlement function tells what is due", done["told"] == 1, done)
    _check_told_once(stage, queue, "its owner was told once")
    done = deployed.settle()
    stage.checks.that("after that nothing is due", not any(done.values()), done)


def _is_untold(stage: Stage, resource: Resource) -> bool:
    state = stage.deployed.states().get(resource.arn, {})
    return "changes" in state and "claim" not in state


def _check_told_once(stage: Stage, resource: Resource, expectation: str) -> None:
    _wait(stage, f"a notice about {resource.arn}", lambda: bool(stage.told(resource)))
    told = stage.told(resource)
    once = len(told) == 1 and told[0].owner == resource.case.account.actor
    stage.checks.that(expectation, once, [(notice.owner, notice.subject) for notice in told])


def _wait(stage: Stage, what: str, check: Callable[[], bool]) -> None:
    try:
        wait_until(what, check, SETTLED_SECONDS)
    except DeadlineExceededError as error:
        stage.checks.that(what, False, error)
